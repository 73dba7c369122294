# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a ray meets the primitives of a scene: numba kernels over flat arrays."""

from math import asin, atan2, inf, sqrt

import numpy as np
from numba import njit

from geo_world_model.datasets.procedural.primitives import BOX, CONE, CYLINDER, ELLIPSOID

#: Columns of a shape row: kind, world to unit shape (3 x 3, then the offset), half extents,
#: anchor of the texture, material.
(KIND, MATRIX, OFFSET, HALF, ANCHOR, MATERIAL) = 0, 1, 10, 13, 16, 19

_FAST = dict(nogil=True, cache=True, error_model='numpy')
_TINY = 1e-12


def shape_rows(scene, order):
    """Rows (N, 20) float64 of a scene's primitives in an order, columns as above."""
    matrix = np.swapaxes(scene.rotations, 1, 2) / scene.halves[:, :, None]
    offset = -np.einsum('nij,nj->ni', matrix, scene.centres)
    return np.concatenate([
        scene.kinds[:, None], matrix.reshape(-1, 9), offset, scene.halves, scene.anchors,
        scene.surfaces[:, None]], 1, dtype=np.float64)[order]


@njit(**_FAST)
def nearest(shapes, bounds, skip, first, count, ox, oy, oz, dx, dy, dz, low, high):
    """
    First shape that a ray enters: (ray parameter, row), or (inf, -1).

    o + t d for t between low and high; shapes (N, 20) rows in the order of a Tree, whose arrays
    follow.
    """
    ix, iy, iz = 1.0 / _apart(dx), 1.0 / _apart(dy), 1.0 / _apart(dz)
    best, found = high, -1
    node = 0
    while node < skip.shape[0]:
        if not _meets(bounds, node, ox, oy, oz, ix, iy, iz, low, best):
            node = skip[node]
            continue
        for i in range(first[node], first[node] + count[node]):
            enter, leave = _interval(shapes, i, ox, oy, oz, dx, dy, dz)
            if low < enter < leave and enter < best:
                best, found = enter, i
        node += 1
    return (best, found) if found >= 0 else (inf, -1)


@njit(**_FAST)
def occluder(shapes, bounds, skip, first, count, ox, oy, oz, dx, dy, dz, high, guess):
    """Row of some shape on a ray before t = high, or -1; `guess` (a row or -1) is tried first."""
    if guess >= 0:
        enter, leave = _interval(shapes, guess, ox, oy, oz, dx, dy, dz)
        if enter < leave and 0.0 < enter < high:
            return guess
    ix, iy, iz = 1.0 / _apart(dx), 1.0 / _apart(dy), 1.0 / _apart(dz)
    node = 0
    while node < skip.shape[0]:
        if not _meets(bounds, node, ox, oy, oz, ix, iy, iz, 0.0, high):
            node = skip[node]
            continue
        for i in range(first[node], first[node] + count[node]):
            enter, leave = _interval(shapes, i, ox, oy, oz, dx, dy, dz)
            if enter < leave and 0.0 < enter < high:
                return i
        node += 1
    return -1


@njit(**_FAST)
def surface(shapes, i, x, y, z):
    """
    Outward unit normal (world) and texture coordinates u, v (m) of a point on shape i.

    Also the axis whose face it is on (0..2 of a box, 2 of the ends of a cylinder or cone), or -1
    where the surface is curved.
    """
    row = shapes[i]
    qx, qy, qz = _local(row, x, y, z)
    kind, axis = int(row[KIND]), -1
    nx, ny, nz = qx, qy, qz
    if kind == BOX:
        ax, ay, az = abs(qx), abs(qy), abs(qz)
        axis = 0 if ax >= ay and ax >= az else (1 if ay >= az else 2)
        nx, ny, nz = qx * (axis == 0), qy * (axis == 1), qz * (axis == 2)
    elif kind == CYLINDER:
        if sqrt(qx * qx + qy * qy) < abs(qz):
            axis = 2
            nx, ny = 0.0, 0.0
        else:
            nz = 0.0
    elif kind == CONE:
        slope = 0.5 * (1.0 - qz)
        if qz + 1.0 < abs(sqrt(qx * qx + qy * qy) - slope):
            axis = 2
            nx, ny = 0.0, 0.0
        else:
            nz = 0.5 * slope
    if axis >= 0:
        across, up = 1 if axis == 0 else 0, 1 if axis == 2 else 2
        u = (qy if across else qx) * row[HALF + across] + row[ANCHOR + across]
        v = (qy if up == 1 else qz) * row[HALF + up] + row[ANCHOR + up]
    else:
        u = atan2(qy, qx) * row[HALF]
        v = qz * row[HALF + 2]
        if kind == ELLIPSOID:
            v = asin(min(max(qz, -1.0), 1.0)) * row[HALF + 2]
    m = MATRIX
    wx = row[m] * nx + row[m + 3] * ny + row[m + 6] * nz
    wy = row[m + 1] * nx + row[m + 4] * ny + row[m + 7] * nz
    wz = row[m + 2] * nx + row[m + 5] * ny + row[m + 8] * nz
    length = max(sqrt(wx * wx + wy * wy + wz * wz), _TINY)
    return wx / length, wy / length, wz / length, u, v, axis


