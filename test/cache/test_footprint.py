# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache.footprint import (half_extents, pack_tangents, tangents,
                                             unpack_tangents)
from geo_world_model.cache.renderer import projection
from geo_world_model.geometry.camera import PinholeCamera
from scenes import random_camera, random_pose


def shape_of(ray, normal, rotation=np.eye(3), focal=(500.0, 400.0)):
    out = np.empty(7, np.float32)
    tangents(*np.float32(ray), np.float32(normal), np.float32(rotation), *np.float32(focal), out)
    return out


@pytest.mark.parametrize('depth', [0.1, 0.73, 5.0, 99.0])
def test_packed_tangents_come_back_to_within_a_few_thousandths_of_a_percent(depth):
    rng = np.random.default_rng(3)
    for _ in range(200):
        normal = rng.normal(size=3)
        normal *= -np.sign(normal[2]) / np.linalg.norm(normal)
        shape = shape_of(rng.uniform(-0.8, 0.8, 2), normal)
        *numbers, scale, jump = unpack_tangents(*pack_tangents(shape, np.float32(depth)))
        wanted = shape[:6] * depth
        np.testing.assert_allclose(np.array(numbers) * scale, wanted, rtol=0,
                                   atol=np.abs(wanted).max() * 2.0 ** -13.4)
        assert jump == (shape[6] > 0)


def test_a_surface_covers_a_pixel_and_a_tenth_in_its_own_view():
    rng = np.random.default_rng(5)
    camera, pose = random_camera(rng, 64, 48), random_pose(rng)
    P = projection(camera, pose)
    for _ in range(100):
        column, row = rng.integers(0, 64), rng.integers(0, 48)
        ray = np.array([(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy, 1.0])
        normal = -ray / np.linalg.norm(ray) + rng.uniform(-0.4, 0.4, 3)
        shape = shape_of(ray[:2], normal / np.linalg.norm(normal), pose.matrix[:3, :3],
                         (camera.fx, camera.fy))
        wide, high = half_extents(P, column + 16, row + 16, np.float32(3.0),
                                  *pack_tangents(shape, np.float32(3.0)))
        # what is stored of the tilt may be a little wrong, so it stretches a little more
        assert 0.54 < wide < 0.64 and 0.54 < high < 0.64


def test_a_slanted_surface_stretches_as_its_slope_says_when_it_is_passed():
    source = PinholeCamera(400.0, 400.0, 199.5, 149.5, 400, 300)
    slope = np.radians(70.0)
    normal = [np.sin(slope), 0.0, -np.cos(slope)]
    shape = shape_of((0.0, 0.0), normal, np.eye(3), (400.0, 400.0))
    a = shape[:3] * 2.0
    # the next pixel lies on the plane: it moves as much in depth as the slope demands
    assert a[2] / a[0] == pytest.approx(np.tan(slope), rel=0.06)
    assert shape[6] == 0 and source.fx == 400.0


def test_a_jump_in_depth_stretches_little_and_says_that_it_is_one():
    steep = np.radians(88.0)
    shape = shape_of((0.0, 0.0), [np.sin(steep), 0.0, -np.cos(steep)])
    assert shape[6] == 1
    assert abs(shape[2] / shape[0]) == pytest.approx(np.tan(np.radians(75.5)), rel=0.1)
