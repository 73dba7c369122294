# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pluecker rays."""

import numpy as np
from hypothesis import given, settings, strategies as st

from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.rays import plucker_rays
from strategies import cameras, ROTATIONS


@settings(deadline=None)
@given(cameras(), st.lists(st.floats(-20, 20), min_size=3, max_size=3), ROTATIONS,
       st.floats(0.1, 50))
def test_every_point_of_a_pixel_lies_on_its_ray(camera, position, q, metres):
    pose = Pose.from_quaternion(position, np.array(q) / np.linalg.norm(q))
    rays = plucker_rays(camera, pose)
    assert rays.shape == (camera.height, camera.width, 6) and rays.dtype == np.float32
    direction, moment = rays[..., :3].astype(float), rays[..., 3:].astype(float)
    np.testing.assert_allclose((direction ** 2).sum(-1), 1, atol=1e-6)
    m = pose.matrix
    points = camera.unproject(np.full(rays.shape[:2], metres)) @ m[:3, :3].T + m[:3, 3]
    # x cross d is the moment for every point x of the line
    reach = np.abs(points).max() + 1
    np.testing.assert_allclose(np.cross(points, direction), moment, atol=1e-6 * reach)
