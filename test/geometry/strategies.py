# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras and poses for property tests."""

import numpy as np
from hypothesis import strategies as st

from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

ROTATIONS = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(
    lambda q: sum(v * v for v in q) > 1e-3)
POSITIONS = st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=3)


@st.composite
def cameras(draw, largest=24):
    width, height = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    focal = st.floats(0.3 * width, 5.0 * width)
    return PinholeCamera(draw(focal), draw(focal), draw(st.floats(0, width)),
                         draw(st.floats(0, height)), width, height)


@st.composite
def poses(draw):
    q = np.array(draw(ROTATIONS))
    return Pose.from_quaternion(draw(POSITIONS), q / np.linalg.norm(q))


def plane_depth(camera, normal, distance):
    """Depth (H, W) float64 of the plane normal . X = distance, +Inf where no ray meets it."""
    along = camera.rays() @ np.asarray(normal, np.float64)
    with np.errstate(divide='ignore'):
        depth = distance / along
    return np.where(along > 0, depth, np.inf)
