# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How pretrained models are loaded, run out of memory, are warmed up and stopped."""

import threading

import numpy as np
import pytest
from test_pretrained_image_filler import load, request

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.pretrained.catalogue import ENTRIES
from geo_world_model.generators.pretrained.loading import Loading
from geo_world_model.generators.pretrained.memory import Setting


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    for module in ('torch', 'diffusers', 'transformers'):
        pytest.importorskip(module, reason='needs the extra pretrained')
    import tiny_checkpoints
    return tiny_checkpoints.sd_inpaint(tmp_path_factory.mktemp('sd'))


def fail_with_little_memory(monkeypatch, filler, largest):
    """Let a filler's pipeline run out of memory at more than `largest` px; returns its sizes."""
    import torch
    pipeline, sizes = filler._pipeline, []

    def limited(**options):
        sizes.append(options['width'])
        if options['width'] > largest:
            raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 9.00 GiB.')
        return pipeline(**options)
    monkeypatch.setattr(filler, '_pipeline', limited)
    return sizes


def test_too_little_memory_is_said_with_numbers_and_what_takes_less(checkpoint, monkeypatch):
    filler = load('sd_inpaint', checkpoint, (512, 512))
    fail_with_little_memory(monkeypatch, filler, 256)
    with pytest.raises(GeneratorError) as failed:
        filler.complete(request())
    for part in ('at size 512x512', 'weights take 0.0 GB', 'cpu has', 'Tried to allocate 9.00',
                 'size 256x256', '"shrink": true', 'float16'):
        assert part in str(failed.value)
    assert filler.size == (512, 512)


def test_the_next_smaller_setting_is_taken_by_itself_where_that_is_wanted(checkpoint,
                                                                          monkeypatch):
    filler = create_generator('sd_inpaint', model=checkpoint, size=[512, 512], steps=1,
                              depth='classical', offline=True, shrink=True)
    sizes = fail_with_little_memory(monkeypatch, filler, 256)
    answer = filler.complete(request())
    assert sizes == [512, 256] and filler.size == (256, 256)
    assert answer.rgb.shape == (40, 60, 3)
    filler.complete(request())
    assert sizes[2:] == [256]


def test_other_errors_of_a_pipeline_are_no_shortage(checkpoint, monkeypatch):
    filler = load('sd_inpaint', checkpoint)

    def broken(**options):
        raise RuntimeError('mat1 and mat2 shapes cannot be multiplied')
    monkeypatch.setattr(filler, '_pipeline', broken)
    with pytest.raises(RuntimeError, match='mat1'):
        filler.complete(request())


def test_on_an_accelerator_networks_move_before_pictures_shrink():
    first = Setting((1024, 768), 'none', movable=True)
    second = first.smaller(8)
    assert (second.offload, second.size) == ('model', (1024, 768))
    assert second.smaller(16).size == (512, 384)
    assert second.smaller(16).smaller(16) is None


def test_warming_up_runs_one_step_and_takes_less_if_it_must(checkpoint, monkeypatch):
    from geo_world_model.generators.pretrained import image_filler
    import torch
    paint, calls = image_filler.ImageFiller._paint, []

    def recorded(self, image, mask, seed, steps):
        calls.append((image.shape[1], steps))
        if image.shape[1] > 256:
            raise torch.OutOfMemoryError('CUDA out of memory.')
        return paint(self, image, mask, seed, steps)
    monkeypatch.setattr(image_filler.ImageFiller, '_paint', recorded)
    options = dict(model=checkpoint, size=[512, 512], depth='classical', offline=True)
    create_generator('sd_inpaint', **options)
    assert calls == []
    create_generator('sd_inpaint', **options, warm_up=True, shrink=True)
    assert calls == [(512, 1), (256, 1)]
    with pytest.raises(GeneratorError, match='ran out of memory'):
        create_generator('sd_inpaint', **options, warm_up=True)


def test_another_thread_stops_a_long_answer_long_before_its_end(checkpoint):
    filler = load('sd_inpaint', checkpoint, steps=900)
    said = []

    def answer():
        try:
            filler.complete(request())
        except GeneratorError as error:
            said.append(str(error))
    thread = threading.Thread(target=answer)
    thread.start()
    while 'of 900' not in filler.progress:
        assert thread.is_alive()
    filler.cancel()
    thread.join(60)
    assert len(said) == 1 and 'of 900 steps; nothing was kept' in said[0]
    assert int(said[0].split()[2]) < 300


def test_weights_that_are_no_safetensors_are_not_read(checkpoint, tmp_path):
    import shutil

    import torch
    from safetensors.torch import load_file
    shutil.copytree(checkpoint, tmp_path / 'model')
    weights = tmp_path / 'model' / 'unet' / 'diffusion_pytorch_model.safetensors'
    torch.save(load_file(weights), weights.with_suffix('.bin'))
    weights.unlink()
    with pytest.raises(GeneratorError, match='could not be loaded'):
        load('sd_inpaint', str(tmp_path / 'model'))


def test_dtype_and_variant_reach_the_weights(checkpoint, tmp_path):
    import diffusers
    import torch
    diffusers.StableDiffusionInpaintPipeline.from_pretrained(
        checkpoint, torch_dtype=torch.float16, safety_checker=None).save_pretrained(
            tmp_path, variant='fp16', safe_serialization=True)
    filler = create_generator('sd_inpaint', model=str(tmp_path), variant='fp16',
                              dtype='bfloat16', size=[64, 64], steps=1, offline=True)
    assert filler._pipeline.unet.dtype == torch.bfloat16
    assert filler.complete(request()).rgb.any()


@pytest.mark.parametrize('option', [{'offload': 'model'}, {'device_map': 'balanced'}])
def test_wherever_networks_are_they_paint_the_same(checkpoint, option):
    filler = create_generator('sd_inpaint', model=checkpoint, size=[64, 64], steps=2,
                              depth='classical', offline=True, **option)
    plain = load('sd_inpaint', checkpoint)
    np.testing.assert_array_equal(filler.complete(request()).rgb, plain.complete(request()).rgb)


@pytest.mark.parametrize('option', [{'offload': 'sequential'}, {'device_map': 'auto'}])
def test_wherever_an_estimator_is_it_says_the_same(tmp_path, option):
    pytest.importorskip('transformers', reason='needs the extra pretrained')
    import test_pretrained_depth as depth
    import tiny_checkpoints
    folder = tiny_checkpoints.depth_anything_v2(tmp_path)
    asked = depth.request(depth.slanted())
    answers = [depth.load('depth_anything_v2', folder, **options).complete(asked)
               for options in ({}, option)]
    np.testing.assert_array_equal(answers[0].depth, answers[1].depth)


def test_a_place_is_given_to_networks_once():
    with pytest.raises(GeneratorError, match='both place the networks'):
        Loading('m', device_map='balanced', offload='model')
    with pytest.raises(GeneratorError, match='offload'):
        Loading('m', offload='disk')


def test_every_entry_says_what_its_weights_take_and_allow():
    for name, entry in ENTRIES.items():
        assert entry.weights_gb('float16') > 0.02 and entry.counted in ('computed', 'published')
        assert entry.licence and np.all(np.array(entry.size) % entry.multiple == 0), name
    assert ENTRIES['flux_fill'].terms == ENTRIES['depth_pro'].terms == 'NON-COMMERCIAL USE ONLY'
