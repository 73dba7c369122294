# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every generator that lifts photographs by the floor they show."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from room import camera, lift_request, pose, render_room

from geo_world_model.generators import create_generator

LIFTERS = ['ground_plane', 'layout']


@pytest.fixture(params=LIFTERS)
def lifter(request):
    return create_generator(request.param)


def test_floor_points_lie_on_the_ground_also_when_the_ground_is_not_zero(lifter):
    cam, at = camera(), pose(15, 5, 2.7)
    rgb, truth = render_room(cam, pose(15, 5, 1.2))
    answer = lifter.complete(lift_request(rgb, cam, at, ground=1.5))
    points = cam.unproject(answer.depth) @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    assert np.abs(points[-20:, 120:200, 2] - 1.5).max() < 1e-4
    assert np.median(np.abs(answer.depth - truth) / truth) < 0.05


def test_twice_the_camera_height_is_twice_the_room(lifter):
    cam = camera()
    rgb, _ = render_room(cam, pose(12, 3, 0.8))
    near = lifter.complete(lift_request(rgb, cam, pose(12, 3, 0.8))).depth
    far = lifter.complete(lift_request(rgb, cam, pose(12, 3, 1.6))).depth
    assert np.median(far / near) == pytest.approx(2, rel=0.01)


def test_known_depth_stays_byte_for_byte_and_bounds_hold(lifter):
    cam, at = camera(), pose(10)
    rgb, truth = render_room(cam, at)
    request = lift_request(rgb, cam, at)
    known = np.zeros(truth.shape, bool)
    known[::9, ::5] = True
    measured = np.where(known, truth * np.float32(1.1), np.float32(np.nan))
    request = replace(request, view=replace(request.view, depth=measured),
                      bound=np.full(truth.shape, 2.5, np.float32))
    answer = lifter.complete(request)
    assert answer.depth[known].tobytes() == measured[known].tobytes()
    assert np.all(answer.depth[~known] < 2.5)
    assert np.all(answer.confidence[known] == 1)


def test_same_request_gives_the_same_bytes_with_any_number_of_threads(lifter):
    cam, at = camera(640, 352), pose(12, -4)
    rgb, _ = render_room(cam, at, box=(2.0, -0.4, 0.3, 0.6))
    request = lift_request(rgb, cam, at)
    cv2.setRNGSeed(7)
    answers = []
    for threads in (1, 2, 2):
        cv2.setNumThreads(threads)
        answers.append(lifter.complete(request))
    for other in answers[1:]:
        assert other.depth.tobytes() == answers[0].depth.tobytes()
        assert other.confidence.tobytes() == answers[0].confidence.tobytes()


@pytest.mark.parametrize('at', [pose(-60), pose(10, 0, -1.0), pose(10, 0, 0.0), pose(-90)])
@pytest.mark.parametrize('name', LIFTERS)
def test_without_a_floor_a_plane_is_answered_and_said(name, at):
    cam = camera()
    rgb, _ = render_room(cam, pose())
    answer = create_generator(name, fallback=2.0).complete(lift_request(rgb, cam, at))
    assert answer.notes['no_floor'].tolist() == [1]
    assert np.all(answer.depth == 2)
    assert answer.confidence.max() < 0.1


@pytest.mark.parametrize('size', [(1, 1), (1, 40), (40, 1), (16, 16), (17, 33), (321, 77)])
@pytest.mark.parametrize('paint', ['black', 'white', 'noise'])
def test_any_picture_of_any_size_gets_a_valid_answer(lifter, size, paint):
    cam = camera(*size, focal=1.0)
    rgb = np.full((size[1], size[0], 3), 255 * (paint == 'white'), np.uint8)
    if paint == 'noise':
        rgb[:] = np.random.Generator(np.random.PCG64(3)).integers(0, 256, rgb.shape)
    for at in (pose(0), pose(45), pose(45, 0, 1e4), pose(90), pose(20, 180), pose(10, 90)):
        request = lift_request(rgb, cam, at)
        answer = lifter.complete(request)
        answer.check_fits(request)
        finite = answer.depth[np.isfinite(answer.depth)]
        assert np.all((finite >= 0.1) & (finite <= 100))
        assert np.array_equal(answer.rgb, rgb)
