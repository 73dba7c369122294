# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The real WanVACEPipeline on a tiny checkpoint that the test makes and saves."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.testing import check, scenes, Subject
from geo_world_model.testing.suite import PROPERTIES
from geo_world_model.world import World

SIZE = (96, 64)
#: One that fits into the pipeline's frames without being scaled.
VIEW = (96, 64)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    for name in ('torch', 'diffusers', 'transformers', 'ftfy'):
        pytest.importorskip(name, reason='needs the extra pretrained')
    import tiny_video_checkpoints
    return tiny_video_checkpoints.wan_vace(tmp_path_factory.mktemp('wan_vace'))


def filler_of(checkpoint, **params):
    return create_generator('wan_vace', **{**dict(
        model=checkpoint, size=list(SIZE), steps=2, depth='classical', offline=True,
        references=2), **params})


@pytest.fixture(scope='module')
def filler(checkpoint):
    return filler_of(checkpoint)


def path(count, size=VIEW):
    return tuple(scenes.with_hole(scenes.room(size, scenes.pose_at(0.05 * i, 0.1 * i)),
                                  scenes.checkerboard(size, 16)) for i in range(count))


class Recorder:
    """The pipeline, and what it was called with."""

    def __init__(self, pipeline, answers=None):
        self._pipeline, self._answers, self.calls = pipeline, answers, []

    def __call__(self, **options):
        self.calls.append(options)
        if self._answers:
            return self._answers(options)
        return self._pipeline(**options)


@pytest.fixture
def recorded(filler, monkeypatch):
    recorder = Recorder(filler._pipeline)
    monkeypatch.setattr(filler, '_pipeline', recorder)
    return recorder


def test_the_guide_is_grey_where_the_mask_is_white_and_the_rendering_elsewhere(filler, recorded):
    requests = path(5)
    filler.complete_window(requests)
    call = recorded.calls[0]
    assert call['num_frames'] == len(call['video']) == len(call['mask']) == 5
    for request, frame, mask in zip(requests, call['video'], call['mask']):
        hole, mask, frame = request.view.provenance == 0, np.asarray(mask), np.asarray(frame)
        np.testing.assert_array_equal(mask, hole * np.uint8(255))
        assert np.all(frame[hole] == 127)
        np.testing.assert_array_equal(frame[~hole], request.view.rgb[~hole])


def test_the_real_class_encodes_the_known_pixels_as_what_is_kept(filler, monkeypatch):
    import torch
    encoded, encode = [], filler._pipeline.vae.encode

    def record(video, *more, **options):
        encoded.append(video.detach().clone())
        return encode(video, *more, **options)
    monkeypatch.setattr(filler._pipeline.vae, 'encode', record)
    (request,) = path(1)
    filler.complete(request)
    kept, asked = (video[0, :, 0].permute(1, 2, 0).numpy() for video in encoded[:2])
    hole = request.view.provenance == 0
    colours = torch.from_numpy(request.view.rgb).float().numpy() / 127.5 - 1
    np.testing.assert_allclose(kept[~hole], colours[~hole], atol=1e-5)
    assert np.all(kept[hole] == 0) and np.all(asked[~hole] == 0)
    # what is asked for is shown as the middle of the range
    assert np.abs(asked[hole]).max() < 0.005


@pytest.mark.parametrize('count, frames', [(1, 1), (2, 5), (5, 5), (6, 9)])
def test_any_number_of_views_becomes_a_video_of_4_k_and_1_frames(filler, recorded, count, frames):
    requests = path(count)
    answers = filler.complete_window(requests)
    assert len(answers) == count
    video = recorded.calls[0]['video']
    assert recorded.calls[0]['num_frames'] == len(video) == frames
    for frame in video[count:]:
        np.testing.assert_array_equal(np.asarray(frame), np.asarray(video[count - 1]))


