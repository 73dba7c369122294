# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pixels that look through the gaps of a nearer magnified surface are not known."""

import numpy as np
from numba import njit, prange, uint32, uint64

from geo_world_model.cache.covering import BACK, WIDE
from geo_world_model.cache.passes import DEPTH_SHIFT, EMPTY

#: A pixel looks through a gap when a nearer surface on both sides is nearer than this share.
GAP_DEPTH = np.float32(0.95)
GAP_REACH = 2
#: Size of the tiles that are looked at first.
TILE_ROWS, TILE_COLUMNS = 8, 16

_NONE = np.uint32(0xFFFFFFFF)
_INFINITE = np.float32(np.inf)
_INFINITE_BITS = np.uint32(0x7F800000)
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


@njit(inline='never', **_FAST)
def note_row(keys, found, nearest, farthest):
    """
    Bounds for find_gaps of a row of what is drawn.

    keys (W,) uint64; found (W,) uint64, 0: not known; nearest, farthest (W,) uint32: depth bits of
    the nearest magnified front so far, and of the farthest known pixel.
    """
    for c in range(keys.size):
        key = keys[c]
        bits = uint32(key >> DEPTH_SHIFT)
        wide = bits if key & (BACK | WIDE) == WIDE else _NONE
        nearest[c] = min(nearest[c], wide)
        shown = bits if key != EMPTY else _INFINITE_BITS
        farthest[c] = max(farthest[c], shown if found[c] != uint64(0) else uint32(0))


@njit(**_FAST)
def note_tiles(nearest, farthest, tiles):
    """Sum up the bounds of a row of tiles, tiles (N, 2) uint32, and begin the next one."""
    for k in range(tiles.shape[0]):
        near, far = _NONE, uint32(0)
        for c in range(k * TILE_COLUMNS, min(nearest.size, (k + 1) * TILE_COLUMNS)):
            near, far = min(near, nearest[c]), max(far, farthest[c])
        tiles[k, 0], tiles[k, 1] = near, far
    nearest[:], farthest[:] = _NONE, uint32(0)


@njit(**_FAST)
def _may_hold_gaps(tiles, i, k):
    """Whether a magnified surface in or beside a tile is nearer than what is known in the tile."""
    near = _NONE
    for r in range(max(i - 1, 0), min(i + 2, tiles.shape[0])):
        for c in range(max(k - 1, 0), min(k + 2, tiles.shape[1])):
            near = min(near, tiles[r, c, 0])
    return (np.uint32(near).view(np.float32)
            < np.uint32(tiles[i, k, 1]).view(np.float32) * GAP_DEPTH)


@njit(parallel=True, **_FAST)
def find_gaps(keys, operation, provenance, width, height, tiles, see_through):
    """
    Mark known pixels that look through the gaps of a nearer, magnified surface; returns how many.

    keys (H * W,) uint64: what is drawn; tiles (H / TILE_ROWS, W / TILE_COLUMNS, 2) uint32 by
    note_tiles: most hold no gap, as nothing near them is so much nearer. Only a surface at least
    as old as the pixel's own point counts: nothing that is added later can make a known pixel
    unknown.
    """
    count = 0
    for i in prange(tiles.shape[0]):
        first, last = i * TILE_ROWS, min(height, (i + 1) * TILE_ROWS)
        see_through[first * width:last * width] = False
        k = 0
        while k < tiles.shape[1]:
            start = k
            while k < tiles.shape[1] and _may_hold_gaps(tiles, i, k):
                k += 1
            if k > start:
                count += _search(keys, operation, provenance, width, height, first, last,
                                 start * TILE_COLUMNS, min(width, k * TILE_COLUMNS), see_through)
            k += 1
    return count


@njit(**_FAST)
def _search(keys, operation, provenance, width, height, first, last, left, right, see_through):
    """find_gaps in some rows and columns."""
    count, size = 0, right - left
    beside = np.full((TILE_ROWS + 2 * GAP_REACH, size), _NONE)
    line, near = np.empty(size + 2 * GAP_REACH, np.uint32), np.empty(size, np.bool_)
    low, high = max(0, left - GAP_REACH), min(width, right + GAP_REACH)
    for r in range(max(0, first - GAP_REACH), min(height, last + GAP_REACH)):
        _wide_beside(keys[r * width + low:r * width + high], low - left + GAP_REACH, line,
                     beside[r - first + GAP_REACH])
    for row in range(first, last):
        s = row * width
        if not _may_be_gaps(beside[row - first:row - first + 2 * GAP_REACH + 1],
                            keys[s + left:s + right], near):
            continue
        for column in range(left, right):
            i = s + column
            if near[column - left] and provenance[i] and _is_gap(row, column, width, height, keys,
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
def _wide_beside(keys, offset, line, nearest):
    """nearest (W,): depth bits of the nearest magnified surface within GAP_REACH in a row."""
    line[:] = _NONE
    for c in range(keys.size):
        wide = keys[c] & (BACK | WIDE) == WIDE
        line[offset + c] = uint32(keys[c] >> DEPTH_SHIFT) if wide else _NONE
    for c in range(nearest.size):
        nearest[c] = min(min(min(line[c], line[c + 1]), min(line[c + 2], line[c + 3])),
                         line[c + 4])


@njit(inline='never', **_FAST)
def _may_be_gaps(beside, keys, near):
    """near (W,): whether a magnified surface around a pixel is nearer; returns whether any is."""
    first, second, third, fourth, fifth = beside[0], beside[1], beside[2], beside[3], beside[4]
    count = 0
    for c in range(keys.size):
        bits = min(min(min(first[c], second[c]), min(third[c], fourth[c])), fifth[c])
        near[c] = (bits != _NONE) & (np.uint32(bits).view(np.float32)
                                     < _shown(keys[c]) * GAP_DEPTH)
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
