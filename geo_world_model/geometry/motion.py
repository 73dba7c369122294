# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Between two poses and beyond them: straight, and with constant turn."""

import numpy as np

from geo_world_model.geometry.pose import Pose


def between(first, second, share):
    """
    Pose on the way from `first` (share 0) to `second` (share 1); beyond 1 it goes on as it went.

    Positions move on a line, rotations about one axis by the shorter way (slerp).
    """
    if share in (0, 1):
        return second if share else first
    start, end = first.translation, second.translation
    a = first.quaternion / np.linalg.norm(first.quaternion)
    b = second.quaternion / np.linalg.norm(second.quaternion)
    cosine = float(a @ b)
    if cosine < 0:
        b, cosine = -b, -cosine
    angle = np.arccos(min(1.0, cosine))
    if angle < 1e-6:
        turned = a + share * (b - a)
    else:
        turned = (np.sin((1.0 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    return Pose.from_quaternion(start + share * (end - start), turned / np.linalg.norm(turned))


def compose(outer, inner):
    """Pose of what stands at `inner` in a frame that stands at `outer`."""
    return Pose.from_matrix(outer.matrix @ inner.matrix)


def inverse(pose):
    """Pose of the outer frame in the frame that stands at `pose`."""
    matrix = np.eye(4)
    rotation = pose.matrix[:3, :3]
    matrix[:3, :3] = rotation.T
    matrix[:3, 3] = -rotation.T @ pose.translation
    return Pose.from_matrix(matrix)
