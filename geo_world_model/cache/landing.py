# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How the centre winners of a row land in an image: each is looked up once and measured.

A row is worked on without its empty columns, a segment at a time. Loops hold numbers of four bytes
only: with eight-byte keys among them the compiler would use half of each vector register.
"""

import numpy as np
from numba import float32, njit, prange, uint32, uint64

from geo_world_model.cache.footprint import (extents, MAGNIFIED, project, reach, shows_back, sides,
                                             unpack_tangents)
from geo_world_model.cache.passes import DEPTH_SHIFT, EMPTY, INDEX_SHIFT
from geo_world_model.cache.prefetch import prefetch_row

#: Centre winners that are measured at once.
SEGMENT = 512
#: Flags of a box: the winner shows its back; it is magnified.
BACK_BIT, WIDE_BIT = np.uint32(64), np.uint32(128)

LOW = np.uint64(0xFFFFFFFF)
_ROWS = 8
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='never', **_FAST)
def occupied(keys, columns):
    """Write the columns (W,) int32 that have a centre winner; returns how many."""
    n = 0
    for c in range(keys.size):
        columns[n] = c
        n += keys[c] != EMPTY
    return n


@njit(inline='never', **_FAST)
def ask_ahead(keys, columns, record):
    """Have the points of a row brought from memory while another one is worked on."""
    for i in range(columns.size):
        prefetch_row(record, uint64((keys[columns[i]] & LOW) >> INDEX_SHIFT))


@njit(inline='never', **_FAST)
def _look_up(keys, columns, record, x, y, z, t0, t1, t2, facts):
    """Bits of the places of points, their tangents, and facts (N,) uint64: colour, operation."""
    for i in range(columns.size):
        p = uint64((keys[columns[i]] & LOW) >> INDEX_SHIFT)
        first, second, third = record[p, 0], record[p, 1], record[p, 2]
        x[i], y[i] = uint32(first), uint32(first >> DEPTH_SHIFT)
        z[i], t0[i] = uint32(second), uint32(second >> DEPTH_SHIFT)
        t1[i], t2[i] = uint32(third), uint32(third >> DEPTH_SHIFT)
        facts[i] = record[p, 3]


@njit(inline='never', **_FAST)
def _measure(columns, xs, ys, zs, t0, t1, t2, line, P, lens, unbounded, box):
    """box: reach left, right, up, down in a byte each, and the flags."""
    for i in range(columns.size):
        u, v, depth = project(P, xs[i], ys[i], zs[i])
        ax, ay, az, bx, by, bz, scale, jump = unpack_tangents(t0[i], t1[i], t2[i])
        column = float32(columns[i])
        ua, ub, va, vb = sides(P, column, line, ax, ay, az, bx, by, bz)
        wide, high = extents(ua, ub, va, vb, scale, depth)
        left, right = reach(u, wide, column)
        up, down = reach(v, high, line)
        word = (uint32(left) | uint32(right) << uint32(8) | uint32(up) << uint32(16)
                | uint32(down) << uint32(24))
        back = shows_back(ua, ub, va, vb, ax, ay, az, bx, by, bz, jump, column, line, lens)
        magnified = (wide > MAGNIFIED) | (high > MAGNIFIED)
        flags = (BACK_BIT if back else uint32(0)) | (WIDE_BIT if magnified else uint32(0))
        box[i] = uint32(word | (uint32(0) if unbounded else flags))


@njit(**_FAST)
def land(keys, columns, record, row, P, lens, unbounded, words, facts, box):
    """
    Look up and measure some centre winners of a row of the image with its margin.

    keys (W,) uint64: of the row; columns (N,) int32, at most SEGMENT; record (M, 4) uint64:
    PointArrays.words. Written: words (6, SEGMENT) uint32: place and tangents; facts (N,) uint64;
    box (N,) uint32: reach left, right, up, down in a byte each, and the flags in the first.
    """
    x, y, z, t0, t1, t2 = words[0], words[1], words[2], words[3], words[4], words[5]
    _look_up(keys, columns, record, x, y, z, t0, t1, t2, facts)
    _measure(columns, x.view(np.float32), y.view(np.float32), z.view(np.float32), t0, t1, t2,
             float32(row), P, lens, unbounded, box)


@njit(parallel=True, **_FAST)
def measure_footprints(keys, record, P, lens, unbounded, width, height, box):
    """Reach of every centre winner as in `land`, box (H * W,) uint32; 0 where there is none."""
    blocks = (height + _ROWS - 1) // _ROWS
    for b in prange(blocks):
        words, facts = np.empty((6, SEGMENT), np.uint32), np.empty(SEGMENT, np.uint64)
        columns, found = np.empty(width, np.int32), np.empty(SEGMENT, np.uint32)
        for row in range(b * _ROWS, min(height, (b + 1) * _ROWS)):
            line, out = keys[row * width:(row + 1) * width], box[row * width:(row + 1) * width]
            out[:] = 0
            n = occupied(line, columns)
            for s in range(0, n, SEGMENT):
                e = min(s + SEGMENT, n)
                land(line, columns[s:e], record, row, P, lens, unbounded, words, facts, found)
                for i in range(e - s):
                    out[columns[s + i]] = found[i]
