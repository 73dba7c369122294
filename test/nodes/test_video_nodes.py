# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Both nodes over DDS with real pipelines for videos, on tiny checkpoints made here."""

import json

import pytest

from client import pixels, provenance
from seeded_nodes import seeded
from synthetic import pose_at

pytestmark = pytest.mark.slow

PATH = [pose_at(0.05 * i, yaw_deg=9 * i) for i in range(5)]
PATIENCE = 300.0


@pytest.fixture(scope='module', params=['wan_vace', 'sana_wm'])
def generator(request, tmp_path_factory):
    for module in ('torch', 'diffusers', 'transformers', 'ftfy'):
        pytest.importorskip(module, reason='needs the extra pretrained')
    import tiny_video_checkpoints
    name = request.param
    options = {'model': getattr(tiny_video_checkpoints, name)(tmp_path_factory.mktemp(name)),
               'size': [96, 64], 'steps': 1, 'depth': 'classical', 'offline': True,
               'window': {'wan_vace': 5, 'sana_wm': 9}[name]}
    return f"'{name} {json.dumps(options)}'"


def test_a_video_model_completes_a_drive_that_comes_back_as_the_same_bytes(nodes, generator):
    cache, model, client = seeded(nodes, generator, PATIENCE)
    # all at once: those that wait behind one are asked for together
    stamps = [client.send_pose(i + 1, pose) for i, pose in enumerate(PATH)]
    assert client.spin(PATIENCE, lambda: all(
        stamp in got for stamp in stamps for got in client.received.values()))
    first = [{topic: got[stamp] for topic, got in client.received.items()} for stamp in stamps]
    answered = 'world_model_node: generator', 'answered'
    assert client.spin(PATIENCE, lambda: int(
        client.diagnostics.get(answered[0], {}).get(answered[1], 0)) > 0)
    client.spin(2.5)
    assert int(client.diagnostics[answered[0]][answered[1]]) < len(PATH) - 1
    assert all(provenance(view).all() for view in first)
    assert (provenance(first[-1]) == 3).any()
    cache.kill()
    model.kill()
    client.spin(0.5)
    nodes.cache(request_timeout_s=PATIENCE)
    nodes.world_model(generator=generator)
    client.connect(PATIENCE)
    again = [client.ask(100 + i, pose, PATIENCE) for i, pose in enumerate(PATH)]
    assert [pixels(a) for a in first] == [pixels(b) for b in again]
