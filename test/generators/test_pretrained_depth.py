# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The real depth estimators on tiny checkpoints that the test makes and saves."""

from types import SimpleNamespace

import numpy as np
import pytest

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator, Request
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED, View

NAMES = ['depth_anything_v2', 'depth_anything_v2_metric', 'prompt_depth_anything', 'depth_pro',
         'marigold']
HOLE = np.s_[10:30, 20:40]
CAMERA = PinholeCamera(50, 50, 29.5, 19.5, 60, 40)


@pytest.fixture(scope='module', params=NAMES)
def name(request):
    for module in ('torch', 'diffusers', 'transformers'):
        pytest.importorskip(module, reason='needs the extra pretrained')
    return request.param


@pytest.fixture(scope='module')
def checkpoint(name, tmp_path_factory):
    import tiny_checkpoints
    return getattr(tiny_checkpoints, name)(tmp_path_factory.mktemp(name))


@pytest.fixture(scope='module')
def estimator(name, checkpoint):
    return load(name, checkpoint)


def load(name, folder, **options):
    sizes = {'size': [64, 64], 'steps': 2} if name == 'marigold' else {'size': [56, 56]}
    return create_generator(name, model=folder, offline=True, **{**sizes, **options})


def slanted():
    """Depth of a wall that leaves to the right, 2 m to 5 m."""
    return np.tile(1 / np.linspace(0.5, 0.2, 60), (40, 1)).astype(np.float32)


def request(depth, hole=HOLE, rgb=None, seed=1, camera=CAMERA):
    """Ask for the depth of a picture that is known but for a hole."""
    depth = depth.copy()
    depth[hole] = np.nan
    rgb = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8) if rgb is None else rgb
    view = View(rgb, depth, np.full(depth.shape, LIFTED, np.uint8), camera, Pose.level(1.2))
    return Request('lift', view, np.full(depth.shape, np.inf, np.float32), noise_seed=seed)


def test_known_depth_and_all_colours_stay_as_they_are(estimator):
    asked = request(slanted())
    answer = estimator.complete(asked)
    answer.check_fits(asked)
    known = ~np.isnan(asked.view.depth)
    np.testing.assert_array_equal(answer.depth[known], asked.view.depth[known])
    np.testing.assert_array_equal(answer.rgb, asked.view.rgb)
    assert np.all(answer.confidence[known] == 1) and np.all(answer.confidence[HOLE] < 1)


def test_a_photograph_without_any_depth_gets_some(estimator):
    answer = estimator.complete(request(slanted(), np.s_[:]))
    assert 'no_floor' in answer.notes and np.all(answer.depth > 0)


def test_an_answer_lies_before_its_bound(estimator):
    asked = request(slanted())
    bound = np.full(asked.bound.shape, 1.5, np.float32)
    assert np.all(estimator.complete(Request('lift', asked.view, bound)).depth[HOLE] < 1.5)


def test_the_request_alone_decides_the_bytes(name, estimator, checkpoint):
    first = estimator.complete(request(slanted()))
    again = load(name, checkpoint).complete(request(slanted()))
    np.testing.assert_array_equal(first.depth, again.depth)
    np.testing.assert_array_equal(first.confidence, again.confidence)


def test_a_wish_to_stop_ends_an_estimate_between_layers(estimator):
    estimator.cancel()
    with pytest.raises(GeneratorError, match='nothing was kept'):
        estimator.complete(request(slanted()))
    estimator.complete(request(slanted()))


def test_too_little_memory_is_said_with_numbers(estimator, monkeypatch):
    import torch

    def full(*_):
        raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 9.00 GiB.')
    monkeypatch.setattr(estimator._network, 'estimate', full)
    with pytest.raises(GeneratorError, match='weights take 0.0 GB, cpu has .*9.00 GiB'):
        estimator.complete(request(slanted()))


def test_an_edge_between_pixels_keeps_its_place_through_marigold(tmp_path):
    pytest.importorskip('diffusers', reason='needs the extra pretrained')
    import tiny_checkpoints
    # its depth is the brightness; the working size is not the picture's
    copier = load('marigold', tiny_checkpoints.marigold(tmp_path, copying=True), size=[48, 48],
                  steps=1)
    ramp = np.clip(np.arange(60) - 28.75, 0, 1)
    image = np.repeat(np.tile(60 + ramp * 120, (40, 1))[..., None], 3, 2).astype(np.uint8)
    estimate = copier._network.estimate(image, None, CAMERA, 1)
    rows = [row.astype(float) for row in (image[20, :, 0], estimate.values[20])]
    place = [59 - ((row - row[0]) / (row[-1] - row[0])).sum() for row in rows]
    assert abs(place[0] - place[1]) < 0.1
    # a sure model: its samples agree
    assert estimate.spread.max() < 0.01


def test_brightness_that_is_depth_comes_back_in_metres(tmp_path):
    pytest.importorskip('diffusers', reason='needs the extra pretrained')
    import tiny_checkpoints
    copier = load('marigold', tiny_checkpoints.marigold(tmp_path, copying=True), steps=1)
    depth = np.tile(np.linspace(2, 5, 60), (40, 1)).astype(np.float32)
    rgb = np.repeat(np.uint8(np.rint(depth * 40))[..., None], 3, 2)
    answer = copier.complete(request(depth, rgb=rgb))
    assert np.abs(answer.depth[HOLE] / depth[HOLE] - 1).max() < 0.02
    assert answer.confidence[HOLE].min() > 0.9


