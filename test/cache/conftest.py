# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from scenes import random_camera, random_keyframe, random_pose


@pytest.fixture
def world(tmp_path):
    """Return a closed world of three operations and two pins, and what went into it."""
    rng = np.random.default_rng(0)
    path = tmp_path / 'room.gwm'
    frames = [random_keyframe(rng, random_pose(rng, 0.3)) for _ in range(3)]
    poses = [random_pose(rng, 0.3) for _ in range(2)]
    camera = random_camera(rng)
    cache = Cache(path)
    cache.commit('seed', frames[0], 1, stamp_ns=17)
    for frame in frames[1:]:
        cache.commit('keyframe', frame, 1)
    cache.pin(camera, poses[0], 2, False, True)
    cache.pin(camera, poses[1], 3, True, False)
    images = [cache.render(camera, pose, 3) for pose in poses]
    cache.close()
    return path, frames, camera, poses, images
