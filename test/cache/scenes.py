# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Small random and adversarial clouds for the tests of the cache."""

import numpy as np

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.points import PointCloud
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose


def random_pose(rng, spread=1.0):
    """A pose near the origin with any rotation within about 60 degrees of looking along +x."""
    base = Pose.level(0.0).matrix
    angle = rng.uniform(-1.0, 1.0, 3) * min(1.0, spread)
    for axis, a in enumerate(angle):
        turn = np.eye(4)
        i, j = [(1, 2), (0, 2), (0, 1)][axis]
        turn[[i, j], [i, j]] = np.cos(a)
        turn[i, j], turn[j, i] = -np.sin(a), np.sin(a)
        base = turn @ base
    base[:3, 3] = rng.uniform(-spread, spread, 3)
    return Pose.from_matrix(base)


def random_camera(rng, width=40, height=30):
    """A camera of odd focal lengths and an off-centre principal point."""
    return PinholeCamera(*(rng.uniform(0.5, 1.5, 2) * width), *(rng.uniform(0.3, 0.7, 2)
                         * [width, height]), width, height)


def random_keyframe(rng, pose, camera=None, unbounded=0.1, rough=0.3, admitted=0.8):
    """A wavy surface with steps, holes, sky and normals in every direction."""
    camera = camera or random_camera(rng)
    shape = (camera.height, camera.width)
    row, column = np.mgrid[:shape[0], :shape[1]]
    depth = 2.0 + np.sin(column * rng.uniform(0.05, 0.3)) * rough + 0.02 * row
    depth = depth * np.where(column > rng.integers(5, shape[1]), 1.6, 1.0)
    depth = np.where(rng.random(shape) < unbounded, np.inf, depth)
    provenance = rng.integers(1, 4, shape).astype(np.uint8)
    provenance[rng.random(shape) > admitted] = 0
    normals = rng.integers(0, 4096, shape).astype(np.uint16)
    return Keyframe(camera, pose, rng.integers(0, 256, shape + (3,)).astype(np.uint8),
                    encode_depth(depth), normals, provenance)


def random_cloud(seed, operations=4, **options):
    """A cloud of several random keyframes."""
    rng = np.random.default_rng(seed)
    cloud = PointCloud()
    for number in range(1, operations + 1):
        cloud.add(number, random_keyframe(rng, random_pose(rng, 0.4), **options))
    return cloud