@njit(**_FAST)
def along(shapes, i, axis, x, y, z):
    """Move of the texture coordinates u, v (m) for a move x, y, z (m) on the face of an axis."""
    row = shapes[i]
    across, up = 1 if axis == 0 else 0, 1 if axis == 2 else 2
    m, n = MATRIX + 3 * across, MATRIX + 3 * up
    return ((row[m] * x + row[m + 1] * y + row[m + 2] * z) * row[HALF + across],
            (row[n] * x + row[n + 1] * y + row[n + 2] * z) * row[HALF + up])


@njit(**_FAST)
def _apart(value):
    """Keep a divisor away from 0."""
    if abs(value) < _TINY:
        return _TINY
    return value


@njit(**_FAST)
def _local(row, x, y, z):
    m, b = MATRIX, OFFSET
    return (row[m] * x + row[m + 1] * y + row[m + 2] * z + row[b],
            row[m + 3] * x + row[m + 4] * y + row[m + 5] * z + row[b + 1],
            row[m + 6] * x + row[m + 7] * y + row[m + 8] * z + row[b + 2])


@njit(**_FAST)
def _meets(bounds, node, ox, oy, oz, ix, iy, iz, low, high):
    """Whether a ray, given its inverse direction, passes a node's box between low and high."""
    b = bounds[node]
    ax, bx = (b[0] - ox) * ix, (b[3] - ox) * ix
    ay, by = (b[1] - oy) * iy, (b[4] - oy) * iy
    az, bz = (b[2] - oz) * iz, (b[5] - oz) * iz
    enter = max(max(min(ax, bx), min(ay, by)), max(min(az, bz), low))
    leave = min(min(max(ax, bx), max(ay, by)), min(max(az, bz), high))
    return enter <= leave * 1.000001


@njit(**_FAST)
def _interval(shapes, i, ox, oy, oz, dx, dy, dz):
    """Ray parameters where a ray enters and leaves a shape; enter >= leave where it misses."""
    row = shapes[i]
    m = MATRIX
    px, py, pz = _local(row, ox, oy, oz)
    ex = _apart(row[m] * dx + row[m + 1] * dy + row[m + 2] * dz)
    ey = _apart(row[m + 3] * dx + row[m + 4] * dy + row[m + 5] * dz)
    ez = _apart(row[m + 6] * dx + row[m + 7] * dy + row[m + 8] * dz)
    kind = int(row[KIND])
    if kind == ELLIPSOID:
        return _roots(ex * ex + ey * ey + ez * ez, px * ex + py * ey + pz * ez,
                      px * px + py * py + pz * pz - 1.0)
    near_z, far_z = (-1.0 - pz) / ez, (1.0 - pz) / ez
    enter, leave = min(near_z, far_z), max(near_z, far_z)
    if kind == CYLINDER:
        a, b = _roots(ex * ex + ey * ey, px * ex + py * ey, px * px + py * py - 1.0)
        return max(enter, a), min(leave, b)
    if kind == CONE:
        a, b = _within_cone(px, py, pz, ex, ey, ez)
        return max(enter, a), min(leave, b)
    near_x, far_x = (-1.0 - px) / ex, (1.0 - px) / ex
    near_y, far_y = (-1.0 - py) / ey, (1.0 - py) / ey
    return (max(enter, max(min(near_x, far_x), min(near_y, far_y))),
            min(leave, min(max(near_x, far_x), max(near_y, far_y))))


@njit(**_FAST)
def _within_cone(px, py, pz, ex, ey, ez):
    """
    Ray parameters between which p + t e is within the endless cone below the tip (0, 0, 1).

    There x^2 + y^2 <= s^2 / 4, s = 1 - z >= 0: its radius is 1 at z = -1.
    """
    s = 1.0 - pz
    a = ex * ex + ey * ey - 0.25 * ez * ez
    b = px * ex + py * ey + 0.25 * s * ez
    square = b * b - a * (px * px + py * py - 0.25 * s * s)
    if a > 0.0 and square <= 0.0:
        return inf, -inf
    # the root that is no difference of nearly equal numbers, and from it the other one
    q = -b - sqrt(max(square, 0.0)) if b > 0.0 else -b + sqrt(max(square, 0.0))
    first, second = q / _apart(a), (px * px + py * py - 0.25 * s * s) / _apart(q)
    low, high = min(first, second), max(first, second)
    if a > 0.0:
        # between the roots, in this half of the double cone or in the other one
        return (low, high) if s - 0.5 * (low + high) * ez > 0.0 else (inf, -inf)
    return (-inf, low) if ez > 0.0 else (high, inf)


@njit(**_FAST)
def _roots(a, b, c):
    """Roots of a t^2 + 2 b t + c in order, or (inf, -inf)."""
    square = b * b - a * c
    if square <= 0.0:
        return inf, -inf
    root = sqrt(square)
    return (-b - root) / a, (-b + root) / a
