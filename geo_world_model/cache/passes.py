# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The two passes of the renderer as numba kernels: centres compete, then winners cover footprints.

Arrays of an image are flat, row-major; those of the centres include the margin of REACH pixels on
every side. A key is a point's depth bits above four times its index: the least key is the nearest
point, and among equal depths the oldest. The last two bits say in the second pass whether the
point shows its back and whether it is magnified.
"""

import os

import numba
import numpy as np
from numba import float32, int32, njit, prange, uint32, uint64

from geo_world_model.cache.culling import BOTTOM, CHUNK, LEFT, NEAREST, RIGHT, TOP
from geo_world_model.cache.footprint import (extents, MAGNIFIED, project, reach, REACH,
                                             shows_back, sides, unpack_tangents)
from geo_world_model.cache.prefetch import prefetch_row

if 'NUMBA_THREADING_LAYER_PRIORITY' not in os.environ:
    # numba's own first choice warns on every start where it finds an older TBB
    numba.config.THREADING_LAYER_PRIORITY = ['omp', 'tbb', 'workqueue']

#: Key of a pixel that no point reaches.
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
#: Bits of the depth above the index in a key, and of the index above the two flags.
DEPTH_SHIFT, INDEX_SHIFT = np.uint64(32), np.uint64(2)
#: Flags in the last bits of a key.
BACK, WIDE = np.uint64(1), np.uint64(2)
#: Pixels at the end of the centres' keys into which each thread throws what it does not draw.
TRASH = 16

#: Columns that are measured at once.
SEGMENT = 64

_LOW = np.uint64(0xFFFFFFFF)
#: Bits of a box that are set when it reaches further than one pixel.
_LARGE = np.uint32(0x1E1E1E1E)
_BLOCK = 1024
_TILE = 16
_ROWS = 8
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(inline='never', **_FAST)
def _stage(x, y, z, P, near, width, u_end, v_start, v_end, trash, pixel, depth):
    """Project a block: branch-free so that it becomes SIMD; a pixel of `trash` where not drawn."""
    for j in range(x.size):
        u, v, d = project(P, x[j], y[j], z[j])
        u += float32(0.5)
        v += float32(0.5)
        ok = (d > near) & (u >= float32(0.0)) & (u < u_end) & (v >= v_start) & (v < v_end)
        pixel[j] = int32(v) * width + int32(u) if ok else trash + int32(j & (TRASH - 1))
        depth[j] = d


@njit(**_FAST)
def _farthest(keys, width, first, last, tiles):
    """tiles: the farthest depth bits of each 16 x 16 pixels of the rows first..last."""
    column = np.empty(width, np.uint64)
    for tile in range(first // _TILE, (last + _TILE - 1) // _TILE):
        top, bottom = max(first, tile * _TILE), min(last, (tile + 1) * _TILE)
        column[:] = keys[top * width:(top + 1) * width]
        for row in range(top + 1, bottom):
            line = keys[row * width:(row + 1) * width]
            for c in range(width):
                column[c] = max(column[c], line[c])
        for k in range(tiles.shape[1]):
            farthest = uint64(0)
            for c in range(k * _TILE, min(width, (k + 1) * _TILE)):
                farthest = max(farthest, column[c])
            tiles[tile, k] = np.int64(farthest >> DEPTH_SHIFT)


@njit(**_FAST)
def _hidden(box, top, bottom, tiles):
    """Whether every pixel that a chunk may reach in these rows shows something nearer."""
    for r in range(top // _TILE, bottom // _TILE + 1):
        for c in range(box[LEFT] // _TILE, box[RIGHT] // _TILE + 1):
            if tiles[r, c] >= box[NEAREST]:
                return False
    return True


@njit(**_FAST)
def _draw_band(x, y, z, retired, start, chunk_retired, visible, order, version, P, near, unbounded,
               width, first, last, trash, hide, keys):
    pixel = np.empty(_BLOCK, np.int32)
    depth = np.empty(_BLOCK, np.float32)
    bits = depth.view(np.uint32)
    tiles = np.full(((last + _TILE - 1) // _TILE, (width + _TILE - 1) // _TILE), 1 << 40, np.int64)
    keys[first * width:last * width] = EMPTY
    drawn, area = 0, (last - first) * width
    for number in order:
        box = visible[number]
        if box[TOP] >= last or box[BOTTOM] < first:
            continue
        if hide:
            if drawn > area:
                _farthest(keys, width, first, last, tiles)
                drawn = 0
            if _hidden(box, max(box[TOP], first), min(box[BOTTOM], last - 1), tiles):
                continue
        c = box[CHUNK]
        s, e = start[c], start[c + 1]
        _stage(x[s:e], y[s:e], z[s:e], P, near, int32(width), float32(width), float32(first),
               float32(last), int32(trash), pixel, depth)
        if chunk_retired[c, 0] <= version:
            for j in range(e - s):
                if retired[s + j] <= version:
                    pixel[j] = trash
        if unbounded:
            depth[:e - s] = np.inf
        for j in range(e - s):
            key = (uint64(bits[j]) << DEPTH_SHIFT) | (uint64(s + j) << INDEX_SHIFT)
            i = uint32(pixel[j])
            keys[i] = min(keys[i], key)
        drawn += e - s


@njit(parallel=True, **_FAST)
def draw_centres(x, y, z, retired, start, chunk_retired, visible, order, version, P, near,
                 unbounded, width, edges, hide, keys):
    """
    keys (H * W + TRASH * T,): the nearest point of each pixel.

    visible (M, 6), order (M,) and edges (T + 1,) as `culling` makes them: each thread draws the
    rows of its band; hide: chunks behind what is drawn are left out; unbounded: directions.
    """
    bands = edges.size - 1
    size = edges[bands] * width
    for t in prange(bands):
        if edges[t] < edges[t + 1]:
            _draw_band(x, y, z, retired, start, chunk_retired, visible, order, version, P, near,
                       unbounded, width, edges[t], edges[t + 1], size + t * TRASH, hide, keys)


@njit(inline='never', **_FAST)
def gather(keys, record, x, y, z, t0, t1, t2):
    """Look up the points of a row: the bits of their places, and their tangents."""
    for c in range(keys.size):
        key = keys[c]
        p = uint64((key & _LOW) >> INDEX_SHIFT) if key != EMPTY else uint64(0)
        first, second, third = record[p, 0], record[p, 1], record[p, 2]
        x[c], y[c] = uint32(first), uint32(first >> DEPTH_SHIFT)
        z[c], t0[c] = uint32(second), uint32(second >> DEPTH_SHIFT)
        t1[c], t2[c] = uint32(third), uint32(third >> DEPTH_SHIFT)


@njit(inline='never', **_FAST)
def _measure(keys, xs, ys, zs, t0, t1, t2, first, row, P, lens, unbounded, box):
    """box: reach left, right, up, down in a byte each, and the flags, from a column of a row on."""
    line = float32(row)
    for c in range(keys.size):
        x, y, z = xs[c], ys[c], zs[c]
        u, v, depth = project(P, x, y, z)
        ax, ay, az, bx, by, bz, scale, jump = unpack_tangents(t0[c], t1[c], t2[c])
        column = float32(int32(first) + int32(c))
        ua, ub, va, vb = sides(P, column, line, ax, ay, az, bx, by, bz)
        wide, high = extents(ua, ub, va, vb, scale, depth)
        left, right = reach(u, wide, column)
        up, down = reach(v, high, line)
        word = (uint32(left) | uint32(right) << uint32(8) | uint32(up) << uint32(16)
                | uint32(down) << uint32(24))
        back = shows_back(ua, ub, va, vb, ax, ay, az, bx, by, bz, jump, column, line, lens)
        magnified = (wide > MAGNIFIED) | (high > MAGNIFIED)
        flags = (uint32(64) if back else uint32(0)) | (uint32(128) if magnified else uint32(0))
        word = uint32(word | (uint32(0) if unbounded else flags))
        box[c] = word if keys[c] != EMPTY else uint32(0)


@njit(parallel=True, **_FAST)
def measure_footprints(keys, record, P, lens, unbounded, width, height, box):
    """
    Reach of every centre winner, box (H * W,) uint32: left, right, up, down in a byte each.

    record (N, 4) uint64: PointArrays.record. The two highest bits of the first byte are the flags.
    """
    blocks = (height + _ROWS - 1) // _ROWS
    for b in prange(blocks):
        looked_up = np.empty((6, SEGMENT), np.uint32)
        for row in range(b * _ROWS, min(height, (b + 1) * _ROWS)):
            begin, end = row * width, (row + 1) * width
            measure_row(keys[begin:end], keys[end:min(row + 2, height) * width], record, P, lens,
                        unbounded, row, looked_up, box[begin:end])


@njit(**_FAST)
def measure_row(keys, following, record, P, lens, unbounded, row, looked_up, box):
    """
    As measure_footprints, for one row; following: the keys of the next one, whose points are asked
    for ahead; looked_up (6, SEGMENT) uint32 is for its own use.
    """
    x, y, z = looked_up[0], looked_up[1], looked_up[2]
    t0, t1, t2 = looked_up[3], looked_up[4], looked_up[5]
    for s in range(0, keys.size, SEGMENT):
        e = min(s + SEGMENT, keys.size)
        _ask_ahead(following[s:e], record)
        if _is_empty(keys[s:e]):
            box[s:e] = 0
            continue
        gather(keys[s:e], record, x, y, z, t0, t1, t2)
        _measure(keys[s:e], x.view(np.float32), y.view(np.float32), z.view(np.float32), t0, t1, t2,
                 s, row, P, lens, unbounded, box[s:e])


@njit(inline='never', **_FAST)
def _ask_ahead(keys, record):
    for c in range(keys.size):
        if keys[c] != EMPTY:
            prefetch_row(record, uint64((keys[c] & _LOW) >> INDEX_SHIFT))


@njit(inline='never', **_FAST)
def _is_empty(keys):
    least = EMPTY
    for c in range(keys.size):
        least = min(least, keys[c])
    return least == EMPTY


@njit(inline='never', **_FAST)
def _cover_near(keys, box, mask, drawn):
    """Take the least key among three neighbours in a row of centres whose footprint has `mask`."""
    right, left = uint32(mask | uint32(1 << 8)), uint32(mask | uint32(1))
    for c in range(drawn.size):
        best = drawn[c]
        here, before, after = box[c + 1], box[c], box[c + 2]
        best = min(best, keys[c + 1] if here & mask == mask else EMPTY)
        best = min(best, keys[c] if before & right == right else EMPTY)
        drawn[c] = min(best, keys[c + 2] if after & left == left else EMPTY)


@njit(**_FAST)
def _cover_far(keys, box, begin, row, first, last, width, drawn):
    """Let the centres of a part of a row with a larger footprint cover it, in first..last."""
    for c in range(keys.size):
        word = box[c]
        if word & _LARGE == 0:
            continue
        column = np.int64(begin) + c - REACH
        left, right = np.int64(word & uint32(31)), np.int64(word >> uint32(8) & uint32(31))
        up, down = np.int64(word >> uint32(16) & uint32(31)), np.int64(word >> uint32(24))
        start, end = max(column - left, 0), min(column + right + 1, width)
        key = keys[c] | uint64(word >> uint32(6) & uint32(3))
        for r in range(max(row - up, first), min(row + down + 1, last)):
            for i in range(uint64(r * width + start), uint64(r * width + end)):
                drawn[i] = min(drawn[i], key)


@njit(inline='never', **_FAST)
def _any_large(box):
    word = uint32(0)
    for c in range(box.size):
        word |= box[c]
    return word & _LARGE != 0


@njit(**_FAST)
def cover_row(keys, box, row, first, last, width, near, drawn):
    """
    Let the centres of a row cover their boxes in the rows first..last of drawn (H * W,).

    keys, box (W + 2 * REACH,): of the row; near: as large, for its own use.
    """
    outer = width + 2 * REACH
    if first - 1 <= row <= last:
        _keep_near(keys, box, near)
        # a pixel more on both sides
        keys_near, box_near = near[REACH - 1:outer - REACH + 1], box[REACH - 1:outer - REACH + 1]
        if first <= row < last:
            _cover_near(keys_near, box_near, uint32(0), drawn[row * width:(row + 1) * width])
        if row > first:
            _cover_near(keys_near, box_near, uint32(1 << 16),
                        drawn[(row - 1) * width:row * width])
        if row < last - 1:
            _cover_near(keys_near, box_near, uint32(1 << 24),
                        drawn[(row + 1) * width:(row + 2) * width])
    for s in range(0, outer, SEGMENT):
        e = min(s + SEGMENT, outer)
        if _any_large(box[s:e]):
            _cover_far(keys[s:e], box[s:e], s, row, first, last, width, drawn)


@njit(inline='never', **_FAST)
def _keep_near(keys, box, near):
    """Keys with their flags where a footprint reaches one pixel at most."""
    for c in range(keys.size):
        key = keys[c] | uint64(box[c] >> uint32(6) & uint32(3))
        near[c] = key if box[c] & _LARGE == 0 else EMPTY


@njit(parallel=True, **_FAST)
def cover(keys, record, P, lens, unbounded, width, height, bands, drawn):
    """Let every centre winner cover its footprint; drawn (H * W,): what is seen, with flags."""
    outer = width + 2 * REACH
    for t in prange(bands):
        first, last = height * t // bands, height * (t + 1) // bands
        drawn[first * width:last * width] = EMPTY
        looked_up, near = np.empty((6, SEGMENT), np.uint32), np.empty(outer, np.uint64)
        box = np.empty(outer, np.uint32)
        for row in range(first - REACH, last + REACH):
            begin = (row + REACH) * outer
            line = keys[begin:begin + outer]
            measure_row(line, keys[begin + outer:begin + 2 * outer], record, P, lens, unbounded,
                        row + REACH, looked_up, box)
            cover_row(line, box, row, first, last, width, near, drawn)
