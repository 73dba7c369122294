# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is known around a hole says about its rays, and what earlier views saw past."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_world_model.geometry.view import UNKNOWN, View

DIRECTIONS = 16
#: Pixels a step along them; steps that the nearest of what is met counts as farther than it is.
STRIDE, SOFTENING = 2, 4
#: A point is in free space when it lies before this share of what another view saw behind it.
FREE = 0.92


def reference_frames(target: View, references: tuple[View, ...]):
    """(E, 3, 4) float64 target camera to reference camera, (E, 4) float64 fx fy cx cy, and
    (E, H, W) float32 depth, 0 where it is unknown, in the largest reference's size, -1 where a
    smaller one has no pixel.

    What was generated counts as what was measured: the cache lets nothing stand in space that a
    view it showed saw past.
    """
    height = max([view.camera.height for view in references], default=1)
    width = max([view.camera.width for view in references], default=1)
    motion = np.zeros((len(references), 3, 4))
    lens = np.zeros((len(references), 4))
    depth = np.full((len(references), height, width), -1, np.float32)
    for k, view in enumerate(references):
        motion[k] = (np.linalg.inv(view.pose.matrix) @ target.pose.matrix)[:3]
        camera = view.camera
        lens[k] = camera.fx, camera.fy, camera.cx, camera.cy
        known = (view.provenance != UNKNOWN) & (view.depth > 0)
        depth[k, :camera.height, :camera.width] = np.where(known, view.depth, 0)
    return motion, lens, depth


@njit(inline='always')
def _seen_past(x, y, z, motion, lens, depth):
    for k in range(motion.shape[0]):
        m = motion[k]
        d = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        if d <= 1e-6:
            continue
        u = lens[k, 0] * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) / d + lens[k, 2]
        v = lens[k, 1] * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) / d + lens[k, 3]
        if not (u > -0.5 and v > -0.5 and u < depth.shape[2] - 0.5 and v < depth.shape[1] - 0.5):
            continue
        if d < FREE * depth[k, int(v + 0.5), int(u + 0.5)]:
            return True
    return False


@njit(nogil=True, cache=True, error_model='numpy')
def in_free_space(rays, depth, motion, lens, seen):
    """Whether points rays (N, 3) * depth (N,) stand where a reference saw past; bool (N,)."""
    result = np.zeros(depth.size, np.bool_)
    for i in range(depth.size):
        z = depth[i]
        if 0 < z < np.inf:
            result[i] = _seen_past(z * rays[i, 0], z * rays[i, 1], z, motion, lens, seen)
    return result


@njit(nogil=True, cache=True, error_model='numpy')
def in_pictures(rays, depth, motion, lens, seen):
    """Whether points rays (N, 3) * depth (N,) lie within the border of a reference; bool (N,)."""
    result = np.zeros(depth.size, np.bool_)
    for i in range(depth.size):
        x, y, z = depth[i] * rays[i, 0], depth[i] * rays[i, 1], depth[i]
        for k in range(motion.shape[0]):
            m = motion[k]
            d = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
            if d > 1e-6:
                u = lens[k, 0] * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) / d
                v = lens[k, 1] * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) / d
                u, v = u + lens[k, 2], v + lens[k, 3]
                if (-0.5 < u < seen.shape[2] - 0.5 and -0.5 < v < seen.shape[1] - 0.5
                        and seen[k, int(v + 0.5), int(u + 0.5)] >= 0):
                    result[i] = True
    return result


@njit(nogil=True, cache=True, error_model='numpy')
def look_around(depth, away, label, row, column, rays, motion, lens, seen):
    """Look from unknown pixels in 16 directions for the first known one.

    depth: (H, W) float32, NaN unknown. away: (H, W) float32, pixels to the nearest known one, not
    more: what is skipped on the way. label: (H, W) int16, plane of the known pixels. row,
    column: (N,) int64, pixels that ask. rays: (N, 3) float64, theirs.
    Returns met (N, 16) int16, label of what was met, -1 for nothing; weight (N, 16) float32,
    1 / distance, 0 for nothing, sum 1 or 0; and nearest (N,) float32, depth of the nearest that
    stands in no free space (of the nearest at all when all of them do), NaN for none.
    """
    height, width = depth.shape
    met = np.full((row.size, DIRECTIONS), -1, np.int16)
    weight = np.zeros((row.size, DIRECTIONS), np.float32)
    nearest = np.full(row.size, np.nan, np.float32)
    angle = 2 * np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    right, down = STRIDE * np.cos(angle), STRIDE * np.sin(angle)
    z = np.zeros(DIRECTIONS, np.float32)
    for n in range(row.size):
        total = 0.0
        for k in range(DIRECTIONS):
            way = 1
            while True:
                i = int(np.floor(row[n] + way * down[k] + 0.5))
                j = int(np.floor(column[n] + way * right[k] + 0.5))
                if i < 0 or j < 0 or i >= height or j >= width:
                    break
                if not np.isnan(depth[i, j]):
                    met[n, k], z[k] = label[i, j], depth[i, j]
                    weight[n, k] = 1 / (way + SOFTENING)
                    total += weight[n, k]
                    break
                way += max(1, int(away[i, j] / STRIDE))
        if total == 0:
            continue
        for k in range(DIRECTIONS):
            weight[n, k] /= total
        tried = weight[n].copy()
        first = np.argmax(tried)
        nearest[n] = z[first]
        while True:
            k = np.argmax(tried)
            if tried[k] == 0:
                break
            if not (z[k] < np.inf and _seen_past(z[k] * rays[n, 0], z[k] * rays[n, 1], z[k],
                                                 motion, lens, seen)):
                nearest[n] = z[k]
                break
            tried[k] = 0
    return met, weight, nearest
