# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The way of the demonstration's robot: out through the room, looking around."""

import numpy as np

from geo_world_model.geometry.pose import Pose

_METRES_BACK = 1.2
_METRES_ASIDE = 0.7
_DEGREES_ASIDE = 38.0


def outward_path(start, count):
    """
    Poses of a robot that backs away from `start`, drifting and looking to one side and the other.

    start: Pose of the seed camera (pitch and roll are kept); count: how many. Returns a list of
    Pose that begins at `start`.
    """
    poses = []
    for share in np.linspace(0.0, 1.0, count):
        yaw = np.radians(_DEGREES_ASIDE) * np.sin(1.5 * np.pi * share)
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0.0], [np.sin(yaw), np.cos(yaw), 0.0],
                         [0.0, 0.0, 1.0]])
        matrix = start.matrix
        forward = matrix[:3, 2] * [1.0, 1.0, 0.0]
        forward /= np.linalg.norm(forward)
        left = np.array([-forward[1], forward[0], 0.0])
        matrix[:3, :3] = turn @ matrix[:3, :3]
        matrix[:3, 3] += (-_METRES_BACK * share * forward
                          + _METRES_ASIDE * np.sin(2.0 * np.pi * share) * left * 0.5)
        poses.append(Pose.from_matrix(matrix))
    return poses
