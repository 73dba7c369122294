# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which chunks of points a camera may see, where, and in which order to draw them.

Everything here is conservative: a chunk is left out only when no point of it can change a pixel,
by bounds in float64 that swallow the rounding of the float32 passes. So nothing here decides what
an image looks like, only how long it takes.
"""

import numpy as np
from numba import njit, prange

from geo_world_model.cache.chunks import GROUP

#: Columns of a visible chunk: first and last pixel column, first and last pixel row, bits of the
#: nearest depth, chunk number.
LEFT, RIGHT, TOP, BOTTOM, NEAREST, CHUNK = range(6)
#: Relative error of a float32 sum of four products, generously.
_ROUNDING = 6e-7
#: What rounding a coordinate in float32 changes at most, in images of up to 2 ** 16 pixels, times
#: three. More would cost time: of what is far, most lies in a few pixels, which others cover.
_ROUNDED = 0.0625
#: Chunks that one thread looks at alone.
_FEW = 4096
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def _plane(p, b, c, axis, sign, limit):
    """Upper bound over the box of sign * (pixel coordinate + 0.5) - limit, times depth."""
    value, spread, size = 0.0, 0.0, 0.0
    for k in range(3):
        coefficient = sign * p[axis, k] + limit * p[2, k]
        value += coefficient * b[c, k]
        spread += abs(coefficient) * b[c, 3 + k]
        size += (abs(p[axis, k]) + abs(limit * p[2, k])) * (abs(b[c, k]) + b[c, 3 + k])
    value += sign * p[axis, 3] + limit * p[2, 3]
    size += abs(p[axis, 3]) + abs(limit * p[2, 3])
    return value + spread + _ROUNDING * size


@njit(inline='always', **_FAST)
def _along(p, b, c):
    """Centre and half extent of a box along the optical axis, and what rounding may do to it."""
    zc, ze, zs = p[2, 3], 0.0, abs(p[2, 3])
    for k in range(3):
        zc += p[2, k] * b[c, k]
        ze += abs(p[2, k]) * b[c, 3 + k]
        zs += abs(p[2, k]) * (abs(b[c, k]) + b[c, 3 + k])
    return zc, ze, zs * _ROUNDING


@njit(**_FAST)
def _in_frustum(p, b, c, near, width, height):
    """Whether a point of a box may land in the image."""
    zc, ze, zs = _along(p, b, c)
    # a margin of one pixel stands for the rounding of the division
    return not (zc + ze + zs < near
                or _plane(p, b, c, 0, 1.0, 1.5) < 0.0 or _plane(p, b, c, 1, 1.0, 1.5) < 0.0
                or _plane(p, b, c, 0, -1.0, width + 0.5) < 0.0
                or _plane(p, b, c, 1, -1.0, height + 0.5) < 0.0)


@njit(**_FAST)
def _visible(first, last, groups, box, retired, version, P, near, width, height, out):
    """As visible_chunks, of the chunks from `first`, which begins a group, up to `last`."""
    p = P.astype(np.float64)
    m = 0
    for g in range(first // GROUP, (last + GROUP - 1) // GROUP):
        if _in_frustum(p, groups, g, near, width, height):
            m = _visible_of_group(g * GROUP, min((g + 1) * GROUP, last), box, retired, version, p,
                                  near, width, height, out, m)
    return m


@njit(**_FAST)
def _visible_of_group(first, last, box, retired, version, p, near, width, height, out, m):
    for c in range(first, last):
        if retired[c, 1] <= version or not _in_frustum(p, box, c, near, width, height):
            continue
        zc, ze, zs = _along(p, box, c)
        left, right, top, bottom = 0, width - 1, 0, height - 1
        nearest = max(zc - ze - zs, near)
        if zc - ze - zs > near:
            low_u, high_u, low_v, high_v = 1e30, -1e30, 1e30, -1e30
            slack = 0.0
            for axis in range(2):
                size = abs(p[axis, 3])
                for k in range(3):
                    size += abs(p[axis, k]) * (abs(box[c, k]) + box[c, 3 + k])
                slack = max(slack, size)
            for corner in range(8):
                x = box[c, 0] + (box[c, 3] if corner & 1 else -box[c, 3])
                y = box[c, 1] + (box[c, 4] if corner & 2 else -box[c, 4])
                z = box[c, 2] + (box[c, 5] if corner & 4 else -box[c, 5])
                d = 1.0 / (p[2, 0] * x + p[2, 1] * y + p[2, 2] * z + p[2, 3])
                u = (p[0, 0] * x + p[0, 1] * y + p[0, 2] * z + p[0, 3]) * d
                v = (p[1, 0] * x + p[1, 1] * y + p[1, 2] * z + p[1, 3]) * d
                low_u, high_u = min(low_u, u), max(high_u, u)
                low_v, high_v = min(low_v, v), max(high_v, v)
            slack = _ROUNDED + (_ROUNDING * slack + max(width, height) * zs) / nearest
            left = max(left, np.int64(max(low_u + 0.5 - slack, 0.0)))
            top = max(top, np.int64(max(low_v + 0.5 - slack, 0.0)))
            right = min(right, np.int64(min(max(high_u + 0.5 + slack, 0.0), width)))
            bottom = min(bottom, np.int64(min(max(high_v + 0.5 + slack, 0.0), height)))
        out[m, LEFT], out[m, RIGHT], out[m, TOP], out[m, BOTTOM] = left, right, top, bottom
        out[m, NEAREST] = np.int32(np.float32(nearest * (1.0 - _ROUNDING)).view(np.int32))
        out[m, CHUNK] = c
        m += 1
    return m


@njit(**_FAST)
def visible_chunks(groups, box, count, retired, version, P, near, width, height, threads,
                   out):
    """
    Write the chunks whose points may land in the image, (M, 6) int32, into out; returns M.

    groups (G, 6), box (C, 6) and retired (C, 2) as in Chunks; count: chunks up to the version;
    P (3, 4) float32 for an image of width x height pixels; near: points nearer than this are not
    drawn. A group that lies out of sight is left out at once.
    """
    if count < _FEW:
        # to wake the other threads would take longer
        return _visible(0, count, groups, box, retired, version, P, near, width, height, out)
    return _visible_by_all(groups, box, count, retired, version, P, near, width, height, threads,
                           out)


@njit(inline='always', **_FAST)
def _share(count, t, threads):
    """First chunk of a thread: the first of a group."""
    return min((count + GROUP - 1) // GROUP * t // threads * GROUP, count)


@njit(parallel=True, **_FAST)
def _visible_by_all(groups, box, count, retired, version, P, near, width, height, threads,
                    out):
    found = np.zeros(threads + 1, np.int64)
    for t in prange(threads):
        first, last = _share(count, t, threads), _share(count, t + 1, threads)
        found[t] = _visible(first, last, groups, box, retired, version, P, near, width, height,
                            out[first:last])
    total = found[0]
    for t in range(1, threads):
        first = _share(count, t, threads)
        for i in range(found[t]):
            for k in range(6):
                out[total + i, k] = out[first + i, k]
        total += found[t]
    return total


@njit(**_FAST)
def near_to_far(visible, order):
    """Write the rows of visible (M, 6) by their nearest depth, in steps of a quarter octave."""
    count = np.zeros(1025, np.int64)
    for i in range(visible.shape[0]):
        count[(visible[i, NEAREST] >> 21) + 1] += 1
    for b in range(1024):
        count[b + 1] += count[b]
    for i in range(visible.shape[0]):
        bucket = visible[i, NEAREST] >> 21
        order[count[bucket]] = i
        count[bucket] += 1


@njit(**_FAST)
def split_rows(visible, start, height, bands, edges):
    """Write edges (bands + 1,) of bands of rows that hold about equally many points."""
    load = np.zeros(height + 1)
    for i in range(visible.shape[0]):
        c = visible[i, CHUNK]
        top, bottom = visible[i, TOP], visible[i, BOTTOM]
        # a chunk in two bands is read twice: half of its cost counts for each row alike
        share = (start[c + 1] - start[c]) / (bottom - top + 1)
        load[top] += share
        load[bottom + 1] -= share
    total = 0.0
    for r in range(1, height):
        load[r] += load[r - 1]
    # empty rows cost as well: clearing, and the passes over the image
    for r in range(height):
        load[r] += 20.0
        total += load[r]
    edges[0] = 0
    band, sum_so_far = 1, 0.0
    for r in range(height):
        sum_so_far += load[r]
        while band < bands and sum_so_far >= total * band / bands:
            edges[band] = r + 1
            band += 1
    while band <= bands:
        edges[band] = height
        band += 1
