# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from geo_world_model.evaluation.metrics.pose_estimation import essential_motion, pose_from_view
from geo_world_model.evaluation.metrics.poses import relative_angles
from geo_world_model.evaluation.protocol.place import procedural_places


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
