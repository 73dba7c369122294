# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.errors import ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.equirectangular import (
    angles, check_equirectangular, perspective_colour, perspective_depth, project_to_sphere,
    sphere_directions)
from synthetic import pose_at

CAMERA = PinholeCamera(60.0, 60.0, 49.5, 49.5, 100, 100)
DOWN = np.array([[0.0, -1, 0], [-1, 0, 0], [0, 0, -1]])


def level_turn(degrees):
    return pose_at(yaw_deg=degrees).matrix[:3, :3]


def test_the_centre_looks_ahead_and_the_left_of_the_picture_lies_left():
    azimuth, elevation = angles(8, 4)
    assert azimuth[3] == -azimuth[4] > 0 and elevation[1] == -elevation[2] > 0
    ahead = sphere_directions(720, 360)
    np.testing.assert_allclose(ahead[179:181, 359:361].mean((0, 1)), [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(ahead[180, 180], [0, 1, 0], atol=0.01)
    np.testing.assert_allclose(ahead[0, 100], [0, 0, 1], atol=0.01)
    turned = sphere_directions(720, 360, np.pi / 2)
    np.testing.assert_allclose(turned[180, 360], [0, 1, 0], atol=0.01)


@pytest.mark.parametrize('heading', [0.0, 1.0, -3.0, 40.0])
def test_pixels_and_directions_are_inverse_to_each_other(heading):
    u, v = project_to_sphere(3.0 * sphere_directions(32, 16, heading), 32, 16, heading)
    row, column = np.mgrid[:16, :32]
    np.testing.assert_allclose(u, column, atol=1e-9)
    np.testing.assert_allclose(v, row, atol=1e-9)


@pytest.mark.parametrize('rotation', [level_turn(a) for a in (0, 73, 180, 181)] + [DOWN, -DOWN])
def test_colours_are_those_of_the_directions_across_seam_and_poles(rotation):
    def paint(direction):
        return np.clip(127.5 + 100 * direction / np.linalg.norm(direction, axis=-1)[..., None], 0,
                       255)
    if np.linalg.det(rotation) < 0:
        rotation = rotation * [1, -1, 1]
    panorama = np.rint(paint(sphere_directions(512, 256, 0.3))).astype(np.uint8)
    seen = perspective_colour(panorama, CAMERA, rotation, 0.3)
    assert np.abs(seen - paint(CAMERA.rays() @ rotation.T)).max() < 2.5


def test_a_finer_panorama_is_averaged_instead_of_aliased():
    stripes = np.zeros((1024, 2048, 3), np.uint8)
    stripes[:, ::2] = 200
    seen = perspective_colour(stripes, CAMERA, level_turn(10)).astype(float)
    assert np.abs(seen[30:70] - 100).max() < 20


@pytest.mark.parametrize('rotation', [level_turn(a) for a in (0, 180, 205)] + [DOWN])
def test_the_depth_of_a_plane_stays_a_plane(rotation):
    direction = sphere_directions(512, 256, 2.0)
    with np.errstate(divide='ignore'):
        floor = np.where(direction[..., 2] < 0, -1.5 / direction[..., 2], np.inf)
    depth = perspective_depth(floor.astype(np.float32), CAMERA, rotation, 2.0)
    fall = -(CAMERA.rays() @ rotation.T)[..., 2]
    seen = fall > 0.2
    np.testing.assert_allclose(depth[seen], 1.5 / fall[seen], rtol=2e-3)
    assert np.isposinf(depth[fall < -0.01]).all()


def test_no_depth_is_invented_between_two_surfaces_or_beside_the_unknown():
    reach = np.full((64, 128), 2.0, np.float32)
    reach[:, 40:60] = 4.0
    reach[20:30] = np.nan
    reach[50:, 70:] = -1.0
    depth = perspective_depth(reach, CAMERA, level_turn(0))
    distance = depth * np.linalg.norm(CAMERA.rays(), axis=-1)
    assert np.isnan(depth).any()
    near, far = np.abs(distance - 2) < 1e-4, np.abs(distance - 4) < 1e-4
    assert near.any() and far.any() and (near | far | np.isnan(depth)).all()


@pytest.mark.parametrize('shape', [(100, 199, 3), (100, 100, 3), (8, 16, 3)])
def test_a_picture_that_is_not_the_full_sphere_is_refused(shape):
    with pytest.raises(ImageError, match='twice as wide as high'):
        check_equirectangular(np.zeros(shape, np.uint8))
