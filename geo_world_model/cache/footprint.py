# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How one point lands in one image: the scalar float32 formulas that rendering and admission share.

A point is the pixel of a source camera laid on its surface: a parallelogram in the tangent plane,
kept as its two sides in the world, so that rendering needs to know no source camera. Seen from its
own camera it covers exactly its own pixel; seen from elsewhere it covers the box around the
projected parallelogram. Every formula keeps float32 and one fixed order of operations, because the
promise of a revisit is equality of bits, and a slow reference repeats them.
"""

import numpy as np
from numba import float32, int32, njit, uint32

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
#: A surface turned further away than the cosine 0.2 shows its back. A jump does so sooner, as its
#: tangents say that it faces its camera more than it does.
BACK_COSINE_SQUARED = np.float32(0.04)
#: Exponents of packed tangents go from 2 ** -EXPONENT_BIAS to 2 ** (31 - EXPONENT_BIAS) metres.
EXPONENT_BIAS = 24
#: The largest number of a packed tangent has so many bits below its highest one.
MANTISSA = 14
#: Half a footprint in pixels from which it counts as magnified (its samples are sparse).
MAGNIFIED = np.float32(0.75)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def project(P, x, y, z):
    """Return u, v (pixels) and depth of a world point under P (3, 4) float32 = K [R | t]."""
    depth = P[2, 0] * x + P[2, 1] * y + P[2, 2] * z + P[2, 3]
    inverse = float32(1.0) / depth
    u = (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z + P[0, 3]) * inverse
    v = (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z + P[1, 3]) * inverse
    return u, v, depth


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def sides(P, column, row, ax, ay, az, bx, by, bz):
    """
    Sides of a footprint in an image, times their depth: ua, ub, va, vb (pixels times metres).

    column, row: float32, the pixel of its centre, where the projection P is taken to be linear; a,
    b: its two tangents (world, m): from its centre to those of the neighbouring pixels of its
    source, along the surface.
    """
    ux, uy, uz = P[0, 0] - column * P[2, 0], P[0, 1] - column * P[2, 1], P[0, 2] - column * P[2, 2]
    vx, vy, vz = P[1, 0] - row * P[2, 0], P[1, 1] - row * P[2, 1], P[1, 2] - row * P[2, 2]
    return (ux * ax + uy * ay + uz * az, ux * bx + uy * by + uz * bz,
            vx * ax + vy * ay + vz * az, vx * bx + vy * by + vz * bz)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def extents(ua, ub, va, vb, scale, depth):
    """Half width and half height of a footprint in pixels; scale: of the tangents."""
    scale = MARGIN * scale / depth
    return (abs(ua) + abs(ub)) * scale, (abs(va) + abs(vb)) * scale


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def half_extents(P, column, row, depth, word0, word1, word2):
    """As extents, from packed tangents and the pixel and depth of a centre under P."""
    ax, ay, az, bx, by, bz, scale, _ = unpack_tangents(word0, word1, word2)
    ua, ub, va, vb = sides(P, float32(column), float32(row), ax, ay, az, bx, by, bz)
    return extents(ua, ub, va, vb, scale, float32(depth))


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def reach(centre, half, pixel):
    """Pixels covered before and after `pixel` by [centre - half, centre + half], at most REACH."""
    half = min(half, float32(REACH))
    pixel = float32(pixel)
    before = pixel - np.ceil(centre - half)
    after = np.floor(centre + half) - pixel
    return (int32(min(max(before, float32(0.0)), float32(REACH))),
            int32(min(max(after, float32(0.0)), float32(REACH))))


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def shows_back(ua, ub, va, vb, ax, ay, az, bx, by, bz, jump, column, row, lens):
    """
    Whether a point turns its back to the camera: its footprint is turned over in the image.

    lens (5,) float32: cx, cy, fx ** -2, fy ** -2, 1 / (fx fy). The area of the footprint in the
    image is fx fy times the tangents' cross product along the ray.
    """
    nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    along = (ub * va - ua * vb) * lens[4]
    dx, dy = column - lens[0], row - lens[1]
    ray = dx * dx * lens[2] + (dy * dy * lens[3] + float32(1.0))
    limit = float32(0.0) if jump else BACK_COSINE_SQUARED
    squares = (nx * nx + ny * ny + nz * nz) * ray
    return (along > float32(0.0)) & (along * along > limit * squares)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def tangents(rx, ry, n, rotation, fx, fy, out):
    """
    Tangents of a pixel at unit depth: (a, b, jump) as seven float32 in `out`.

    rx, ry: its ray in the source camera; n (3,) float32 normal there; rotation (3, 3) float32,
    camera to world; fx, fy: of the source. The parallelogram a, b is the pixel laid on the
    surface.
    """
    length = np.sqrt(rx * rx + ry * ry + float32(1.0))
    facing = -(n[0] * rx + n[1] * ry + n[2])
    out[6] = float32(0.0)
    if facing < GRAZING_COSINE * length:
        facing = STRETCH_COSINE * length
        out[6] = float32(1.0)
    else:
        facing -= SLACK * length
    a = n[0] / facing
    b = n[1] / facing
    for k in range(3):
        out[k] = (rotation[k, 0] * (float32(1.0) + rx * a) + rotation[k, 1] * (ry * a)
                  + rotation[k, 2] * a) / fx
        out[k + 3] = (rotation[k, 0] * (rx * b) + rotation[k, 1] * (float32(1.0) + ry * b)
                      + rotation[k, 2] * b) / fy


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def unit_depth(rx, ry):
    """Depth of the unit direction along a ray rx, ry, 1: the scale of a direction's tangents."""
    return float32(1.0) / np.sqrt(rx * rx + ry * ry + float32(1.0))


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def pack_tangents(shape, depth):
    """
    Pack tangents into three uint32: six 15-bit numbers with one exponent, and whether they jump.

    shape (7,) float32 of `tangents`; depth float32: of the pixel. A number's lowest bit is not its
    own: five of the six bits are the exponent, the last says `jump`.
    """
    largest = float32(0.0)
    for k in range(6):
        largest = max(largest, abs(shape[k] * depth))
    exponent = (int32(np.float32(largest).view(np.int32)) >> int32(23)) - int32(127)
    code = min(max(exponent + int32(EXPONENT_BIAS), int32(0)), int32(31))
    scale = _power(int32(MANTISSA + EXPONENT_BIAS) - code)
    bits = code | (int32(32) if shape[6] > float32(0.0) else int32(0))
    word0, word1, word2 = uint32(0), uint32(0), uint32(0)
    for k in range(6):
        value = min(max(np.rint(shape[k] * depth * scale), float32(-32766.0)), float32(32766.0))
        half = (int32(value) & int32(0xFFFE)) | ((bits >> int32(k)) & int32(1))
        half = uint32(half) << uint32(16 * (k % 2))
        if k < 2:
            word0 |= half
        elif k < 4:
            word1 |= half
        else:
            word2 |= half
    return word0, word1, word2


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def unpack_tangents(word0, word1, word2):
    """Return the six numbers of pack_tangents, float32, their scale, and whether they jump."""
    a0, a1 = _low(word0), _high(word0)
    a2, b0 = _low(word1), _high(word1)
    b1, b2 = _low(word2), _high(word2)
    one = int32(1)
    code = int32((a0 & one) | (a1 & one) << one | (a2 & one) << int32(2) | (b0 & one) << int32(3)
                 | (b1 & one) << int32(4))
    scale = _power(int32(code - int32(MANTISSA + EXPONENT_BIAS)))
    return (float32(a0), float32(a1), float32(a2), float32(b0), float32(b1), float32(b2), scale,
            (b2 & one) != 0)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def _power(exponent):
    """Return 2 ** exponent as float32."""
    return np.int32((exponent + int32(127)) << int32(23)).view(np.float32)


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def _low(word):
    return int32(int32(word << uint32(16)) >> int32(16))


