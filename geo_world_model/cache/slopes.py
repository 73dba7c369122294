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
from numba import float32, int32, njit, uint64

from geo_world_model.cache.footprint import REACH, sides, unpack_tangents
from geo_world_model.cache.passes import BACK, EMPTY, gather, SEGMENT, WIDE

#: A footprint's plane is followed up to so many of its tangents from its centre.
FARTHEST = np.float32(1.0)

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
    # min and max would keep this from becoming SIMD
    low, high = -FARTHEST, FARTHEST
    s = low if s < low else s
    s = high if s > high else s
    t = low if t < low else t
    t = high if t > high else t
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
def _slant(x, y, z, t0, t1, t2, first, row, P, slanted):
    """slanted (N,): the depths of footprints at the pixels of a row from column `first` on."""
    for i in range(slanted.size):
        ax, ay, az, bx, by, bz, scale, jump = unpack_tangents(t0[i], t1[i], t2[i])
        depth = P[2, 0] * x[i] + P[2, 1] * y[i] + P[2, 2] * z[i] + P[2, 3]
        slope = depth_on_slope(P, float32(int32(first) + int32(i)), row, x[i], y[i], z[i], depth,
                               ax, ay, az, bx, by, bz, scale)
        slanted[i] = depth if jump else slope


@njit(inline='never', **_FAST)
def _take_wide(keys, slanted, depth):
    for c in range(keys.size):
        depth[c] = slanted[c] if keys[c] & (WIDE | BACK) == WIDE else depth[c]


@njit(**_FAST)
def follow_slopes(keys, record, P, row, words, slanted, depth):
    """
    Change the depth of the pixels of a row that show the front of a magnified point.

    keys (W,) uint64: what is drawn, with flags; record (N, 4) uint64; P as `projection` makes it;
    row: number of the row; depth (W,) float32, metres; words (6, SEGMENT) uint32 and slanted
    (SEGMENT,) float32 are for its own use.
    """
    x, y, z, t0, t1, t2 = words[0], words[1], words[2], words[3], words[4], words[5]
    for s in range(0, keys.size, SEGMENT):
        e = min(s + SEGMENT, keys.size)
        if _any_wide(keys[s:e]):
            gather(keys[s:e], record, x, y, z, t0, t1, t2)
            _slant(x.view(np.float32), y.view(np.float32), z.view(np.float32), t0, t1, t2,
                   s + REACH, float32(row + REACH), P, slanted)
            _take_wide(keys[s:e], slanted, depth[s:e])
