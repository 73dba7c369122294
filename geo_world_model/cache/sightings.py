# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels that look places of a view up in the small pictures of keyframes."""

import numpy as np
from numba import njit, prange

from geo_world_model.cache.depth_code import NOTHING, UNBOUNDED

#: A place is visible when it lies within this share of the depths of its cell.
SAME_SURFACE = 1.03
#: A keyframe that sees none of the first few places is not tried further.
FEW = 5
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always')
def _depth_there(place, pose, lens, cells, depths):
    """Depth at which a keyframe sees a place; 0 when it does not. Of a direction 1."""
    x, y, z = place[0], place[1], place[2]
    if place[3] > 0:
        x, y, z = x - pose[0, 3], y - pose[1, 3], z - pose[2, 3]
    d = pose[0, 2] * x + pose[1, 2] * y + pose[2, 2] * z
    if d <= 1e-3:
        return 0.0
    u = lens[0] * (pose[0, 0] * x + pose[1, 0] * y + pose[2, 0] * z) / d + lens[2] + 0.5
    v = lens[1] * (pose[0, 1] * x + pose[1, 1] * y + pose[2, 1] * z) / d + lens[3] + 0.5
    if not (u >= 0 and v >= 0 and u < lens[4] and v < lens[5]):
        return 0.0
    i = int(v * cells.shape[1] / lens[5])
    j = int(u * cells.shape[2] / lens[4])
    far = cells[1, i, j]
    if place[3] == 0:
        return 1.0 if far == UNBOUNDED else 0.0
    if far == NOTHING:
        return 0.0
    # a surface beyond the last code would be the sky there
    far = min(far, np.uint16(UNBOUNDED - 1))
    if depths[cells[0, i, j]] <= d * SAME_SURFACE and d <= depths[far] * SAME_SURFACE:
        return d
    return 0.0


@njit(parallel=True, **_FAST)
def survey(chosen, places, matrix, scale, poses, lenses, cells, depths, far, seen):
    """
    Try a few places of a view with some keyframes, chosen (K,).

    far (K,): metres to each, and turns at the view's scale; seen (K,): how many places it sees.
    The rest as MemoryBank has it.
    """
    for k in prange(chosen.size):
        at = chosen[k]
        pose = poses[at]
        total, square, trace = 0, 0.0, 0.0
        for i in range(3):
            square += (pose[i, 3] - matrix[i, 3]) ** 2
            for j in range(3):
                trace += pose[i, j] * matrix[i, j]
        far[k] = np.sqrt(square) + scale * np.arccos(min(max((trace - 1) / 2, -1.0), 1.0))
        for n in range(places.shape[0]):
            if _depth_there(places[n], pose, lenses[at], cells[at], depths) > 0:
                total += 1
            elif total == 0 and n + 1 == FEW:
                break
        seen[k] = total


@njit(parallel=True, **_FAST)
def look_up(listed, places, sharpness, eye, poses, lenses, cells, depths, value):
    """value (L, N): worth of each place in each listed keyframe, 0 (not seen) to 1."""
    for k in prange(listed.size):
        pose, lens = poses[listed[k]], lenses[listed[k]]
        for n in range(places.shape[0]):
            d = _depth_there(places[n], pose, lens, cells[listed[k]], depths)
            if d == 0:
                continue
            worth = min(1.0, lens[0] / d / sharpness[n])
            if places[n, 3] > 0:
                here, there, both = 0.0, 0.0, 0.0
                for c in range(3):
                    a, b = places[n, c] - eye[c], places[n, c] - pose[c, 3]
                    here, there, both = here + a * a, there + b * b, both + a * b
                worth *= max(0.0, both / np.sqrt(max(here * there, 1e-12)))
            value[k, n] = worth
