# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How one point lands in one image: the scalar float32 formulas that rendering and admission share.

A point is the pixel of a source camera laid on its surface: a parallelogram in the tangent plane.
Seen from its own camera it covers exactly its own pixel; seen from elsewhere it covers the box
around the projected parallelogram. Every formula keeps float32 and one fixed order of operations,
because the promise of a revisit is equality of bits, and a slow reference repeats them.
"""

import numpy as np
from numba import float32, int32, njit

#: Points nearer than this to the image plane are not drawn (metres).
NEAR = np.float32(0.05)
#: A footprint reaches at most so many pixels from its centre.
REACH = 16
#: Half of a footprint, and a tenth more so that neighbours of one surface leave no cracks.
MARGIN = np.float32(0.55)
#: A surface seen more obliquely than the first cosine by its own camera is no surface but a jump
#: in depth: it stretches as at the second.
GRAZING_COSINE, STRETCH_COSINE = np.float32(0.06), np.float32(0.25)
#: What a stored normal may be wrong by: a footprint stretches as if its surface were so much
#: more oblique, or a wall that is passed closely falls apart into lines.
SLACK = np.float32(0.015)
#: A surface turned further away than this cosine shows its back.
BACK_COSINE = np.float32(0.2)
#: Half a footprint in pixels from which it counts as magnified (its samples are sparse).
MAGNIFIED = np.float32(0.75)

_ZERO = np.float32(0.0)
_HALF = np.float32(0.5)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def project(P, x, y, z):
    """Return u, v (pixels) and depth of a world point under P (3, 4) float32 = K [R | t]."""
    depth = P[2, 0] * x + P[2, 1] * y + P[2, 2] * z + P[2, 3]
    inverse = float32(1.0) / depth
    u = (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z + P[0, 3]) * inverse
    v = (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z + P[1, 3]) * inverse
    return u, v, depth


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def half_extents(u, v, depth, x, y, z, normal, frame, turn, fx, fy, cx, cy):
    """
    Half width and half height in pixels of a point's footprint.

    u, v, depth: where its centre lands; x, y, z: the point (world, m); normal (3,) in its source
    camera's frame; frame (14,): source rotation (camera to world, row-major), centre, fx, fy;
    turn (9,): rotation from the source to the target camera. All float32.
    """
    dx = x - frame[9]
    dy = y - frame[10]
    dz = z - frame[11]
    sx = frame[0] * dx + frame[3] * dy + frame[6] * dz
    sy = frame[1] * dx + frame[4] * dy + frame[7] * dz
    sz = frame[2] * dx + frame[5] * dy + frame[8] * dz
    rx = sx / sz
    ry = sy / sz
    length = np.sqrt(rx * rx + ry * ry + float32(1.0))
    facing = -(normal[0] * rx + normal[1] * ry + normal[2])
    if facing < GRAZING_COSINE * length:
        facing = STRETCH_COSINE * length
    else:
        facing -= SLACK * length
    a = normal[0] / facing
    b = normal[1] / facing
    su = sz / frame[12]
    sv = sz / frame[13]
    ux = su * (float32(1.0) + rx * a)
    uy = su * (ry * a)
    uz = su * a
    vx = sv * (rx * b)
    vy = sv * (float32(1.0) + ry * b)
    vz = sv * b
    tux = turn[0] * ux + turn[1] * uy + turn[2] * uz
    tuy = turn[3] * ux + turn[4] * uy + turn[5] * uz
    tuz = turn[6] * ux + turn[7] * uy + turn[8] * uz
    tvx = turn[0] * vx + turn[1] * vy + turn[2] * vz
    tvy = turn[3] * vx + turn[4] * vy + turn[5] * vz
    tvz = turn[6] * vx + turn[7] * vy + turn[8] * vz
    ou = u - cx
    ov = v - cy
    wide = (abs(fx * tux - ou * tuz) + abs(fx * tvx - ou * tvz)) / depth
    high = (abs(fy * tuy - ov * tuz) + abs(fy * tvy - ov * tvz)) / depth
    return MARGIN * wide, MARGIN * high


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def direction_half_extents(u, v, depth, x, y, z, frame, turn, fx, fy, cx, cy):
    """
    Half width and half height in pixels of an unbounded point's footprint.

    As half_extents, for a direction x, y, z (world, unit) whose rotated z is `depth`.
    """
    sz = frame[2] * x + frame[5] * y + frame[8] * z
    q = depth / sz
    ou = u - cx
    ov = v - cy
    ru = float32(1.0) / (frame[12] * q)
    rv = float32(1.0) / (frame[13] * q)
    wide = abs((fx * turn[0] - ou * turn[6]) * ru) + abs((fx * turn[1] - ou * turn[7]) * rv)
    high = abs((fy * turn[3] - ov * turn[6]) * ru) + abs((fy * turn[4] - ov * turn[7]) * rv)
    return MARGIN * wide, MARGIN * high


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def reach(centre, half, pixel):
    """Pixels covered before and after `pixel` by [centre - half, centre + half], at most REACH."""
    half = min(half, float32(REACH))
    before = pixel - int32(np.ceil(centre - half))
    after = int32(np.floor(centre + half)) - pixel
    return min(max(before, int32(0)), int32(REACH)), min(max(after, int32(0)), int32(REACH))


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def shows_back(x, y, z, normal, frame, ex, ey, ez):
    """Whether a point turns its back to an eye at ex, ey, ez (world, m)."""
    dx = x - ex
    dy = y - ey
    dz = z - ez
    sx = frame[0] * dx + frame[3] * dy + frame[6] * dz
    sy = frame[1] * dx + frame[4] * dy + frame[7] * dz
    sz = frame[2] * dx + frame[5] * dy + frame[8] * dz
    along = normal[0] * sx + normal[1] * sy + normal[2] * sz
    return along > BACK_COSINE * np.sqrt(dx * dx + dy * dy + dz * dz)


@njit(nogil=True, cache=True, error_model='numpy')
def unproject_pixels(column, row, depth, inverse_k, rotation, centre, out):
    """
    World positions of pixels: the one place where a position comes into being.

    column, row (N,) int32; depth (N,) float32 metres (+Inf: a unit direction is written);
    inverse_k (4,) float64 = fx, fy, cx, cy; rotation (3, 3) and centre (3,) float64, camera to
    world; out (3, N) float32. Computed in float64, rounded once.
    """
    for i in range(column.size):
        rx = (np.float64(column[i]) - inverse_k[2]) / inverse_k[0]
        ry = (np.float64(row[i]) - inverse_k[3]) / inverse_k[1]
        d = np.float64(depth[i])
        bounded = d < np.inf
        if not bounded:
            d = 1.0 / np.sqrt(rx * rx + ry * ry + 1.0)
        for k in range(3):
            value = (rotation[k, 0] * rx + rotation[k, 1] * ry + rotation[k, 2]) * d
            if bounded:
                value += centre[k]
            out[k, i] = np.float32(value)
