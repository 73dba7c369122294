# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The memory bank: which keyframes a generator should look at for a view.

Keyframes are chosen by visibility, as in VMem: every known pixel of the rendering votes for the
operation it came from. Ties, and a view that shows nothing, are settled by pose distance. Half
of the references are seeds, as long as there are any: a long walk must not lose sight of what was
measured, or every generated view would only be like those before it.
"""

import numpy as np

#: One radian of rotation counts as so many metres.
METRES_PER_RADIAN = 1.0


def choose_references(operation, pose, keyframe_poses, count, seeds=frozenset()):
    """
    Choose at most `count` keyframes for a target view.

    operation (H, W) uint32: operation numbers rendered into the target (0: none); pose: Pose of
    the target; keyframe_poses: dict of operation number to Pose; seeds: the numbers of those that
    were measured. Returns operation numbers, most votes first.
    """
    if count <= 0 or not keyframe_poses:
        return []
    numbers, votes = np.unique(operation, return_counts=True)
    votes = dict(zip(numbers.tolist(), votes.tolist()))

    def rank(number):
        metres, radians = pose.distance_to(keyframe_poses[number])
        return -votes.get(number, 0), metres + METRES_PER_RADIAN * radians, number

    ranked = sorted(keyframe_poses, key=rank)
    chosen = [number for number in ranked if number in seeds][:(count + 1) // 2]
    chosen += [number for number in ranked if number not in chosen][:count - len(chosen)]
    return sorted(chosen, key=rank)
