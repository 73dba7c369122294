# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Whether a witness would change if points were added: the rule of admission itself.

A few dozen neighbours are asked about together. Where they land bounds what they could change, and
most witnesses are done with them when the largest depths of a few blocks have been looked at.
"""

from collections import namedtuple

import numpy as np
from numba import float32, int32, njit, uint32

from geo_world_model.cache.footprint import half_extents, MARGIN, NEAR, reach, REACH
from geo_world_model.cache.witness import BLOCK, code_below, FORBIDDEN, FREE

#: All witnesses, as WitnessSet describes its columns and its memory.
Views = namedtuple('Views', 'projections sizes offsets blocks maxima words')
#: Points that are asked about together: `numbers` (6 * MANY,) float32 hold x, y, z (world, m, or
#: unit directions) of all of them, and where they land in a witness: u, v, depth; `bits` are the
#: same memory as int32; `pixels` (6 * MANY,) int32: column and row, -1 where nothing is drawn, and
#: reach left, right, up, down; `sides` (3 * MANY,) uint32: of their footprints.
Points = namedtuple('Points', 'numbers bits pixels sides')
MANY = 64
#: A place so many witness codes (4 % or less) behind what a witness shows is right behind it.
RIGHT_BEHIND = 160
#: A direction is drawn when it points so far forward.
_FORWARD = np.float32(0.01)
#: Where points lie further apart than this, their pixels are not looked at together.
_MOST_PIXELS = 1024
# counting references to arrays would take longer than all else
_FAST = dict(nogil=True, cache=True, error_model='numpy', _nrt=False)


def room_for_points(threads):
    """Return memory for the Points of each thread; its arrays have one more axis in front."""
    numbers = np.empty((threads, 6 * MANY), np.float32)
    return Points(numbers, numbers.view(np.int32), np.empty((threads, 6 * MANY), np.int32),
                  np.empty((threads, 3 * MANY), np.uint32))


@njit(inline='never', **_FAST)
def _land(numbers, pixels, count, P, far, width, height):
    """Say where points land, as renderers do; branch-free so that it becomes SIMD."""
    a0, a1, a2, a3 = P[0, 0], P[0, 1], P[0, 2], P[0, 3]
    b0, b1, b2, b3 = P[1, 0], P[1, 1], P[1, 2], P[1, 3]
    c0, c1, c2, c3 = P[2, 0], P[2, 1], P[2, 2], P[2, 3]
    nearest = NEAR
    if far:
        a3 = b3 = c3 = float32(0.0)
        nearest = _FORWARD
    for k in range(count):
        x, y, z = numbers[k], numbers[MANY + k], numbers[2 * MANY + k]
        d = c0 * x + c1 * y + c2 * z + c3
        inverse = float32(1.0) / d
        u = (a0 * x + a1 * y + a2 * z + a3) * inverse
        v = (b0 * x + b1 * y + b2 * z + b3) * inverse
        pu, pv = u + float32(0.5), v + float32(0.5)
        ok = ((d > nearest) & (pu >= float32(0.0)) & (pu < width) & (pv >= float32(0.0))
              & (pv < height))
        numbers[3 * MANY + k] = u
        numbers[4 * MANY + k] = v
        numbers[5 * MANY + k] = d if ok else float32(np.inf)
        pixels[k] = int32(pu) if ok else int32(-1)
        pixels[MANY + k] = int32(pv) if ok else int32(-1)


@njit(inline='never', **_FAST)
def _bounds(bits, pixels, count):
    """Return the box of the pixels where points land, and the bits of their least depth."""
    c0 = r0 = uint32(0xFFFFFFFF)
    c1 = r1 = int32(-1)
    nearest = int32(0x7F800000)
    for k in range(count):
        column, row = pixels[k], pixels[MANY + k]
        c0, c1 = min(c0, uint32(column)), max(c1, column)
        r0, r1 = min(r0, uint32(row)), max(r1, row)
        nearest = min(nearest, bits[5 * MANY + k])
    return np.int64(c0), np.int64(c1), np.int64(r0), np.int64(r1), nearest


@njit(inline='never', **_FAST)
def _measure(numbers, sides, pixels, count, P):
    """Say how far the footprints of landed points reach."""
    for k in range(count):
        u, v, depth = numbers[3 * MANY + k], numbers[4 * MANY + k], numbers[5 * MANY + k]
        column, row = pixels[k], pixels[MANY + k]
        wide, high = half_extents(P, column, row, depth, sides[k], sides[MANY + k],
                                  sides[2 * MANY + k])
        pixels[2 * MANY + k], pixels[3 * MANY + k] = reach(u, wide, column)
        pixels[4 * MANY + k], pixels[5 * MANY + k] = reach(v, high, row)


@njit(inline='always', **_FAST)
def largest_block(maxima, start, columns, c0, c1, r0, r1):
    """Return the largest of the blocks that hold these pixels."""
    found = 0
    for r in range(r0 // BLOCK, r1 // BLOCK + 1):
        for c in range(c0 // BLOCK, c1 // BLOCK + 1):
            found = max(found, np.int64(maxima[start + r * columns + c]))
    return found


@njit(inline='always', **_FAST)
def _largest(words, start, columns, c0, c1, r0, r1):
    """Return the largest of some pixels."""
    found = np.uint16(0)
    for r in range(r0, r1 + 1):
        for k in words[start + r * columns + c0:start + r * columns + c1 + 1]:
            found = max(found, k)
    return np.int64(found)


@njit(inline='always', **_FAST)
def half_bound(P, c0, c1, r0, r1, longest, nearest):
    """At least half of what footprints whose centres lie within these pixels cover, in pixels."""
    slope = 0.0
    for axis in range(2):
        for end in (c0, c1) if axis == 0 else (r0, r1):
            slope = max(slope, (P[axis, 0] - end * P[2, 0]) ** 2
                        + (P[axis, 1] - end * P[2, 1]) ** 2 + (P[axis, 2] - end * P[2, 2]) ** 2)
    return 1.0001 * MARGIN * np.sqrt(slope) * longest / nearest


@njit(**_FAST)
def _around(bits, pixels, count, far, longest, P, columns, rows, word, block, maxima, words):
    """
    How many pixels around their centres some landed points may cover, at most.

    -1: the witness certainly objects to none of them.
    """
    c0, c1, r0, r1, nearest = _bounds(bits, pixels, count)
    if c1 < 0:
        return -1
    nearest = np.int32(nearest).view(np.float32)
    half = half_bound(P, c0, c1, r0, r1, longest, nearest)
    around = int(min(half + 0.55, REACH + 0.0))
    # one that covers a neighbour is refused there for what it shows, not for its centre
    code = FORBIDDEN if far else code_below(nearest) - (around > 0)
    c0, c1 = max(c0 - around, 0), min(c1 + around, columns - 1)
    r0, r1 = max(r0 - around, 0), min(r1 + around, rows - 1)
    if largest_block(maxima, block, -(-columns // BLOCK), c0, c1, r0, r1) < code:
        return -1
    if (c1 - c0 + 1) * (r1 - r0 + 1) <= _MOST_PIXELS and _largest(
            words, word, columns, c0, c1, r0, r1) < code:
        return -1
    return around


@njit(inline='always', **_FAST)
def _covers_more(pixels, k):
    """Whether a measured footprint covers more than the pixel of its centre."""
    return (pixels[2 * MANY + k] | pixels[3 * MANY + k] | pixels[4 * MANY + k]
            | pixels[5 * MANY + k]) != 0


@njit(**_FAST)
def _is_seen(pixels, k, code, width, height, guard, words):
    """Whether a measured footprint would be seen on a protected pixel."""
    column, row = pixels[k] - REACH, pixels[MANY + k] - REACH
    left, right = column - pixels[2 * MANY + k], column + pixels[3 * MANY + k] + 1
    top, bottom = row - pixels[4 * MANY + k], row + pixels[5 * MANY + k] + 1
    for r in range(max(top, 0), min(bottom, height)):
        for c in range(max(left, 0), min(right, width)):
            if words[guard + r * width + c] >= code:
                return True
    return False


@njit(**_FAST)
def _is_right_before(column, row, code, width, height, guard, words):
    """Whether a witness shows a surface right before a point that lands there."""
    column, row = column - REACH, row - REACH
    if not (column >= 0 and column < width and row >= 0 and row < height):
        return False
    shown = words[guard + row * width + column]
    return shown > FREE and shown <= code and shown >= code - RIGHT_BEHIND


@njit(**_FAST)
def ask(points, count, far, longest, views, w, no):
    """
    Ask witness w about the first `count` points; no (N,) bool: becomes True where it objects.

    far: they are directions; longest: at least the sum of the lengths of the tangents of each.
    What is True in `no` already is not asked about. Returns the number of new objections.
    """
    P, width, height = views.projections[w], views.sizes[w, 0], views.sizes[w, 1]
    columns, rows, word = width + 2 * REACH, height + 2 * REACH, views.offsets[w]
    centre, guard = word + columns * rows, word + 2 * columns * rows
    numbers, pixels, words = points.numbers, points.pixels, views.words
    _land(numbers, pixels, count, P, far, float32(columns), float32(rows))
    around = _around(points.bits, pixels, count, far, longest, P, columns, rows, word,
                     views.blocks[w], views.maxima, words)
    if around < 0:
        return 0
    if around > 0 or far:
        _measure(numbers, points.sides, pixels, count, P)
    found, code = 0, FORBIDDEN
    for k in range(count):
        if no[k] or pixels[k] < 0:
            continue
        at = pixels[MANY + k] * columns + pixels[k]
        if not far:
            code = code_below(numbers[5 * MANY + k])
            if words[word + at] >= code:
                no[k] = True
                found += 1
                continue
            if around == 0 or not _covers_more(pixels, k) or words[centre + at] <= code:
                continue
        if _is_seen(pixels, k, code, width, height, guard, words):
            no[k] = True
            found += 1
    return found


@njit(**_FAST)
def ask_strictly(points, count, views, w, strict, local, no):
    """
    As ask, after it, for points that must lie right behind what the witness shows.

    Of the k-th point strict[local[k]] says whether it must.
    """
    width, height = views.sizes[w, 0], views.sizes[w, 1]
    guard = views.offsets[w] + 2 * (width + 2 * REACH) * (height + 2 * REACH)
    pixels, found = points.pixels, 0
    for k in range(count):
        if strict[local[k]] and not no[k]:
            no[k] = pixels[k] < 0 or not _is_right_before(
                pixels[k], pixels[MANY + k], code_below(points.numbers[5 * MANY + k]), width,
                height, guard, views.words)
            found += no[k]
    return found
