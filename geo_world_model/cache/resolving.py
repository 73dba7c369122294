# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the drawn keys say, pixel by pixel: colours, depth, origin, bounds, and gaps."""

import numpy as np
from numba import float32, njit, prange, uint32, uint64

from geo_world_model.cache.footprint import REACH
from geo_world_model.cache.passes import (BACK, cover_row, DEPTH_SHIFT, EMPTY, INDEX_SHIFT,
                                          measure_row, SEGMENT, WIDE)
from geo_world_model.cache.slopes import follow_slopes

#: A pixel looks through a gap when a nearer surface on both sides is nearer than this share.
GAP_DEPTH = np.float32(0.95)
GAP_REACH = 2

_LOW = np.uint64(0xFFFFFFFF)
_GAP_ROWS = 16
_NONE = np.uint32(0xFFFFFFFF)
_INFINITE = np.float32(np.inf)
_NOTHING = np.float32(np.nan)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def _shown(key):
    """Depth of what is drawn; a pixel without a surface is farther than all."""
    return np.uint32(key >> DEPTH_SHIFT).view(np.float32) if key != EMPTY else _INFINITE


@njit(inline='never', **_FAST)
def _gather(keys, far_keys, record, far_record, found):
    """found (W,): colour and operation of what a row shows, 0 where that is nothing known."""
    for c in range(keys.size):
        key = keys[c]
        if key != EMPTY:
            p = uint64((key & _LOW) >> INDEX_SHIFT)
            found[c] = record[p, 3] if key & BACK == uint64(0) else uint64(0)
        elif far_keys.size and far_keys[c] != EMPTY:
            found[c] = far_record[uint64((far_keys[c] & _LOW) >> INDEX_SHIFT), 3]
        else:
            found[c] = uint64(0)


@njit(inline='never', **_FAST)
def _depths(keys, found, depth, bound):
    for c in range(keys.size):
        shown = np.uint32(keys[c] >> DEPTH_SHIFT).view(np.float32)
        surface, known = keys[c] != EMPTY, found[c] != uint64(0)
        depth[c] = (shown if surface else _INFINITE) if known else _NOTHING
        bound[c] = shown if surface & (not known) else _INFINITE


@njit(inline='never', **_FAST)
def _origins(found, provenance, operation):
    for c in range(found.size):
        operation[c] = uint32(found[c] >> uint64(32))
        provenance[c] = uint32(found[c]) >> uint32(24)


@njit(inline='never', **_FAST)
def _colours(found, rgb):
    for c in range(found.size):
        word = uint32(found[c])
        rgb[c, 0] = word >> uint32(16)
        rgb[c, 1] = word >> uint32(8)
        rgb[c, 2] = word


@njit(inline='never', **_FAST)
def _flags(keys):
    """Or of the flags of a row."""
    flags = uint64(0)
    for c in range(keys.size):
        flags |= keys[c] if keys[c] != EMPTY else uint64(0)
    return flags


@njit(inline='never', **_FAST)
def _unknown(found):
    count = 0
    for c in range(found.size):
        count += found[c] == uint64(0)
    return count


@njit(**_FAST)
def _resolve_row(line, far_line, record, far_record, found, rgb, depth, provenance, operation,
                 bound):
    _gather(line, far_line, record, far_record, found)
    _depths(line, found, depth, bound)
    _origins(found, provenance, operation)
    _colours(found, rgb)


@njit(parallel=True, **_FAST)
def show(centres, far_keys, record, far_record, P, lens, width, height, bands, drawn, rgb, depth,
         provenance, operation, bound):
    """
    Let the centre winners cover their footprints and look up what is seen.

    centres: keys of the surfaces with the margin; far_keys (H * W,): drawn keys of the directions
    (empty: none); record, far_record (N, 4) uint64; drawn (H * W,) uint64, rgb (H * W, 3) and so on
    are written. Each band of rows is one sweep: a row is looked up when no later row can reach it,
    while its points are still in the cache of the processor. Returns whether a magnified surface
    is seen, and how many pixels are unknown.
    """
    outer = width + 2 * REACH
    flags, unknown = np.zeros(bands, np.uint64), np.zeros(bands, np.int64)
    for t in prange(bands):
        first, last = height * t // bands, height * (t + 1) // bands
        looked_up, near = np.empty((6, SEGMENT), np.uint32), np.empty(outer, np.uint64)
        box, found = np.empty(outer, np.uint32), np.empty(width, np.uint64)
        slanted = np.empty(SEGMENT, np.float32)
        drawn[first * width:min(last, first + REACH) * width] = EMPTY
        for row in range(first - REACH, last + REACH):
            if row + REACH < last:
                s = (row + REACH) * width
                drawn[s:s + width] = EMPTY
            begin = (row + REACH) * outer
            line = centres[begin:begin + outer]
            measure_row(line, centres[begin + outer:begin + 2 * outer], record, P, lens, False,
                        row + REACH, looked_up, box)
            cover_row(line, box, row, first, last, width, near, drawn)
            if row - REACH >= first:
                s, e = (row - REACH) * width, (row - REACH + 1) * width
                _resolve_row(drawn[s:e], far_keys[s:e] if far_keys.size else far_keys, record,
                             far_record, found, rgb[s:e], depth[s:e], provenance[s:e],
                             operation[s:e], bound[s:e])
                seen = _flags(drawn[s:e])
                if seen & WIDE != uint64(0):
                    follow_slopes(drawn[s:e], record, P, row - REACH, looked_up, slanted,
                                  depth[s:e])
                flags[t] |= seen
                unknown[t] += _unknown(found)
    every = uint64(0)
    for t in range(bands):
        every |= flags[t]
    return every & WIDE != uint64(0), unknown.sum()


