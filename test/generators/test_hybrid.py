# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Planes and network together: the sure depth of planes, textures of one, tones of both."""

import numpy as np
import pytest
from room import camera, complete_request, pose, render_room

pytest.importorskip('torch', reason='the network needs torch')
pytest.importorskip('diffusers', reason='the network needs diffusers')

from geo_world_model.errors import GeneratorError  # noqa: E402
from geo_world_model.generators import Answer, create_generator  # noqa: E402
from geo_world_model.generators.hybrid import sure_of_planes, with_tones  # noqa: E402


@pytest.fixture(scope='module')
def request_of_a_room():
    cam, at = camera(160, 120), pose(15)
    rgb, depth = render_room(cam, at)
    hole = np.zeros(depth.shape, bool)
    hole[:, 80:] = True
    return complete_request(rgb, depth, hole, cam, at)


def test_each_part_gives_what_it_is_asked_for(request_of_a_room):
    request, view = request_of_a_room, request_of_a_room.view
    planes, network, both = (create_generator(name).complete(request)
                             for name in ('structure', 'compact', 'hybrid'))
    sure = sure_of_planes(planes, network)
    assert sure[:, 80:].mean() > 0.5
    np.testing.assert_array_equal(both.depth[sure], planes.depth[sure])
    np.testing.assert_array_equal(both.depth[:, 80:][~sure[:, 80:]],
                                  network.depth[:, 80:][~sure[:, 80:]])
    np.testing.assert_array_equal(both.rgb[:, :80], view.rgb[:, :80])
    assert set(both.notes) == set(planes.notes)
    # between both in tone, and as rough as the planes' texture
    mean = [answer.rgb[:, 80:].astype(float).mean() for answer in (planes, both, network)]
    assert min(mean[0], mean[2]) - 1 <= mean[1] <= max(mean[0], mean[2]) + 1


def test_no_single_pixel_changes_its_part():
    shape, answers = (40, 320), []
    rng = np.random.default_rng(0)
    speckled = np.where(rng.random(shape) < 0.05, 0.0, 0.9).astype(np.float32)
    speckled[:, 160:] = np.float32(0.9) - speckled[:, 160:]
    for confidence in (speckled, np.ones(shape, np.float32)):
        answers.append(Answer(np.zeros((*shape, 3), np.uint8), np.full(shape, 2, np.float32),
                              confidence))
    sure = sure_of_planes(*answers)
    assert sure[:, :150].all() and not sure[:, 170:].any()


def test_tones_move_and_textures_stay():
    rng = np.random.default_rng(0)
    rough = rng.integers(100, 130, (60, 80, 3), np.uint8)
    toned, hole = np.full((60, 80, 3), 185, np.uint8), np.ones((60, 80), bool)
    hole[:, :10] = False
    moved = with_tones(rough, toned, hole, 0.5)
    assert (moved[:, :10] == rough[:, :10]).all()
    assert abs(moved[:, 10:].mean() - 150) < 1
    assert moved[:, 20:].std() > 0.95 * rough[:, 20:].std()
    assert (with_tones(rough, toned, hole, 0.0) == rough).all()


@pytest.mark.parametrize('params, said', [
    ({'tones': 2}, 'tones 2'), ({'network': {'lift': True}}, 'without lift'),
    ({'network': 3}, 'network 3'), ({'network': {'width': 3}}, 'width 3'),
    ({'network': {'rimm': 3}}, 'rimm')])
def test_what_no_part_knows_is_refused(params, said):
    with pytest.raises(GeneratorError, match=said):
        create_generator('hybrid', **params)
