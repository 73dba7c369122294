# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Reference views by the overlap of boxes around frusta, as WorldStereo's published code has it.

Peer of the memory bank: it knows poses and lenses only, no depth.
"""

import numpy as np

#: Distances along the corner rays that bound a frustum, metres.
NEAR, FAR = 0.1, 10.0


def box_of_frustum(camera, pose):
    """Low and high corner of the axis-aligned box around a camera's frustum, (2, 3) metres."""
    width, height = camera.width - 1, camera.height - 1
    corners = np.array([[x, y] for x in (0, width) for y in (0, height)], np.float64)
    rays = np.concatenate([(corners - [camera.cx, camera.cy]) / [camera.fx, camera.fy],
                           np.ones((4, 1))], 1)
    rays /= np.sqrt((rays ** 2).sum(1, keepdims=True))
    matrix = pose.matrix
    points = np.concatenate([NEAR * rays, FAR * rays]) @ matrix[:3, :3].T + matrix[:3, 3]
    return np.stack([points.min(0), points.max(0)])


def scores(camera, pose, others):
    """
    Score keyframes against a target: IoU of the boxes, less for axes more than 90 degrees apart.

    camera, pose: the target's; others: a list of (camera, pose). Returns (N,) float64.
    """
    box, axis = box_of_frustum(camera, pose), pose.matrix[:3, 2]
    result = np.zeros(len(others))
    for index, (lens, place) in enumerate(others):
        other = box_of_frustum(lens, place)
        shared = np.prod(np.clip(np.minimum(box[1], other[1]) - np.maximum(box[0], other[0]), 0,
                                 None))
        either = np.prod(box[1] - box[0]) + np.prod(other[1] - other[0]) - shared
        angle = np.degrees(np.arccos(np.clip(axis @ place.matrix[:3, 2], -1, 1)))
        result[index] = shared / either * min(1.0, np.exp(5 * (90 - angle) / 180))
    return result