@njit(nogil=True, cache=True, error_model='numpy', inline='always')
def _high(word):
    return int32(int32(word) >> int32(16))


@njit(nogil=True, cache=True, error_model='numpy', _nrt=False)
def _lay_pixel(column, row, depth, normal, flat, inverse_k, turn, shape):
    """Pack the tangents of one pixel; by itself, as counting references takes longer."""
    fx, fy = float32(inverse_k[0]), float32(inverse_k[1])
    rx = float32((np.float64(column) - inverse_k[2]) / inverse_k[0])
    ry = float32((np.float64(row) - inverse_k[3]) / inverse_k[1])
    if depth < np.inf:
        tangents(rx, ry, normal, turn, fx, fy, shape)
    else:
        tangents(rx, ry, flat, turn, fx, fy, shape)
        depth = unit_depth(rx, ry)
    return pack_tangents(shape, depth)


@njit(nogil=True, cache=True, error_model='numpy', _nrt=False)
def _lay_pixels(column, row, depth, normal, normals, flat, inverse_k, turn, shape, out):
    for i in range(column.size):
        out[0, i], out[1, i], out[2, i] = _lay_pixel(column[i], row[i], depth[i],
                                                     normals[normal[i]], flat, inverse_k, turn,
                                                     shape)


@njit(nogil=True, cache=True, error_model='numpy')
def lay_pixels(column, row, depth, normal, normals, inverse_k, rotation, out):
    """
    Pack the tangents of pixels: the one place where a footprint comes into being.

    column, row (N,) int32; depth (N,) float32 metres (+Inf: a direction, flat to its camera);
    normal (N,) uint16 codes of normals (C, 3) float32; inverse_k (4,) float64 = fx, fy, cx, cy;
    rotation (3, 3) float64, camera to world; out (3, N) uint32.
    """
    _lay_pixels(column, row, depth, normal, normals, np.array([0.0, 0.0, -1.0], np.float32),
                inverse_k, rotation.astype(np.float32), np.empty(7, np.float32), out)


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
