# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The sweep over the rows of an image: centre winners land, cover, and what is seen is looked up.

What covers a pixel is known by the place of its centre, not by its number in the cloud: what a
winner shows was looked up when it landed and lies near by, so nothing is read from the cloud
twice. The key of a place: depth bits, then row, position among the winners of its row, flags.
"""

import numpy as np
from numba import float32, int32, njit, prange, uint32, uint64

from geo_world_model.cache.covering import BACK, cover_row, WIDE
from geo_world_model.cache.footprint import REACH
from geo_world_model.cache.gaps import note_row, note_tiles, TILE_ROWS
from geo_world_model.cache.landing import ask_ahead, land, LOW, occupied, SEGMENT, WIDE_BIT
from geo_world_model.cache.passes import DEPTH_SHIFT, EMPTY, INDEX_SHIFT
from geo_world_model.cache.slopes import depth_on_slope, find_slopes, SLOPE

#: Rows whose winners are remembered: a power of two that is more than a footprint's height.
RING = 64

_ROW_SHIFT, _RANK = np.uint64(17), np.uint64(0x7FFF)
_INFINITE = np.float32(np.inf)
_NOTHING = np.float32(np.nan)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='always', **_FAST)
def _place(key, outer):
    """Position of a key's winner in the ring."""
    row = uint64(key >> _ROW_SHIFT) & uint64(RING - 1)
    return row * uint64(outer) + (uint64(key >> INDEX_SHIFT) & _RANK)


@njit(inline='never', **_FAST)
def _name(keys, columns, boxes, row, named, facts):
    """named (N,): keys of the places of a row's winners; what shows its back shows nothing."""
    place = uint64(row) << _ROW_SHIFT
    for i in range(columns.size):
        flags = uint64(boxes[i] >> uint32(6) & uint32(3))
        named[i] = (keys[columns[i]] & ~LOW) | place | uint64(i) << INDEX_SHIFT | flags
        facts[i] = facts[i] if flags & BACK == uint64(0) else uint64(0)


@njit(inline='never', **_FAST)
def _any_wide(boxes):
    word = uint32(0)
    for i in range(boxes.size):
        word |= boxes[i]
    return word & WIDE_BIT != uint32(0)


@njit(**_FAST)
def _land_row(keys, columns, record, row, P, lens, words, named, boxes, facts, slopes):
    for s in range(0, columns.size, SEGMENT):
        e = min(s + SEGMENT, columns.size)
        land(keys, columns[s:e], record, row, P, lens, False, words, facts[s:e], boxes[s:e])
        if _any_wide(boxes[s:e]):
            find_slopes(columns[s:e], words[0].view(np.float32), words[1].view(np.float32),
                        words[2].view(np.float32), words[3], words[4], words[5], float32(row), P,
                        slopes[s * SLOPE:e * SLOPE])
    _name(keys, columns, boxes, row, named, facts)


@njit(inline='never', **_FAST)
def _gather(keys, facts, outer, found):
    """found (W,): colour and operation of what a row shows, 0 where that is nothing known."""
    for c in range(keys.size):
        place = _place(keys[c], outer) if keys[c] != EMPTY else uint64(0)
        fact = facts[place]
        found[c] = fact if keys[c] != EMPTY else uint64(0)


@njit(inline='never', **_FAST)
def _gather_far(keys, far_keys, far_record, found):
    for c in range(keys.size):
        if keys[c] == EMPTY and far_keys[c] != EMPTY:
            found[c] = far_record[uint64((far_keys[c] & LOW) >> INDEX_SHIFT), 3]


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
        rgb[3 * c], rgb[3 * c + 1], rgb[3 * c + 2] = word >> uint32(16), word >> uint32(8), word


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


@njit(inline='never', **_FAST)
def _follow(keys, slopes, row, outer, columns, depth):
    """Change the depths of the pixels of a row that show the front of a magnified point."""
    # listed first, as which pixels they are is hard to foretell for the processor
    n = 0
    for c in range(keys.size):
        columns[n] = c
        n += keys[c] & (WIDE | BACK) == WIDE
    for i in range(n):
        c = columns[i]
        at = _place(keys[c], outer) * uint64(SLOPE)
        below = float32(row - int32(uint64(keys[c] & LOW) >> _ROW_SHIFT))
        depth[c] = depth_on_slope(float32(c + REACH) - slopes[at + uint64(5)], below, slopes[at],
                                  slopes[at + uint64(1)], slopes[at + uint64(2)],
                                  slopes[at + uint64(3)], slopes[at + uint64(4)])


