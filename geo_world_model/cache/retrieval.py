# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The memory bank: which keyframes a generator should look at for a view.

Keyframes are chosen by visibility, as in VMem: every known pixel of the rendering votes for the
operation it came from. Ties, and a view that shows nothing, are settled by pose distance.
"""

import numpy as np

#: One radian of rotation counts as so many metres.
METRES_PER_RADIAN = 1.0


def choose_references(operation, pose, keyframe_poses, count):
    """
    Choose at most `count` keyframes for a target view.

    operation (H, W) uint32: operation numbers rendered into the target (0: none); pose: Pose of
    the target; keyframe_poses: dict of operation number to Pose. Returns operation numbers, most
    votes first.
    """
    if count <= 0 or not keyframe_poses:
        return []
    numbers, votes = np.unique(operation, return_counts=True)
    votes = dict(zip(numbers.tolist(), votes.tolist()))

    def rank(number):
        metres, radians = pose.distance_to(keyframe_poses[number])
        return -votes.get(number, 0), metres + METRES_PER_RADIAN * radians, number

    return sorted(keyframe_poses, key=rank)[:count]
