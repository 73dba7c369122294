# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A photograph of a room with a floor becomes that room; without a floor it says so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room import camera, lift_request, pose, render_room

from geo_world_model.generators import create_generator

GENERATOR = create_generator('ground_plane')


def relative_error(depth, truth):
    return np.abs(depth - truth) / truth


@settings(max_examples=12, deadline=None, derandomize=True)
@given(pitch=st.floats(-5, 35), roll=st.floats(-15, 15), height=st.floats(0.5, 1.8))
def test_room_is_lifted_to_its_true_depth_however_the_camera_is_held(pitch, roll, height):
    cam, at = camera(), pose(pitch, roll, height)
    rgb, truth = render_room(cam, at)
    answer = GENERATOR.complete(lift_request(rgb, cam, at))
    assert not answer.notes['no_floor'][0]
    assert np.median(relative_error(answer.depth, truth)) < 0.05
    assert np.mean(relative_error(answer.depth, truth) < 0.25) > 0.9


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
