# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pixels that look through the gaps of a nearer magnified surface are not known."""

import numpy as np
from numba import njit, prange, uint32

from geo_world_model.cache.covering import BACK, WIDE
from geo_world_model.cache.passes import DEPTH_SHIFT, EMPTY

#: A pixel looks through a gap when a nearer surface on both sides is nearer than this share.
GAP_DEPTH = np.float32(0.95)
GAP_REACH = 2

_GAP_ROWS = 16
_NONE = np.uint32(0xFFFFFFFF)
_INFINITE = np.float32(np.inf)
_NOTHING = np.float32(np.nan)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def _shown(key):
    """Depth of what is drawn; a pixel without a surface is farther than all."""
    return np.uint32(key >> DEPTH_SHIFT).view(np.float32) if key != EMPTY else _INFINITE


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
