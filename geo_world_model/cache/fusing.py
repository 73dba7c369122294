# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The kernels of fusion: points that are there against the pixels of a measured view."""

import numpy as np
from numba import float32, int32, njit, prange, uint32, uint64

from geo_world_model.cache.culling import BOTTOM, CHUNK, LEFT, NEAREST, RIGHT, TOP
from geo_world_model.cache.footprint import (half_extents, NEAR, project, REACH, tangents,
                                             unpack_tangents)

#: What becomes of a point: it stays, it gives way when sharper pixels cover all of it, it goes.
STAYS, COARSE, GONE = np.uint8(0), np.uint8(1), np.uint8(2)
#: Two depths are one surface within this (m) and this share, and the size of a sample.
SAME_METRES, SAME_SHARE = np.float32(0.01), np.float32(0.02)
#: A less trusted point this share behind a measured surface is still on it.
SKIN = np.float32(1.03)
#: A sample gives way to one so much smaller; what is less sharp than that adds nothing.
SHARPER = np.float32(2.0)
#: A jump in depth is no sample of a surface: it counts as so much larger.
_JUMP = np.float32(4.0)
#: Of half a footprint, what is not margin.
_CORE = np.float32(0.91)
_TILE = 16
#: Points of a chunk at most.
CHUNK_POINTS = 1024
_FAST = dict(nogil=True, cache=True, error_model='numpy')
# counting references to arrays would take longer than all else
_PLAIN = dict(_FAST, _nrt=False)


@njit(**_PLAIN)
def _measure_row(depth, normal_code, normals, ry, fx, fy, cx, turn, out, size):
    for column in range(depth.size):
        rx = float32((column - cx) / fx)
        tangents(rx, ry, normals[normal_code[column]], turn, float32(fx), float32(fy), out)
        a = out[0] * out[0] + out[1] * out[1] + out[2] * out[2]
        b = out[3] * out[3] + out[4] * out[4] + out[5] * out[5]
        side = np.sqrt(max(a, b)) * depth[column]
        size[column] = side * _JUMP if out[6] > float32(0.0) else side


@njit(parallel=True, **_FAST)
def measure_samples(depth, normal_code, normals, fx, fy, cx, cy, size):
    """size (H, W) float32: the longer side, m, of each pixel laid on its surface."""
    turn = np.eye(3, dtype=np.float32)
    for row in prange(depth.shape[0]):
        _measure_row(depth[row], normal_code[row], normals, float32((row - cy) / fy), fx, fy, cx,
                     turn, np.empty(7, np.float32), size[row])


@njit(inline='always', **_PLAIN)
def _size(word0, word1, word2):
    ax, ay, az, bx, by, bz, scale, jump = unpack_tangents(word0, word1, word2)
    side = np.sqrt(max(ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz)) * scale
    return side * _JUMP if jump else side


@njit(inline='always', **_PLAIN)
def _box(P, u, v, d, word0, word1, word2):
    """First and last column and row whose centres a point covers, in the image with its margin."""
    wide, high = half_extents(P, int32(u + float32(0.5)), int32(v + float32(0.5)), d, word0, word1,
                              word2)
    wide, high = min(wide * _CORE, float32(REACH)), min(high * _CORE, float32(REACH))
    return (int32(np.ceil(u - wide)), int32(np.floor(u + wide)), int32(np.ceil(v - high)),
            int32(np.floor(v + high)))


@njit(inline='always', **_PLAIN)
def _sees_through(d, row, column, depth, trust, size):
    """Whether a pixel and the eight around it measure something clearly behind a depth."""
    for r in range(max(row - 1, 0), min(row + 2, depth.shape[0])):
        for c in range(max(column - 1, 0), min(column + 2, depth.shape[1])):
            same = SAME_METRES + SAME_SHARE * depth[r, c] + size[r, c]
            if trust[r, c] == 0 or not d < depth[r, c] - same:
                return False
    return True


@njit(inline='never', **_PLAIN)
def _stage(x, y, z, P, width, height, pixel, depth):
    """Project a chunk: branch-free so that it becomes SIMD; pixel -1 outside of the image."""
    for j in range(x.size):
        u, v, d = project(P, x[j], y[j], z[j])
        u += float32(0.5 - REACH)
        v += float32(0.5 - REACH)
        ok = ((d > NEAR) & (u >= float32(0.0)) & (u < float32(width)) & (v >= float32(0.0))
              & (v < float32(height)))
        pixel[j] = int32(v) * width + int32(u) if ok else int32(-1)
        depth[j] = d


@njit(**_PLAIN)
def _judge(p, r, c, d, x, y, z, words, P, depth, trust, size, covered):
    """Return what becomes of a point at a pixel; mark the pixels that it makes superfluous."""
    height, width = depth.shape
    new, mine = trust[r, c], np.uint8(words[p, 3] >> uint64(24) & uint64(255))
    same = SAME_METRES + SAME_SHARE * depth[r, c] + size[r, c]
    if d > depth[r, c] + same:
        return GONE if mine > new and d < depth[r, c] * SKIN else STAYS
    if mine > new:
        return GONE
    word0 = uint32(words[p, 1] >> uint64(32))
    word1, word2 = uint32(words[p, 2]), uint32(words[p, 2] >> uint64(32))
    own = _size(word0, word1, word2)
    if d < depth[r, c] - same and mine == new:
        # sharper pixels all around see through it
        through = own > size[r, c] and _sees_through(d, r, c, depth, trust, size)
        return GONE if through else STAYS
    if mine == new and own > SHARPER * size[r, c]:
        return COARSE
    if own <= size[r, c] and mine == new:
        # a sample no larger than a pixel needs no box: its neighbours have the other pixels
        covered[r, c] = True
        return STAYS
    u, v, d = project(P, x[p], y[p], z[p])
    left, right, top, bottom = _box(P, u, v, d, word0, word1, word2)
    for i in range(max(top - REACH, 0), min(bottom - REACH + 1, height)):
        for j in range(max(left - REACH, 0), min(right - REACH + 1, width)):
            same = SAME_METRES + SAME_SHARE * depth[i, j] + size[i, j]
            if trust[i, j] > mine or (abs(depth[i, j] - d) <= same + own and not
                                      own > SHARPER * size[i, j]):
                covered[i, j] = True
    return STAYS