@njit(parallel=True, **_FAST)
def show(centres, far_keys, record, far_record, P, lens, width, height, facts, slopes, tiles,
         drawn, rgb, depth, provenance, operation, bound):
    """
    Let the centre winners cover their footprints and look up what is seen.

    centres: keys of the surfaces with the margin; far_keys (H * W,): drawn keys of the directions
    (empty: none); record, far_record (N, 4) uint64; drawn (H * W,) uint64, rgb (H * W * 3,) and so
    on are written. facts (T, RING * W) uint64 and slopes (T, RING * W * SLOPE) float32, W with the
    margin, are for its own use: each of T threads sweeps a band of rows, and a row is looked up
    when no later one can reach it. tiles: as gaps.find_gaps wants them, written. Returns whether
    a magnified surface is seen, and how many pixels are unknown.
    """
    outer, bands = width + 2 * REACH, facts.shape[0]
    flags, unknown = np.zeros(bands, np.uint64), np.zeros(bands, np.int64)
    for t in prange(bands):
        # no tile lies in two bands
        first = height * t // bands // TILE_ROWS * TILE_ROWS
        last = height * (t + 1) // bands // TILE_ROWS * TILE_ROWS if t + 1 < bands else height
        if first == last:
            continue
        nearest, farthest = np.full(width, uint32(0xFFFFFFFF)), np.zeros(width, np.uint32)
        words, near = np.empty((6, SEGMENT), np.uint32), np.empty(outer, np.uint64)
        boxes, box = np.empty(outer, np.uint32), np.zeros(outer, np.uint32)
        named, found = np.empty(outer, np.uint64), np.empty(width, np.uint64)
        columns, ahead = np.empty(outer, np.int32), np.empty(outer, np.int32)
        wide = np.empty(width, np.int32)
        drawn[first * width:min(last, first + REACH) * width] = EMPTY
        n = occupied(centres[first * outer:(first + 1) * outer], columns)
        for row in range(first - REACH, last + REACH):
            if row + REACH < last:
                s = (row + REACH) * width
                drawn[s:s + width] = EMPTY
            begin = (row + REACH) * outer
            line, after = centres[begin:begin + outer], centres[begin + outer:begin + 2 * outer]
            following = occupied(after, ahead)
            ask_ahead(after, ahead[:following], record)
            if n:
                k = ((row + REACH) & (RING - 1)) * outer
                _land_row(line, columns[:n], record, row + REACH, P, lens, words, named[:n],
                          boxes[:n], facts[t, k:k + n], slopes[t, k * SLOPE:(k + n) * SLOPE])
                cover_row(named[:n], columns[:n], boxes[:n], row, first, last, width, near, box,
                          drawn)
            columns, ahead, n = ahead, columns, following
            if row - REACH >= first:
                s, e = (row - REACH) * width, (row - REACH + 1) * width
                _gather(drawn[s:e], facts[t], outer, found)
                if far_keys.size:
                    _gather_far(drawn[s:e], far_keys[s:e], far_record, found)
                _depths(drawn[s:e], found, depth[s:e], bound[s:e])
                _origins(found, provenance[s:e], operation[s:e])
                _colours(found, rgb[3 * s:3 * e])
                seen = _flags(drawn[s:e])
                if seen & WIDE != uint64(0):
                    _follow(drawn[s:e], slopes[t], row, outer, wide, depth[s:e])
                note_row(drawn[s:e], found, nearest, farthest)
                if (row - REACH + 1) % TILE_ROWS == 0 or row - REACH + 1 == last:
                    note_tiles(nearest, farthest, tiles[(row - REACH) // TILE_ROWS])
                flags[t] |= seen
                unknown[t] += _unknown(found)
    every = uint64(0)
    for t in range(bands):
        every |= flags[t]
    return every & WIDE != uint64(0), unknown.sum()