def test_references_are_shown_whole_on_white_no_more_than_the_pipeline_takes(filler, recorded):
    tall = scenes.room((40, 80))
    few = scenes.with_hole(scenes.room(VIEW), np.arange(64)[:, None] + np.zeros(96) > 20).view
    requests = path(5)
    first = replace(requests[0], references=(few, tall, scenes.room(VIEW), scenes.room(VIEW)))
    filler.complete_window((first, *requests[1:]))
    filler.complete(first)
    shown, alone = (call['reference_images'] for call in recorded.calls)
    # the one with little known is left out; one latent frame takes one reference
    assert len(shown) == 2 and len(alone) == 1
    assert shown[0].size == shown[1].size == SIZE
    picture = np.asarray(shown[0])
    # 40x80 in 96x64: 32x64 from column 32
    assert np.all(picture[:, :32] == 255) and np.all(picture[:, 64:] == 255)
    assert np.abs(picture[8:56, 40:56].astype(int).mean((0, 1))
                  - tall.rgb[10:70, 10:30].mean((0, 1))).max() < 6


def test_without_references_nothing_is_shown(filler, recorded):
    filler.complete(path(1)[0])
    assert recorded.calls[0]['reference_images'] is None


def test_it_has_every_property_of_a_generator(filler):
    measured = check(Subject(filler, size=VIEW))
    # the two that need its name are tested below
    assert {name for name, why in measured.items() if why} == {
        'same_in_another_process', 'unknown_parameter'}


@pytest.mark.slow
def test_it_is_the_same_in_another_process(checkpoint):
    text = (f'wan_vace {{"model": "{checkpoint}", "size": [96, 64], "steps": 1, '
            '"depth": "classical", "offline": true}')
    subject = Subject.named(text, VIEW)
    for name in ('same_in_another_process', 'unknown_parameter'):
        PROPERTIES[name](subject)


@pytest.mark.parametrize('size', [VIEW, (120, 90)])
def test_scaling_and_padding_move_no_edge(filler, monkeypatch, size):
    """What it would paint if its pipeline painted in holes what is around them."""
    from geo_world_model.generators.push_pull import push_pull

    def smooth(options):
        frames = [push_pull(np.asarray(v, np.float32), 1 - np.asarray(m, np.float32) / 255)
                  for v, m in zip(options['video'], options['mask'])]
        return SimpleNamespace(frames=[np.stack(frames) / 255])
    monkeypatch.setattr(filler, '_pipeline', Recorder(None, smooth))
    PROPERTIES['colour_centres'](Subject(filler, size=size))


def test_a_view_without_holes_comes_back_as_it_is(filler, recorded):
    whole = scenes.room(VIEW)
    answer = filler.complete(scenes.with_hole(whole, np.zeros(whole.depth.shape, bool)))
    np.testing.assert_array_equal(answer.rgb, whole.rgb)
    assert not recorded.calls


def test_a_walk_grows_by_its_windows(filler, recorded, tmp_path):
    way = [pose_at(0.05 * i, 0.02 * i, yaw_deg=8 * i) for i in range(1, 6)]
    with World.open(tmp_path / 'w.gwm') as world:
        rgb, depth = room_view(pose_at())
        world.seed(rgb, CAMERA, depth, pose_at())
        views = [world.view(pose, CAMERA, filler, way[i + 1:]) for i, pose in enumerate(way)]
    assert all(view.coverage == 1 for view in views)
    call = recorded.calls[0]
    assert call['num_frames'] == 5 and len(call['reference_images']) == 1
    # the five views came in together; what was left of some was asked for alone
    assert [call['num_frames'] for call in recorded.calls[1:]] == [1] * (len(recorded.calls) - 1)


def test_the_autoencoder_keeps_32_bits_beside_16_bit_networks(checkpoint):
    import torch
    half = filler_of(checkpoint, dtype='bfloat16', steps=1)
    assert half._pipeline.transformer.dtype == torch.bfloat16
    assert half._pipeline.vae.dtype == torch.float32
    (request,) = path(1)
    assert np.ptp(half.complete(request).rgb[request.view.provenance == 0]) > 0


@pytest.mark.parametrize('params, words', [
    ({'window': 6}, '4 k'), ({'window': 0}, '4 k'), ({'references': -1}, 'references'),
    ({'size': [90, 64]}, 'multiples of 16'), ({'steps': 0}, 'steps')])
def test_parameters_that_no_video_has_are_refused(checkpoint, params, words):
    with pytest.raises(GeneratorError, match=words):
        filler_of(checkpoint, **params)