@pytest.fixture(params=NAMES[:4])
def red(request, tmp_path_factory, monkeypatch):
    """Estimator whose network is replaced by one that returns the red channel of its input."""
    for module in ('torch', 'diffusers', 'transformers'):
        pytest.importorskip(module, reason='needs the extra pretrained')
    import tiny_checkpoints
    folder = getattr(tiny_checkpoints, request.param)(tmp_path_factory.mktemp('red'))
    estimator = load(request.param, folder)
    config = estimator._network.network.config

    def forward(pixel_values, **others):
        return SimpleNamespace(predicted_depth=pixel_values[:, 0] * 0.5 + 0.5)
    forward.config, forward.device = config, 'cpu'
    monkeypatch.setattr(estimator._network, 'network', forward)
    return request.param, estimator


def test_an_edge_keeps_its_place_through_scaling_and_padding(red):
    name, estimator = red
    ramp = np.clip(np.arange(60) - 28.75, 0, 1)
    image = np.repeat(np.tile(60 + ramp * 120, (40, 1))[..., None], 3, 2).astype(np.uint8)
    values = estimator._network.estimate(image, slanted(), CAMERA, 1).values
    if name == 'depth_pro':
        values = 1 / values
    rows = [row.astype(float) for row in (image[20, :, 0], values[20])]
    place = [59 - ((row - row[0]) / (row[-1] - row[0])).sum() for row in rows]
    assert abs(place[0] - place[1]) < 0.1


def test_the_focal_length_makes_depth_pro_metric(tmp_path, monkeypatch):
    pytest.importorskip('transformers', reason='needs the extra pretrained')
    import tiny_checkpoints
    estimator = load('depth_pro', tiny_checkpoints.depth_pro(tmp_path))
    monkeypatch.setattr(estimator._network, 'run', lambda frame, **_: np.full(
        frame.picture[::-1], 0.25, np.float32))
    rgb = np.zeros((40, 60, 3), np.uint8)
    for scale in (1, 2):
        camera = PinholeCamera(50 * scale, 50 * scale, 29.5, 19.5, 60, 40)
        values = estimator._network.estimate(rgb, None, camera, 1).values
        # the picture fills the width of the square: focal length over width stays 50 / 60
        np.testing.assert_allclose(values, scale * (50 / 60) / 0.25, rtol=1e-6)


def test_a_prompt_of_depth_decides_what_a_prompted_network_says(tmp_path):
    pytest.importorskip('transformers', reason='needs the extra pretrained')
    import tiny_checkpoints
    estimator = load('prompt_depth_anything', tiny_checkpoints.prompt_depth_anything(tmp_path))
    rgb, depth = np.zeros((40, 60, 3), np.uint8), slanted()
    depth[HOLE] = np.nan
    one, two = (estimator._network.estimate(rgb, scale * depth, CAMERA, 1).values
                for scale in (1, 2))
    np.testing.assert_allclose(two, 2 * one, rtol=1e-3)


def test_pictures_are_normalised_as_the_models_own_processor_does(tmp_path):
    transformers = pytest.importorskip('transformers', reason='needs the extra pretrained')
    import tiny_checkpoints
    folder = tiny_checkpoints.depth_anything_v2(tmp_path)
    network = load('depth_anything_v2', folder)._network
    own = transformers.models.dpt.image_processing_pil_dpt.DPTImageProcessorPil.from_pretrained(
        folder, do_resize=False)
    rgb = np.random.default_rng(1).integers(0, 256, (56, 84, 3), np.uint8)
    frame = network.frame(rgb.shape[:2])
    assert frame.size == frame.inner == (84, 56)
    np.testing.assert_allclose(network.pixels(frame.pad(rgb)).numpy(), own(
        rgb, return_tensors='pt').pixel_values.numpy(), atol=1e-6)


def test_an_estimator_gives_painted_holes_their_depth(tmp_path):
    pytest.importorskip('diffusers', reason='needs the extra pretrained')
    import tiny_checkpoints
    from test_pretrained_image_filler import request as request_with_hole
    folder = tiny_checkpoints.depth_anything_v2_metric(tmp_path / 'depth')
    filler = create_generator(
        'sd_inpaint', model=tiny_checkpoints.sd_inpaint(tmp_path / 'sd'), size=[64, 64], steps=1,
        offline=True,
        depth=f'depth_anything_v2_metric {{"model": "{folder}", "size": [56, 56]}}')
    seen, estimate = [], filler._depth._network.estimate
    filler._depth._network.estimate = lambda rgb, *rest: (seen.append(rgb), estimate(
        rgb, *rest))[1]
    asked = request_with_hole()
    answer = filler.complete(asked)
    answer.check_fits(asked)
    np.testing.assert_array_equal(seen[0], answer.rgb)
    known = asked.view.provenance > 0
    np.testing.assert_array_equal(answer.depth[known], asked.view.depth[known])
