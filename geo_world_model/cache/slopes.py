# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Depth along the slopes of magnified footprints.

A footprint that covers many pixels is a piece of a surface, not of a wall across the view: where
its point is magnified, a pixel shows the depth at which its ray meets the footprint's plane. Who
covers which pixel does not change by that, and a point that is not magnified, as every point in
the view it came from, keeps the depth that was committed.

On a plane the inverse of the depth is linear in column and row. So a point is worked out once, and
each of its pixels costs a division.
"""

import numpy as np
from numba import float32, njit

from geo_world_model.cache.footprint import project, sides, unpack_tangents

#: Numbers of a slope: inverse depth a column, a row, and at the centre; least and greatest depth;
#: column of the centre; two of no meaning, because a vector register holds eight.
SLOPE = 8
#: A footprint's plane is followed up to so many of its tangents from its centre.
FARTHEST = np.float32(1.0)
#: And never nearer than this share of the centre's depth.
NEAREST = np.float32(0.5)

_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def slope_of(P, column, row, x, y, z, ax, ay, az, bx, by, bz, scale, jump):
    """
    Return the first five numbers of a footprint's slope.

    column, row: float32, the pixel of its centre under P; x, y, z: its centre (world, m); a, b:
    its tangents, to be multiplied by `scale`. The cross product of the tangents as P projects them
    is the plane's equation in pixels.
    """
    u, v, depth = project(P, x, y, z)
    ua, ub, va, vb = sides(P, column, row, ax, ay, az, bx, by, bz)
    ra = P[2, 0] * ax + P[2, 1] * ay + P[2, 2] * az
    rb = P[2, 0] * bx + P[2, 1] * by + P[2, 2] * bz
    across, down, along = va * rb - ra * vb, ra * ub - ua * rb, ua * vb - va * ub
    size = float32(1.0) / (depth * (across * (u - column) + down * (v - row) + along))
    rise = scale * (abs(ra) + abs(rb)) * FARTHEST
    rise = float32(0.0) if jump else rise
    least, limit = depth - rise, depth * NEAREST
    least = limit if least < limit else least
    return across * size, down * size, along * size, least, depth + rise


@njit(inline='never', **_FAST)
def find_slopes(columns, x, y, z, t0, t1, t2, line, P, slopes):
    """slopes (N * SLOPE,) float32 of centre winners of a row; columns (N,) int32, line float32."""
    for i in range(columns.size):
        ax, ay, az, bx, by, bz, scale, jump = unpack_tangents(t0[i], t1[i], t2[i])
        column = float32(columns[i])
        across, down, at, least, greatest = slope_of(P, column, line, x[i], y[i], z[i], ax, ay, az,
                                                     bx, by, bz, scale, jump)
        slopes[i * SLOPE], slopes[i * SLOPE + 1], slopes[i * SLOPE + 2] = across, down, at
        slopes[i * SLOPE + 3], slopes[i * SLOPE + 4] = least, greatest
        slopes[i * SLOPE + 5], slopes[i * SLOPE + 6] = column, float32(0.0)
        slopes[i * SLOPE + 7] = float32(0.0)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def depth_on_slope(right, below, across, down, at, least, greatest):
    """Depth at a pixel so many columns and rows from the centre of a footprint, metres."""
    inverse = at + (right * across + below * down)
    depth = float32(1.0) / inverse
    # min and max would keep this from becoming SIMD; what lies behind the camera is far
    depth = depth if inverse > float32(0.0) else greatest
    depth = least if depth < least else depth
    return greatest if depth > greatest else depth
