# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Both nodes over DDS with the real pipeline classes, on tiny checkpoints made here."""

import json
import signal

import numpy as np
import pytest

from client import pixels, provenance
from geo_world_model.nodes import messages
from geo_world_model.nodes.processes import NodeProcess
from seeded_nodes import seeded
from synthetic import CAMERA, pose_at, room_view

pytestmark = pytest.mark.slow

PATH = [pose_at(0.05 * i, yaw_deg=20 * i) for i in range(3)]
PATIENCE = 300.0
SMALL_MEMORY = '''
import sys
import diffusers, torch
from geo_world_model.nodes.world_model_node import main
run, calls = diffusers.StableDiffusionInpaintPipeline.__call__, []
def limited(self, *args, **options):
    calls.append(1)
    if len(calls) == 1:
        raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 9.00 GiB.')
    return run(self, *args, **options)
diffusers.StableDiffusionInpaintPipeline.__call__ = limited
sys.exit(main())
'''


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    """Return what gives the folder of a tiny checkpoint by its name."""
    for module in ('torch', 'diffusers', 'transformers'):
        pytest.importorskip(module, reason='needs the extra pretrained')
    import tiny_checkpoints
    return lambda name: getattr(tiny_checkpoints, name)(tmp_path_factory.mktemp(name))


def named(generator, folder, **options):
    """Value of the parameter `generator`, quoted as the command line wants it."""
    options = {'model': folder, 'offline': True, **options}
    return f"'{generator} {json.dumps(options)}'"


@pytest.mark.parametrize('name', ['sd_inpaint', 'sdxl_inpaint', 'flux_fill'])
def test_painted_views_are_complete_and_come_back_as_the_same_bytes(nodes, tiny, name):
    depth = f'depth_anything_v2_metric {{"model": "{tiny("depth_anything_v2_metric")}"}}'
    generator = named(name, tiny(name), size=[64, 64], steps=2, depth=depth)
    cache, model, client = seeded(nodes, generator, PATIENCE)
    first = [client.ask(i, pose, PATIENCE) for i, pose in enumerate(PATH)]
    assert all(provenance(view).all() for view in first)
    assert all((provenance(view) == 3).any() for view in first[1:])
    cache.kill()
    model.kill()
    client.spin(0.5)
    nodes.cache(request_timeout_s=PATIENCE)
    nodes.world_model(generator=generator)
    client.connect(PATIENCE)
    again = [client.ask(100 + i, pose, PATIENCE) for i, pose in enumerate(PATH)]
    assert [pixels(a) for a in first] == [pixels(b) for b in again]


def test_the_world_model_says_how_far_it_is_and_ends_in_the_midst_of_an_answer(nodes, tiny):
    generator = named('sd_inpaint', tiny('sd_inpaint'), size=[64, 64], steps=999)
    _, model, client = seeded(nodes, generator, PATIENCE)
    client.send_pose(1, PATH[1])

    def state():
        return client.diagnostics.get('world_model_node: generator', {}).get('message', '')
    assert client.spin(PATIENCE, lambda: ' of 999' in state()), (state(), model.text())
    model.signal(signal.SIGINT)
    assert model.wait(PATIENCE) == 0, model.text()


@pytest.mark.parametrize('name, options', [
    ('depth_anything_v2', {'size': [56, 56]}), ('depth_anything_v2_metric', {'size': [56, 56]}),
    ('prompt_depth_anything', {'size': [56, 56]}), ('depth_pro', {'size': [56, 56]}),
    ('marigold', {'size': [64, 64], 'steps': 2})])
def test_a_photograph_is_lifted_by_a_depth_estimator(nodes, tiny, name, options):
    cache = nodes.cache(seed_level=True, request_timeout_s=PATIENCE)
    nodes.world_model(lifter=named(name, tiny(name), **options))
    client = nodes.client()
    client.connect(PATIENCE)
    for kind in ('depth', 'pose'):
        client.node.destroy_publisher(client.seeds[kind])
    client.spin(1.0)
    rgb, _ = room_view(pose_at())
    client.seeds['camera_info'].publish(messages.info_message(CAMERA, client.header(0)))
    client.seeds['image'].publish(messages.image_message(rgb, 'rgb8', client.header(0)))
    cache.wait_for_text('lifted seed', PATIENCE)


def test_the_node_lives_on_after_its_memory_was_too_little(nodes, tiny, tmp_path, monkeypatch):
    (tmp_path / 'small_memory.py').write_text(SMALL_MEMORY)
    monkeypatch.syspath_prepend(str(tmp_path))
    import os
    monkeypatch.setenv('PYTHONPATH', f'{tmp_path}{os.pathsep}{os.environ["PYTHONPATH"]}')
    cache = nodes.cache(request_timeout_s=PATIENCE)
    model = NodeProcess('small_memory', nodes.domain, {'generator': named(
        'sd_inpaint', tiny('sd_inpaint'), size=[512, 512], steps=1)},
        log=tmp_path / 'small_memory.log')
    with model:
        client = nodes.client(lockstep=True)
        client.connect(PATIENCE)
        rgb, depth = room_view(pose_at())
        client.send_seed(rgb, CAMERA, depth, pose_at())
        cache.wait_for_text('RGB-D seed', PATIENCE)
        view = client.ask(1, PATH[1], PATIENCE)
        assert provenance(view).all()
        model.wait_for_text('ran out of memory at size 512x512', PATIENCE)
        assert 'size 256x256' in model.text() and model.is_running
        view = client.ask(2, PATH[2], PATIENCE)
        assert provenance(view).all() and model.is_running
    assert np.frombuffer(view['image_raw'].data, np.uint8).any()