@njit(parallel=True, **_FAST)
def _farthest(depth, trust, size, tiles):
    """tiles: of each 16 x 16 pixels, how far a point may be that is not just hidden."""
    tiles[:] = float32(0.0)
    for i in prange(tiles.shape[0]):
        for r in range(i * _TILE, min((i + 1) * _TILE, depth.shape[0])):
            for c in range(depth.shape[1]):
                if trust[r, c] > 0:
                    tiles[i, c // _TILE] = max(tiles[i, c // _TILE],
                                               depth[r, c] * SKIN + SAME_METRES + size[r, c])


@njit(**_PLAIN)
def _is_hidden(box, tiles, height, width):
    """Whether all points of a visible chunk lie behind what the view measures, or beside it."""
    nearest = np.int32(box[NEAREST]).view(np.float32)
    for r in range(max(box[TOP] - REACH, 0) // _TILE,
                   (min(box[BOTTOM] - REACH, height - 1) + _TILE) // _TILE):
        for c in range(max(box[LEFT] - REACH, 0) // _TILE,
                       (min(box[RIGHT] - REACH, width - 1) + _TILE) // _TILE):
            if tiles[r, c] >= nearest:
                return False
    return True


@njit(**_PLAIN)
def _judge_chunk(first, x, y, z, retired, words, version, P, depth, trust, size, pixel, distance,
                 fates, covered):
    height, width = depth.shape
    last = first + fates.size
    _stage(x[first:last], y[first:last], z[first:last], P, width, height, pixel, distance)
    for j in range(fates.size):
        fates[j] = STAYS
        if pixel[j] >= 0 and retired[first + j] > version:
            r, c = pixel[j] // width, pixel[j] % width
            # most of what is hidden is far behind
            farthest = depth[r, c] * SKIN + SAME_METRES + size[r, c]
            if trust[r, c] > 0 and distance[j] <= farthest:
                fates[j] = _judge(first + j, r, c, distance[j], x, y, z, words, P, depth, trust,
                                  size, covered)


@njit(parallel=True, **_FAST)
def judge(visible, starts, x, y, z, retired, words, version, P, depth, trust, size, fates,
          covered):
    """
    fates (M, 1024) uint8 of the points of visible chunks; covered (H, W) bool: superfluous pixels.

    depth (H, W) float32 (+Inf: nothing up to the end of the range), trust (H, W) uint8 (0: not
    measured), size (H, W) float32 of measure_samples, all of the new view. Every thread writes the
    same value, so their order does not matter.
    """
    height, width = depth.shape
    tiles = np.empty((-(-height // _TILE), -(-width // _TILE)), np.float32)
    _farthest(depth, trust, size, tiles)
    for m in prange(visible.shape[0]):
        first, last = starts[visible[m, CHUNK]], starts[visible[m, CHUNK] + 1]
        if _is_hidden(visible[m], tiles, height, width):
            fates[m] = STAYS
            continue
        fates[m, last - first:] = STAYS
        _judge_chunk(first, x, y, z, retired, words, version, P, depth, trust, size,
                     np.empty(CHUNK_POINTS, np.int32), np.empty(CHUNK_POINTS, np.float32),
                     fates[m, :last - first], covered)


@njit(**_PLAIN)
def _is_replaced(p, x, y, z, words, P, depth, trust, size):
    """Whether sharper pixels of the same surface lie everywhere under a point."""
    height, width = depth.shape
    u, v, d = project(P, x[p], y[p], z[p])
    word0 = uint32(words[p, 1] >> uint64(32))
    word1, word2 = uint32(words[p, 2]), uint32(words[p, 2] >> uint64(32))
    own = _size(word0, word1, word2)
    left, right, top, bottom = _box(P, u, v, d, word0, word1, word2)
    left, right, top, bottom = left - REACH, right - REACH, top - REACH, bottom - REACH
    if left < 0 or right >= width or top < 0 or bottom >= height:
        return False
    for i in range(top, bottom + 1):
        for j in range(left, right + 1):
            same = SAME_METRES + SAME_SHARE * depth[i, j] + own
            if trust[i, j] == 0 or not abs(depth[i, j] - d) <= same:
                return False
    return True


@njit(**_PLAIN)
def _settle_chunk(first, x, y, z, words, P, depth, trust, size, fates):
    gone = 0
    for j in range(fates.size):
        if fates[j] == COARSE:
            fates[j] = GONE if _is_replaced(first + j, x, y, z, words, P, depth, trust,
                                            size) else STAYS
        gone += fates[j] == GONE
    return gone


@njit(parallel=True, **_FAST)
def settle_coarse(visible, starts, x, y, z, words, P, depth, trust, size, fates, gone):
    """Let the coarse points go that the new view replaces; gone (M,): how many of each chunk."""
    for m in prange(visible.shape[0]):
        first, last = starts[visible[m, CHUNK]], starts[visible[m, CHUNK] + 1]
        gone[m] = _settle_chunk(first, x, y, z, words, P, depth, trust, size,
                                fates[m, :last - first])