@njit(**_FAST)
def _nearer_beside(row, column, dr, dc, width, height, keys, operation, limit, newest):
    for step in range(1, GAP_REACH + 1):
        r, c = row + dr * step, column + dc * step
        if r < 0 or r >= height or c < 0 or c >= width:
            return False
        key = keys[r * width + c]
        if (key != EMPTY and key & (BACK | WIDE) == WIDE
                and np.uint32(key >> DEPTH_SHIFT).view(np.float32) < limit
                and operation[r * width + c] <= newest):
            return True
    return False


@njit(parallel=True, **_FAST)
def find_gaps(keys, operation, provenance, width, height, see_through):
    """
    Mark known pixels that look through the gaps of a nearer, magnified surface; returns how many.

    Only a surface at least as old as the pixel's own point counts: nothing that is added later
    can make a known pixel unknown.
    """
    count = 0
    blocks = (height + _GAP_ROWS - 1) // _GAP_ROWS
    for b in prange(blocks):
        first, last = b * _GAP_ROWS, min(height, (b + 1) * _GAP_ROWS)
        beside = np.empty((_GAP_ROWS + 2 * GAP_REACH, width), np.uint32)
        line = np.empty(width + 2 * GAP_REACH, np.uint32)
        near = np.empty(width, np.bool_)
        beside[:] = _NONE
        for r in range(max(0, first - GAP_REACH), min(height, last + GAP_REACH)):
            _wide_beside(keys[r * width:(r + 1) * width], line, beside[r - first + GAP_REACH])
        for row in range(first, last):
            s = row * width
            see_through[s:s + width] = False
            if not _may_be_gaps(beside[row - first:row - first + 2 * GAP_REACH + 1],
                                keys[s:s + width], near):
                continue
            for column in range(width):
                i = s + column
                if near[column] and provenance[i] and _is_gap(row, column, width, height, keys,
                                                              operation):
                    see_through[i] = True
                    count += 1
    return count


@njit(**_FAST)
def _is_gap(row, column, width, height, keys, operation):
    newest = operation[row * width + column]
    limit = _shown(keys[row * width + column]) * GAP_DEPTH
    for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
        if (_nearer_beside(row, column, dr, dc, width, height, keys, operation, limit, newest)
                and _nearer_beside(row, column, -dr, -dc, width, height, keys, operation, limit,
                                   newest)):
            return True
    return False


@njit(inline='never', **_FAST)
def _wide_beside(keys, line, nearest):
    """nearest (W,): depth bits of the nearest magnified surface within GAP_REACH in a row."""
    width = keys.size
    line[:GAP_REACH], line[width + GAP_REACH:] = _NONE, _NONE
    for c in range(width):
        wide = keys[c] & (BACK | WIDE) == WIDE
        line[c + GAP_REACH] = uint32(keys[c] >> DEPTH_SHIFT) if wide else _NONE
    for c in range(width):
        nearest[c] = min(min(min(line[c], line[c + 1]), min(line[c + 2], line[c + 3])),
                         line[c + 4])


@njit(inline='never', **_FAST)
def _may_be_gaps(beside, keys, near):
    """near (W,): whether a magnified surface around a pixel is nearer; returns whether any is."""
    first, second, third, fourth, fifth = beside[0], beside[1], beside[2], beside[3], beside[4]
    count = 0
    for c in range(keys.size):
        bits = min(min(min(first[c], second[c]), min(third[c], fourth[c])), fifth[c])
        near[c] = (bits != _NONE) & (np.uint32(bits).view(np.float32) < _shown(keys[c]) * GAP_DEPTH)
        count += near[c]
    return count > 0


@njit(parallel=True, **_FAST)
def hide(see_through, keys, width, height, rgb, depth, provenance, operation, bound):
    """Make the marked pixels unknown; their depth becomes a bound."""
    for row in prange(height):
        for i in range(row * width, (row + 1) * width):
            if see_through[i]:
                bound[i], depth[i] = _shown(keys[i]), _NOTHING
                rgb[i, 0] = rgb[i, 1] = rgb[i, 2] = provenance[i] = operation[i] = 0
