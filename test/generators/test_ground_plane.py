# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A photograph of a room with a floor becomes that room; without a floor it says so."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room import camera, lift_request, pose, render_room

from geo_world_model.generators import create_generator

GENERATOR = create_generator('ground_plane')


def relative_error(depth, truth):
    return np.abs(depth - truth) / truth


def assert_valid(answer, request):
    answer.check_fits(request)
    finite = answer.depth[np.isfinite(answer.depth)]
    assert np.all((finite >= 0.1) & (finite <= 100))
    assert np.array_equal(answer.rgb, request.view.rgb)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(pitch=st.floats(-5, 35), roll=st.floats(-15, 15), height=st.floats(0.5, 1.8))
def test_room_is_lifted_to_its_true_depth_however_the_camera_is_held(pitch, roll, height):
    cam, at = camera(), pose(pitch, roll, height)
    rgb, truth = render_room(cam, at)
    answer = GENERATOR.complete(lift_request(rgb, cam, at))
    assert not answer.notes['no_floor'][0]
    assert np.median(relative_error(answer.depth, truth)) < 0.05
    assert np.mean(relative_error(answer.depth, truth) < 0.25) > 0.9


def test_floor_points_lie_on_the_ground_also_when_the_ground_is_not_zero():
    cam, at = camera(), pose(15, 5, 2.7)
    rgb, truth = render_room(cam, pose(15, 5, 1.2))
    answer = GENERATOR.complete(lift_request(rgb, cam, at, ground=1.5))
    points = cam.unproject(answer.depth) @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    floor = points[-20:, 120:200, 2]
    assert np.abs(floor - 1.5).max() < 1e-4
    assert np.median(relative_error(answer.depth, truth)) < 0.05


def test_a_wall_is_seen_over_an_object_that_stands_before_it():
    cam, at = camera(), pose(10, 0, 1.2)
    rgb, truth = render_room(cam, at, box=(2.2, 0.3, 0.35, 0.7))
    depth = GENERATOR.complete(lift_request(rgb, cam, at)).depth
    column = 160 - round(cam.fx * 0.3 / 2.2)
    wall_ahead = truth[:, column] > 3
    assert 0.3 < wall_ahead.mean() < 0.7
    assert np.mean(relative_error(depth, truth)[wall_ahead, column] < 0.1) > 0.9
    assert np.mean(relative_error(depth, truth)[~wall_ahead, column] < 0.1) > 0.9
    assert np.mean(relative_error(depth, truth) < 0.1) > 0.95


def test_twice_the_camera_height_is_twice_the_room():
    cam = camera()
    rgb, _ = render_room(cam, pose(12, 3, 0.8))
    near = GENERATOR.complete(lift_request(rgb, cam, pose(12, 3, 0.8))).depth
    far = GENERATOR.complete(lift_request(rgb, cam, pose(12, 3, 1.6))).depth
    assert np.median(far / near) == pytest.approx(2, rel=0.01)


def test_known_depth_stays_byte_for_byte_and_bounds_hold():
    cam, at = camera(), pose(10)
    rgb, truth = render_room(cam, at)
    request = lift_request(rgb, cam, at)
    known = np.zeros(truth.shape, bool)
    known[::9, ::5] = True
    measured = np.where(known, truth * np.float32(1.1), np.float32(np.nan))
    bound = np.full(truth.shape, 2.5, np.float32)
    request = replace(request, view=replace(request.view, depth=measured), bound=bound)
    answer = GENERATOR.complete(request)
    assert answer.depth[known].tobytes() == measured[known].tobytes()
    assert np.all(answer.depth[~known] < 2.5)
    assert np.all(answer.confidence[known] == 1)


def test_same_request_gives_the_same_bytes_with_any_number_of_threads():
    cam, at = camera(640, 352), pose(12, -4)
    rgb, _ = render_room(cam, at, box=(2.0, -0.4, 0.3, 0.6))
    request = lift_request(rgb, cam, at)
    cv2.setRNGSeed(7)
    answers = []
    for threads in (1, 2, 2):
        cv2.setNumThreads(threads)
        answers.append(GENERATOR.complete(request))
    for other in answers[1:]:
        assert other.depth.tobytes() == answers[0].depth.tobytes()
        assert other.confidence.tobytes() == answers[0].confidence.tobytes()


def open_field(cam, at, sky):
    """Floor up to the horizon under a sky, no wall."""
    rays = cam.rays() @ at.matrix[:3, :3].T
    rgb = np.where(rays[..., 2:] < 0, np.uint8([95, 100, 60]), np.uint8(sky)).astype(np.uint8)
    v, u = np.mgrid[:cam.height, :cam.width]
    rgb[rays[..., 2] < 0] += (((u * 31 + v * 17) % 9)[rays[..., 2] < 0]).astype(np.uint8)[:, None]
    return rgb, rays[..., 2]


@pytest.mark.parametrize('sky', [(120, 170, 230), (225, 228, 232)])
def test_sky_over_an_open_field_is_infinite_and_only_above_the_horizon(sky):
    cam, at = camera(), pose(2, 0, 1.2)
    rgb, up = open_field(cam, at, sky)
    depth = GENERATOR.complete(lift_request(rgb, cam, at)).depth
    assert np.isinf(depth[up > 0.02]).mean() > 0.95
    assert np.all(np.isfinite(depth[up < 0]))


def test_what_is_far_but_no_sky_stays_finite():
    cam, at = camera(), pose(2, 0, 1.2)
    rgb, _ = open_field(cam, at, (40, 90, 40))
    assert np.all(np.isfinite(GENERATOR.complete(lift_request(rgb, cam, at)).depth))


def test_white_wall_with_its_foot_in_sight_is_no_sky():
    cam, at = camera(), pose(10, 0, 1.2)
    rgb, truth = render_room(cam, at)
    ahead = np.abs(truth - 4.0 / (cam.rays() @ at.matrix[:3, :3].T)[..., 0]) < 1e-3
    rgb[ahead] = 235
    assert np.all(np.isfinite(GENERATOR.complete(lift_request(rgb, cam, at)).depth))


@pytest.mark.parametrize('at', [pose(-60), pose(10, 0, -1.0), pose(10, 0, 0.0), pose(-90)])
def test_without_a_floor_a_plane_is_answered_and_said(at):
    cam = camera()
    rgb, _ = render_room(cam, pose())
    answer = create_generator('ground_plane', fallback=2.0).complete(lift_request(rgb, cam, at))
    assert answer.notes['no_floor'].tolist() == [1]
    assert np.all(answer.depth == 2)
    assert answer.confidence.max() < 0.1


@pytest.mark.parametrize('size', [(1, 1), (1, 40), (40, 1), (16, 16), (17, 33), (321, 77)])
@pytest.mark.parametrize('paint', ['black', 'white', 'noise'])
def test_any_picture_of_any_size_gets_a_valid_answer(size, paint):
    cam = camera(*size, focal=1.0)
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    if paint == 'white':
        rgb[:] = 255
    if paint == 'noise':
        rgb[:] = np.random.Generator(np.random.PCG64(3)).integers(0, 256, rgb.shape)
    for at in (pose(0), pose(45), pose(90), pose(20, 180), pose(10, 90)):
        request = lift_request(rgb, cam, at)
        assert_valid(GENERATOR.complete(request), request)
