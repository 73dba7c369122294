# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The second pass of the renderer: centre winners cover their footprints, the nearest wins.

A key is here a point's depth bits above what tells equal depths apart, and two flags in the last
bits: whether it shows its back, and whether it is magnified.
"""

import numpy as np
from numba import njit, prange, uint32, uint64

from geo_world_model.cache.footprint import REACH
from geo_world_model.cache.landing import land, occupied, SEGMENT
from geo_world_model.cache.passes import EMPTY

#: Flags in the last bits of a key.
BACK, WIDE = np.uint64(1), np.uint64(2)
#: Bits of a box that are set when it reaches further than one pixel.
_LARGE = np.uint32(0x1E1E1E1E)
#: Centres of a row cover one by one when only every so many pixels holds one.
_SPARSE = 8
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='never', **_FAST)
def _take(near, box, mask, drawn):
    """Take the least key among three neighbours in a row of centres whose footprint has `mask`."""
    right, left = uint32(mask | uint32(1 << 8)), uint32(mask | uint32(1))
    for c in range(drawn.size):
        best = drawn[c]
        here, before, after = box[c + 1], box[c], box[c + 2]
        best = min(best, near[c + 1] if here & mask == mask else EMPTY)
        best = min(best, near[c] if before & right == right else EMPTY)
        drawn[c] = min(best, near[c + 2] if after & left == left else EMPTY)


@njit(inline='never', **_FAST)
def _cover_each(keys, columns, boxes, row, first, last, width, small, drawn):
    """Let the centres of a row, the small ones if wanted, cover theirs in the rows first..last."""
    for n in range(keys.size):
        word = boxes[n]
        if (word & _LARGE == 0) & (not small):
            continue
        column = np.int64(columns[n]) - REACH
        left, right = np.int64(word & uint32(31)), np.int64(word >> uint32(8) & uint32(31))
        up, down = np.int64(word >> uint32(16) & uint32(31)), np.int64(word >> uint32(24))
        start, end = max(column - left, 0), min(column + right + 1, width)
        key = keys[n]
        for r in range(max(row - up, first), min(row + down + 1, last)):
            for i in range(uint64(r * width + start), uint64(r * width + end)):
                drawn[i] = min(drawn[i], key)


@njit(inline='never', **_FAST)
def _keep_near(keys, columns, boxes, near, box):
    """near, box (W + 2 * REACH,): keys and boxes reaching one pixel at most; returns how many."""
    near[:] = EMPTY
    count = 0
    for n in range(keys.size):
        small = boxes[n] & _LARGE == 0
        near[columns[n]] = keys[n] if small else EMPTY
        box[columns[n]] = boxes[n]
        count += small
    return count


@njit(**_FAST)
def cover_row(keys, columns, boxes, row, first, last, width, near, box, drawn):
    """
    Let the centres of a row cover their boxes in the rows first..last of drawn (H * W,).

    keys (N,) uint64 with flags, columns (N,) int32 and boxes (N,) uint32 of the centres; near,
    box (W + 2 * REACH,) uint64 and uint32 are for its own use.
    """
    together = first - 1 <= row <= last and keys.size * _SPARSE > near.size
    if together and _keep_near(keys, columns, boxes, near, box):
        # a pixel more on both sides
        n, b = near[REACH - 1:width + REACH + 1], box[REACH - 1:width + REACH + 1]
        if first <= row < last:
            _take(n, b, uint32(0), drawn[row * width:(row + 1) * width])
        if row > first:
            _take(n, b, uint32(1 << 16), drawn[(row - 1) * width:row * width])
        if row < last - 1:
            _take(n, b, uint32(1 << 24), drawn[(row + 1) * width:(row + 2) * width])
    _cover_each(keys, columns, boxes, row, first, last, width, not together, drawn)


@njit(inline='never', **_FAST)
def _flagged(keys, columns, boxes, out):
    """out (N,): keys with the flags of their boxes."""
    for n in range(columns.size):
        out[n] = keys[columns[n]] | uint64(boxes[n] >> uint32(6) & uint32(3))


@njit(parallel=True, **_FAST)
def cover(keys, record, P, lens, unbounded, width, height, bands, drawn):
    """
    Let every centre winner cover its footprint; drawn (H * W,): what is seen, with flags.

    keys: of `passes.draw_centres`; equal depths go to the older point.
    """
    outer = width + 2 * REACH
    for t in prange(bands):
        first, last = height * t // bands, height * (t + 1) // bands
        drawn[first * width:last * width] = EMPTY
        words, facts = np.empty((6, SEGMENT), np.uint32), np.empty(SEGMENT, np.uint64)
        columns, near = np.empty(outer, np.int32), np.empty(outer, np.uint64)
        boxes, box = np.empty(outer, np.uint32), np.zeros(outer, np.uint32)
        flagged = np.empty(outer, np.uint64)
        for row in range(first - REACH, last + REACH):
            line = keys[(row + REACH) * outer:(row + REACH + 1) * outer]
            n = occupied(line, columns)
            for s in range(0, n, SEGMENT):
                e = min(s + SEGMENT, n)
                land(line, columns[s:e], record, row + REACH, P, lens, unbounded, words, facts,
                     boxes[s:e])
            _flagged(line, columns[:n], boxes, flagged)
            cover_row(flagged[:n], columns[:n], boxes, row, first, last, width, near, box, drawn)
