# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Depth along the slopes of magnified footprints.

A footprint that covers many pixels is a piece of a surface, not of a wall across the view: where
its point is magnified, a pixel shows the depth at which its ray meets the footprint's plane. Who
covers which pixel does not change by that, and a point that is not magnified, as every point in
the view it came from, keeps the depth that was committed.
"""

import numpy as np
from numba import float32, njit, prange, uint32, uint64

from geo_world_model.cache.footprint import REACH, sides, unpack_tangents
from geo_world_model.cache.passes import BACK, DEPTH_SHIFT, EMPTY, INDEX_SHIFT, SEGMENT, WIDE

#: A footprint's plane is followed up to so many of its tangents from its centre.
FARTHEST = np.float32(1.0)

_LOW = np.uint64(0xFFFFFFFF)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def depth_on_slope(P, column, row, x, y, z, depth, ax, ay, az, bx, by, bz, scale):
    """
    Depth at which the ray of a pixel meets the plane of a footprint, metres.

    column, row: float32, the pixel under P; x, y, z, depth: the footprint's centre (world, m; along
    the axis); a, b: its tangents, to be multiplied by `scale`. The pixel is x + scale (s a + t b)
    for s and t within FARTHEST.
    """
    ua, ub, va, vb = sides(P, column, row, ax, ay, az, bx, by, bz)
    right = column * depth - (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z + P[0, 3])
    down = row * depth - (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z + P[1, 3])
    area = scale * (ua * vb - ub * va)
    s = (right * vb - ub * down) / area
    t = (ua * down - right * va) / area
    s = min(max(s, -FARTHEST), FARTHEST)
    t = min(max(t, -FARTHEST), FARTHEST)
    rise = (s * (P[2, 0] * ax + P[2, 1] * ay + P[2, 2] * az)
            + t * (P[2, 0] * bx + P[2, 1] * by + P[2, 2] * bz))
    return depth + scale * rise if area != float32(0.0) else depth


@njit(inline='never', **_FAST)
def _any_wide(keys):
    flags = uint64(0)
    for c in range(keys.size):
        flags |= keys[c] if keys[c] != EMPTY else uint64(0)
    return flags & WIDE != uint64(0)


@njit(inline='never', **_FAST)
def _look_up(keys, record, x, y, z, t0, t1, t2):
    for c in range(keys.size):
        p = uint64((keys[c] & _LOW) >> INDEX_SHIFT) if keys[c] != EMPTY else uint64(0)
        first, second, third = record[p, 0], record[p, 1], record[p, 2]
        x[c], y[c] = uint32(first), uint32(first >> DEPTH_SHIFT)
        z[c], t0[c] = uint32(second), uint32(second >> DEPTH_SHIFT)
        t1[c], t2[c] = uint32(third), uint32(third >> DEPTH_SHIFT)


@njit(inline='never', **_FAST)
def _slant(keys, xs, ys, zs, t0, t1, t2, column, row, P, depth):
    for c in range(keys.size):
        ax, ay, az, bx, by, bz, scale, jump = unpack_tangents(t0[c], t1[c], t2[c])
        shown = np.uint32(keys[c] >> DEPTH_SHIFT).view(np.float32)
        slanted = depth_on_slope(P, column + float32(c), row, xs[c], ys[c], zs[c], shown, ax, ay,
                                 az, bx, by, bz, scale)
        chosen = (keys[c] & (WIDE | BACK) == WIDE) & (keys[c] != EMPTY) & (not jump)
        # what is unknown stays so
        depth[c] = slanted if chosen & (depth[c] == shown) else depth[c]


@njit(parallel=True, **_FAST)
def follow_slopes(keys, record, P, width, height, depth):
    """
    Change the depth of known pixels whose point is magnified.

    keys (H * W,) uint64: what is drawn, with flags; record (N, 4) uint64; P as `projection` makes
    it; depth (H * W,) float32: metres, NaN unknown.
    """
    for row in prange(height):
        words = np.empty((6, SEGMENT), np.uint32)
        places = words.view(np.float32)
        for first in range(0, width, SEGMENT):
            s, e = row * width + first, row * width + min(first + SEGMENT, width)
            if not _any_wide(keys[s:e]):
                continue
            _look_up(keys[s:e], record, words[0], words[1], words[2], words[3], words[4], words[5])
            _slant(keys[s:e], places[0], places[1], places[2], words[3], words[4], words[5],
                   float32(first + REACH), float32(row + REACH), P, depth[s:e])
