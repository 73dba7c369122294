# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The passes of the renderer as numba kernels over flat arrays; `renderer.py` says what they are for.

Arrays of an image are flat, (H * W,), row-major; those of the centres include the margin of REACH
pixels on every side. A key is a surface point's depth bits above its
index: the least key is the nearest point, and among equal depths the oldest.
"""

import os

import numba
import numpy as np
from numba import float32, int32, njit, prange, uint32, uint64

from geo_world_model.cache.footprint import (direction_half_extents, half_extents, MAGNIFIED,
                                             NEAR, project, reach, REACH, shows_back)

if 'NUMBA_THREADING_LAYER_PRIORITY' not in os.environ:
    # numba's own first choice warns on every start where it finds an older TBB
    numba.config.THREADING_LAYER_PRIORITY = ['omp', 'tbb', 'workqueue']

#: A pixel looks through a gap when a nearer surface on both sides is nearer than this share.
GAP_DEPTH = np.float32(0.95)
GAP_REACH = 2
#: Key of a pixel that no surface reaches.
EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
#: Bits of the depth above the index in a key.
DEPTH_SHIFT = np.uint64(32)

_LOW = np.uint64(0xFFFFFFFF)
_BLOCK = 1024
_BACK, _WIDE = np.uint8(1), np.uint8(2)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@njit(**_FAST)
def visible_chunks(box, operation, version, P, width, height, out):
    """Write the chunks whose box may reach the image into out (C,) int64; returns how many."""
    m = 0
    for c in range(box.shape[0]):
        if operation[c] > version:
            continue
        p = P.astype(np.float64)
        zc, ze = p[2, 3], 0.0
        for k in range(3):
            zc += p[2, k] * box[c, k]
            ze += abs(p[2, k]) * box[c, 3 + k]
        if zc + ze < 0.5 * NEAR:
            continue
        inside = True
        for side in range(4):
            # a margin of one pixel and a constant swallow the rounding of the float32 passes
            axis = side // 2
            limit = 1.5 if side % 2 == 0 else (width if axis == 0 else height) + 0.5
            sign = 1.0 if side % 2 == 0 else -1.0
            value, spread = 0.5, 0.0
            for k in range(4):
                coefficient = sign * p[axis, k] + limit * p[2, k]
                if k == 3:
                    value += coefficient
                else:
                    value += coefficient * box[c, k]
                    spread += abs(coefficient) * box[c, 3 + k]
            if value + spread < 0.0:
                inside = False
        if inside:
            out[m] = c
            m += 1
    return m


@njit(inline='never', **_FAST)
def _stage(x, y, z, P, width, u_end, v_end, trash, pixel, depth):
    """Project a block: branch-free so that it becomes SIMD; pixel `trash` where not drawn."""
    for j in range(x.size):
        u, v, d = project(P, x[j], y[j], z[j])
        u += float32(0.5)
        v += float32(0.5)
        ok = (d > NEAR) & (u >= float32(0.0)) & (u < u_end) & (v >= float32(0.0)) & (v < v_end)
        pixel[j] = int32(v) * width + int32(u) if ok else trash
        depth[j] = d


@njit(parallel=True, **_FAST)
def draw_centres(x, y, z, retired, start, chunk_retired, chunks, version, P, width, height, keys):
    """keys (T, H * W + 1): the nearest point of each pixel; row 0 holds the result."""
    threads = keys.shape[0]
    size = width * height
    for t in prange(threads):
        pixel = np.empty(_BLOCK, np.int32)
        depth = np.empty(_BLOCK, np.float32)
        bits = depth.view(np.uint32)
        mine = keys[t]
        mine[:] = EMPTY
        first, last = chunks.size * t // threads, chunks.size * (t + 1) // threads
        for i in range(first, last):
            c = chunks[i]
            s, e = start[c], start[c + 1]
            _stage(x[s:e], y[s:e], z[s:e], P, int32(width), float32(width), float32(height),
                   int32(size), pixel, depth)
            if chunk_retired[c]:
                for j in range(e - s):
                    if retired[s + j] <= version:
                        pixel[j] = size
            for j in range(e - s):
                key = (uint64(bits[j]) << DEPTH_SHIFT) | uint64(s + j)
                mine[pixel[j]] = min(mine[pixel[j]], key)
    for t in prange(threads):
        for i in range(size * t // threads, size * (t + 1) // threads):
            key = keys[0, i]
            for r in range(1, threads):
                key = min(key, keys[r, i])
            keys[0, i] = key


@njit(parallel=True, **_FAST)
def measure_footprints(keys, x, y, z, normal, operation, normals, frames, turn, P, eye, k, width,
                       height, box, flags, centre_depth):
    """Reach left, right, up, down of every centre winner, box (H * W, 4), its flags and depth."""
    for row in prange(height):
        for column in range(width):
            i = row * width + column
            key = keys[i]
            box[i, 0] = box[i, 1] = box[i, 2] = box[i, 3] = flags[i] = 0
            if key == EMPTY:
                centre_depth[i] = float32(np.inf)
                continue
            p = np.int64(key & _LOW)
            op = operation[p]
            n = normals[normal[p]]
            u, v, depth = project(P, x[p], y[p], z[p])
            wide, high = half_extents(u, v, depth, x[p], y[p], z[p], n, frames[op], turn[op],
                                      k[0], k[1], k[2], k[3])
            left, right = reach(u, wide, int32(column))
            up, down = reach(v, high, int32(row))
            box[i, 0], box[i, 1], box[i, 2], box[i, 3] = left, right, up, down
            centre_depth[i] = np.uint32(key >> DEPTH_SHIFT).view(np.float32)
            back = shows_back(x[p], y[p], z[p], n, frames[op], eye[0], eye[1], eye[2])
            magnified = wide > MAGNIFIED or high > MAGNIFIED
            flags[i] = (_BACK if back else 0) | (_WIDE if magnified else 0)


@njit(parallel=True, **_FAST)
def cover(keys, box, width, height, threads, drawn, origin):
    """Let every centre winner cover its box; drawn (H * W,) keys, origin (H * W,) its centre."""
    for t in prange(threads):
        first, last = height * t // threads, height * (t + 1) // threads
        for i in range(first * width, last * width):
            drawn[i] = EMPTY
            origin[i] = -1
        for row in range(first - REACH, last + REACH):
            for column in range(-REACH, width + REACH):
                i = (row + REACH) * (width + 2 * REACH) + column + REACH
                key = keys[i]
                if key == EMPTY:
                    continue
                left, right = int32(box[i, 0]), int32(box[i, 1])
                up, down = int32(box[i, 2]), int32(box[i, 3])
                for r in range(max(row - up, first), min(row + down + 1, last)):
                    for c in range(max(column - left, 0), min(column + right + 1, width)):
                        j = r * width + c
                        if key < drawn[j]:
                            drawn[j] = key
                            origin[j] = i


@njit(**_FAST)
def draw_directions(x, y, z, operation, retired, version, P, frames, turn, k, width, height,
                    centre, drawn):
    """Draw the directions, (H * W,) uint32 index of the oldest in `drawn`; 0xFFFFFFFF: none."""
    none = uint32(0xFFFFFFFF)
    outer_width, outer_height = width + 2 * REACH, height + 2 * REACH
    centre[:] = none
    drawn[:] = none
    for p in range(x.size):
        if operation[p] > version or retired[p] <= version:
            continue
        depth = P[2, 0] * x[p] + P[2, 1] * y[p] + P[2, 2] * z[p]
        if not depth > float32(0.01):
            continue
        inverse = float32(1.0) / depth
        u = (P[0, 0] * x[p] + P[0, 1] * y[p] + P[0, 2] * z[p]) * inverse
        v = (P[1, 0] * x[p] + P[1, 1] * y[p] + P[1, 2] * z[p]) * inverse
        if (u + float32(0.5) >= float32(0.0) and u + float32(0.5) < float32(outer_width)
                and v + float32(0.5) >= float32(0.0)
                and v + float32(0.5) < float32(outer_height)):
            i = int32(v + float32(0.5)) * outer_width + int32(u + float32(0.5))
            centre[i] = min(centre[i], uint32(p))
    for row in range(outer_height):
        for column in range(outer_width):
            p = centre[row * outer_width + column]
            if p == none:
                continue
            op = operation[p]
            depth = P[2, 0] * x[p] + P[2, 1] * y[p] + P[2, 2] * z[p]
            inverse = float32(1.0) / depth
            u = (P[0, 0] * x[p] + P[0, 1] * y[p] + P[0, 2] * z[p]) * inverse
            v = (P[1, 0] * x[p] + P[1, 1] * y[p] + P[1, 2] * z[p]) * inverse
            wide, high = direction_half_extents(u, v, depth, x[p], y[p], z[p], frames[op],
                                                turn[op], k[0], k[1], k[2], k[3])
            left, right = reach(u, wide, int32(column))
            up, down = reach(v, high, int32(row))
            for r in range(max(row - up - REACH, 0), min(row + down + 1 - REACH, height)):
                for c in range(max(column - left - REACH, 0),
                               min(column + right + 1 - REACH, width)):
                    drawn[r * width + c] = min(drawn[r * width + c], p)


@njit(parallel=True, **_FAST)
def resolve(drawn, origin, flags, far, colour, provenance, operation, far_colour, far_provenance,
             far_operation, width, height, rgb, depth, source, op, known, bound, drawn_depth):
    infinite = float32(np.inf)
    for row in prange(height):
        for column in range(width):
            i = row * width + column
            key = drawn[i]
            d, packed, s, o, ok = float32(np.nan), uint32(0), 0, uint32(0), False
            limit, shown = infinite, float32(np.nan)
            if key != EMPTY:
                p = np.int64(key & _LOW)
                shown = np.uint32(key >> DEPTH_SHIFT).view(np.float32)
                if flags[origin[i]] & _BACK:
                    limit = shown
                else:
                    d, packed, s, o, ok = shown, colour[p], provenance[p], operation[p], True
            elif far.size > 0 and far[i] != uint32(0xFFFFFFFF):
                p = np.int64(far[i])
                shown = infinite
                d, packed, s, o, ok = infinite, far_colour[p], far_provenance[p], \
                    far_operation[p], True
            rgb[i, 0] = (packed >> uint32(16)) & uint32(255)
            rgb[i, 1] = (packed >> uint32(8)) & uint32(255)
            rgb[i, 2] = packed & uint32(255)
            depth[i], source[i], op[i], known[i], bound[i] = d, s, o, ok, limit
            drawn_depth[i] = shown


@njit(**_FAST)
def _nearer_beside(row, column, dr, dc, width, height, drawn_depth, origin, flags, op, limit,
                   newest):
    for step in range(1, GAP_REACH + 1):
        r, c = row + dr * step, column + dc * step
        if r < 0 or r >= height or c < 0 or c >= width:
            return False
        i = r * width + c
        if origin[i] < 0 or drawn_depth[i] >= limit or op[i] > newest:
            continue
        if flags[origin[i]] == _WIDE:
            return True
    return False


@njit(parallel=True, **_FAST)
def find_gaps(drawn_depth, origin, flags, op, known, width, height, see_through):
    """
    Mark known pixels that look through the gaps of a nearer, magnified surface.

    Only a surface at least as old as the pixel's own point counts: nothing that is added later
    can make a known pixel unknown.
    """
    for row in prange(height):
        for column in range(width):
            i = row * width + column
            see_through[i] = False
            if not known[i]:
                continue
            limit = drawn_depth[i] * GAP_DEPTH
            for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
                if (_nearer_beside(row, column, dr, dc, width, height, drawn_depth, origin, flags,
                                   op, limit, op[i])
                        and _nearer_beside(row, column, -dr, -dc, width, height, drawn_depth,
                                           origin, flags, op, limit, op[i])):
                    see_through[i] = True
                    break
