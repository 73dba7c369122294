# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Normals: right on planes, one-sided at edges, always facing the camera."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.errors import ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.normals import normals_from_depth
from strategies import plane_depth

CAMERA = PinholeCamera(130.0, 125.0, 79.0, 60.0, 160, 120)


def facing(camera):
    rays = camera.rays()
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def angles(normals, expected):
    cosine = (normals.astype(float) * np.asarray(expected, float)).sum(-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def check_unit_and_facing(normals, camera):
    assert normals.dtype == np.float32 and normals.shape == (camera.height, camera.width, 3)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-5)
    assert ((normals * facing(camera)).sum(-1) < 0).all()


@settings(deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.3, 1), st.floats(0.5, 8))
def test_normals_of_a_plane_are_its_normal(x, y, z, distance):
    outward = np.array([x, y, z]) / np.linalg.norm([x, y, z])
    depth = plane_depth(CAMERA, outward, distance)
    depth[depth > 100] = np.inf
    normals = normals_from_depth(depth.astype(np.float32), CAMERA)
    seen = np.isfinite(depth)
    assert seen.any()
    assert angles(normals, -outward)[seen].max() < 2.0
    check_unit_and_facing(normals, CAMERA)


def test_a_floor_seen_at_a_grazing_angle_is_level_to_twenty_metres():
    depth = plane_depth(CAMERA, (0, 1, 0), 1.2).astype(np.float32)
    normals = normals_from_depth(depth, CAMERA)
    assert angles(normals, (0, -1, 0))[depth < 20].max() < 2.0


def test_millimetres_and_sensor_noise_turn_a_wall_by_a_few_degrees_only():
    camera = PinholeCamera(525.0, 525.0, 319.5, 239.5, 640, 480)
    outward = np.array([0.5, 0.3, 0.81]) / np.linalg.norm([0.5, 0.3, 0.81])
    depth = plane_depth(camera, outward, 1.0)
    depth += 0.0007 * np.random.default_rng(0).standard_normal(depth.shape) * depth ** 2
    turned = angles(normals_from_depth(np.round(depth, 3).astype(np.float32), camera), -outward)
    assert np.median(turned) < 4.0


def test_two_walls_keep_their_own_normals_up_to_the_step_between_them():
    left, right = np.array([0.6, 0, 0.8]), np.array([0, 0, 1.0])
    depth = plane_depth(CAMERA, left, 1.5)
    column = 90
    depth[:, column:] = plane_depth(CAMERA, right, 6.0)[:, column:]
    normals = normals_from_depth(depth.astype(np.float32), CAMERA)
    assert angles(normals, -left)[:, :column - 2].max() < 2.0
    assert angles(normals, -right)[:, column + 2:].max() < 2.0
    # in between nothing is fitted across the step: a wall's normal, or none
    honest = np.minimum(angles(normals, -facing(CAMERA)),
                        np.minimum(angles(normals, -left), angles(normals, -right)))
    assert honest.max() < 2.0


def test_a_step_too_low_to_spoil_the_fit_is_still_no_slope():
    depth = np.full((120, 160), 2.0, np.float32)
    depth[:, 90:] = 2.15
    turned = angles(normals_from_depth(depth, CAMERA), (0, 0, -1))
    assert np.delete(turned, np.s_[88:92], axis=1).max() < 2.0


def test_pixels_without_a_surface_or_support_face_the_camera():
    depth = plane_depth(CAMERA, (0, 0.5, 1), 2.0).astype(np.float32)
    depth[20:60, 30:90] = np.nan
    depth[80:100, 30:90] = np.inf
    depth[40, 60] = 2.0
    depth[90, 60:62] = 0.0
    normals = normals_from_depth(depth, CAMERA)
    check_unit_and_facing(normals, CAMERA)
    alone = ~np.isfinite(depth) | (depth == 0)
    alone[40, 60] = True
    assert angles(normals, -facing(CAMERA))[alone].max() < 0.1


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10 ** 6))
def test_whatever_the_depth_normals_are_unit_and_face_the_camera(seed):
    r = np.random.default_rng(seed)
    depth = np.exp(r.uniform(-5, 7, (120, 160))).astype(np.float32)
    depth[r.random(depth.shape) < 0.2] = np.nan
    depth[r.random(depth.shape) < 0.1] = np.inf
    smooth = np.repeat(np.repeat(depth[::8, ::8], 8, 0), 8, 1)
    for image in (depth, smooth):
        check_unit_and_facing(normals_from_depth(image, CAMERA), CAMERA)


@pytest.mark.parametrize('window', [3, 5, 9])
def test_any_window_finds_a_plane(window):
    depth = plane_depth(CAMERA, (0.6, 0, 0.8), 2.0).astype(np.float32)
    turned = angles(normals_from_depth(depth, CAMERA, window=window), (-0.6, 0, -0.8))
    assert turned[1:-1, 1:-1].max() < 2.0


def test_depth_of_another_size_is_refused():
    with pytest.raises(ImageError, match='120, 160'):
        normals_from_depth(np.ones((160, 120), np.float32), CAMERA)
