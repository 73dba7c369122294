# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The first pass of the renderer as numba kernels: every point competes for the pixel of its centre.

Arrays of an image are flat, row-major; those of the centres include the margin of REACH pixels on
every side. A key is a point's depth bits above four times its index: the least key is the nearest
point, and among equal depths the oldest. The last two bits are for `covering`, the second pass.
"""

import os

import numba
import numpy as np
from numba import float32, int32, njit, prange, uint32, uint64

from geo_world_model.cache.blocks import BLOCK, PLACE, RECORD, RETIRED
from geo_world_model.cache.culling import BOTTOM, CHUNK, LEFT, NEAREST, RIGHT, TOP
from geo_world_model.cache.footprint import project

if 'NUMBA_THREADING_LAYER_PRIORITY' not in os.environ:
    # numba's own first choice warns on every start where it finds an older TBB
    numba.config.THREADING_LAYER_PRIORITY = ['omp', 'tbb', 'workqueue']

#: Key of a pixel that no point reaches.
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
#: Bits of the depth above the index in a key, and of the index above the two last bits.
DEPTH_SHIFT, INDEX_SHIFT = np.uint64(32), np.uint64(2)
#: Pixels at the end of the centres' keys into which each thread throws what it does not draw.
TRASH = 16

_INDEX = np.uint64(0xFFFFFFFF)

_BLOCK = 1024
_TILE = 16
#: Pixels that a chunk reaches at most to be looked for one by one: less than it takes to draw it.
_FEW_PIXELS = 512
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


@njit(inline='never', **_FAST)
def _leave_out(retired, version, trash, pixel):
    for j in range(retired.size):
        pixel[j] = trash if retired[j] <= version else pixel[j]


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
def _covered(box, top, bottom, width, keys):
    """As _hidden, by the pixels themselves: what is far reaches so few that tiles say nothing."""
    left, columns = np.int64(box[LEFT]), box[RIGHT] - box[LEFT] + 1
    if columns * (bottom - top + 1) > _FEW_PIXELS:
        return False
    nearest = uint64(box[NEAREST])
    for r in range(top, bottom + 1):
        for i in range(r * width + left, r * width + left + columns):
            if keys[i] >> DEPTH_SHIFT >= nearest:
                return False
    return True


@njit(**_FAST)
def _draw_band(x, y, z, retired, start, chunk_retired, visible, order, version, P, near, unbounded,
               width, first, last, trash, hide, used, keys):
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
            top, bottom = max(box[TOP], first), min(box[BOTTOM], last - 1)
            if _hidden(box, top, bottom, tiles) or _covered(box, top, bottom, width, keys):
                continue
        c = box[CHUNK]
        s, e = start[c], start[c + 1]
        _stage(x[s:e], y[s:e], z[s:e], P, near, int32(width), float32(width), float32(first),
               float32(last), int32(trash), pixel, depth)
        marked = chunk_retired[c, 0] <= version
        if used.size:
            for b in (s // BLOCK, (e - 1) // BLOCK):
                used[b, PLACE] = 1
                if marked:
                    used[b, RETIRED] = 1
        if marked:
            _leave_out(retired[s:e], version, int32(trash), pixel)
        if unbounded:
            depth[:e - s] = np.inf
        for j in range(e - s):
            key = (uint64(bits[j]) << DEPTH_SHIFT) | (uint64(s + j) << INDEX_SHIFT)
            i = uint32(pixel[j])
            keys[i] = min(keys[i], key)
        drawn += e - s


@njit(parallel=True, **_FAST)
def draw_centres(x, y, z, retired, start, chunk_retired, visible, order, version, P, near,
                 unbounded, width, edges, hide, used, keys):
    """
    keys (H * W + TRASH * T,): the nearest point of each pixel.

    visible (M, 6), order (M,) and edges (T + 1,) as `culling` makes them: each thread draws the
    rows of its band; hide: chunks behind what is drawn are left out; unbounded: directions; used
    (B, 4) uint8: as PointArrays.used.
    """
    bands = edges.size - 1
    size = edges[bands] * width
    for t in prange(bands):
        if edges[t] < edges[t + 1]:
            _draw_band(x, y, z, retired, start, chunk_retired, visible, order, version, P, near,
                       unbounded, width, edges[t], edges[t + 1], size + t * TRASH, hide, used,
                       keys)


@njit(parallel=True, **_FAST)
def note_winners(keys, used):
    """Mark the blocks whose records are looked up for keys (H * W,); used as PointArrays.used."""
    parts = 16
    for part in prange(parts):
        for i in range(keys.size * part // parts, keys.size * (part + 1) // parts):
            if keys[i] != EMPTY:
                used[np.int64((keys[i] & _INDEX) >> INDEX_SHIFT) // BLOCK, RECORD] = 1
