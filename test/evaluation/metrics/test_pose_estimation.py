# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest
from synthetic import pose_at, room_view

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.metrics.pose_estimation import (check_estimator, essential_motion,
                                                                 pose_from_view)
from geo_world_model.evaluation.metrics.poses import relative_angles, rotation_angle
from geo_world_model.evaluation.protocol.place import procedural_places
from geo_world_model.geometry.camera import PinholeCamera


def test_poses_of_true_pictures_are_found_and_of_empty_ones_are_not():
    place = next(procedural_places(900, 1, 2, (480, 264), 'room'))
    seed, other = place.frame(0), place.frame(1)
    pose = pose_from_view(other.rgb, other.camera, seed)
    assert np.linalg.norm(pose[:3, 3] - other.pose.translation) < 0.02
    asked = np.linalg.inv(seed.pose.matrix) @ other.pose.matrix
    motion = essential_motion(seed.rgb, other.rgb, seed.camera)
    angles = relative_angles(np.stack([np.eye(4), motion]), np.stack([np.eye(4), asked]))
    assert angles['rotation'][0] < 2 and angles['direction'][0] < 20
    empty = np.zeros_like(other.rgb)
    assert pose_from_view(empty, other.camera, seed) is None
    assert essential_motion(seed.rgb, empty, seed.camera) is None


def test_a_short_step_before_far_walls_is_found():
    camera = PinholeCamera(300.0, 300.0, 319.5, 239.5, 640, 480)
    image, other = (room_view(pose_at(y=y), camera)[0] for y in (0.0, 0.05))
    motion = essential_motion(image, other, camera)
    # walls that are 60 and more such steps away: OpenCV by itself leaves out what is beyond 50
    assert motion is not None and motion[0, 3] < -0.99


def test_pycolmap_agrees_with_opencv_or_is_asked_for():
    place = next(procedural_places(900, 1, 2, (480, 264), 'room'))
    seed, other = place.frame(0), place.frame(1)
    try:
        import pycolmap  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigError, match='pip install pycolmap'):
            pose_from_view(other.rgb, other.camera, seed, 'pycolmap')
    else:
        pose = pose_from_view(other.rgb, other.camera, seed, 'pycolmap')
        assert np.linalg.norm(pose[:3, 3] - other.pose.translation) < 0.02
        peer = pose_from_view(other.rgb, other.camera, seed)
        assert rotation_angle(pose[None, :3, :3].swapaxes(1, 2) @ peer[None, :3, :3])[0] < 0.5
    with pytest.raises(ConfigError, match='opencv or pycolmap'):
        check_estimator('eyes')
