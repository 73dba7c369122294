# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Rendering the cache: a pure function of points, version, canonical pose and camera.

First every point competes for the one pixel of its centre, then each winner covers its footprint;
the nearest wins, equal depths go to the older operation and, within one, to the canonical order.
Behind the surfaces lie the unbounded directions, where the older one wins. A pixel whose winner
turns its back, or that looks through the gaps of a nearer magnified surface, is unknown, and its
depth is an upper bound. Unknown components below 16 pixels are closed by a fixed rule.
`reference.py` says the same slowly; both agree bit for bit, whatever the number of threads.
"""

import os
from dataclasses import dataclass

import numba
import numpy as np
from numba import float32, get_num_threads, int32, njit, prange, uint32, uint64

from geo_world_model.cache import closure
from geo_world_model.cache.footprint import (direction_half_extents, half_extents, MAGNIFIED,
                                             NEAR, project, reach, REACH, shows_back)
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.geometry.view import GENERATED, View

if 'NUMBA_THREADING_LAYER_PRIORITY' not in os.environ:
    # numba's own first choice warns on every start where it finds an older TBB
    numba.config.THREADING_LAYER_PRIORITY = ['omp', 'tbb', 'workqueue']

#: A pixel looks through a gap when a nearer surface on both sides is nearer than this share.
GAP_DEPTH = np.float32(0.95)
GAP_REACH = 2

_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_BLOCK = 1024
_BACK, _WIDE = np.uint8(1), np.uint8(2)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@dataclass(frozen=True)
class Rendering:
    """
    What the cache shows to one camera.

    rgb (H, W, 3) uint8, depth (H, W) float32 (NaN unknown, +Inf unbounded), provenance (H, W)
    uint8, operation (H, W) uint32 (0: unknown or closed), bound (H, W) float32: upper bound of
    the depth of an unknown pixel (+Inf: none), closed (H, W) bool: filled by the closing rule.
    The last three describe the passes, for witnesses: centre_depth (H, W) float32 of the centre
    winners (+Inf: none), centre_box (H, W, 4) uint8 their reach left, right, up, down, and
    drawn_depth (H, W) float32 of whatever covers the pixel (NaN: nothing; +Inf: a direction).
    """

    rgb: np.ndarray
    depth: np.ndarray
    provenance: np.ndarray
    operation: np.ndarray
    bound: np.ndarray
    closed: np.ndarray
    centre_depth: np.ndarray
    centre_box: np.ndarray
    drawn_depth: np.ndarray

    @property
    def unknown(self):
        """Pixels without a known or closed colour, (H, W) bool."""
        return self.provenance == 0

    def view(self, camera, pose):
        """Return the rendering as a view of `camera` at `pose`."""
        return View(self.rgb, self.depth, self.provenance, camera, pose)


def projection(camera, pose):
    """Return K [R | t], world to pixels, (3, 4) float32."""
    m = pose.matrix
    rotation = m[:3, :3].T
    shift = -(rotation[:, 0] * m[0, 3] + rotation[:, 1] * m[1, 3] + rotation[:, 2] * m[2, 3])
    extrinsic = np.concatenate([rotation, shift[:, None]], 1)
    out = np.empty((3, 4))
    out[0] = camera.fx * extrinsic[0] + camera.cx * extrinsic[2]
    out[1] = camera.fy * extrinsic[1] + camera.cy * extrinsic[2]
    out[2] = extrinsic[2]
    return out.astype(np.float32)


def turns(frames, pose):
    """Rotations from every source camera to the target, (F, 9) float32 row-major."""
    target = pose.matrix[:3, :3].T
    source = frames[:, :9].astype(np.float64).reshape(-1, 3, 3)
    out = np.zeros((len(frames), 3, 3))
    for i in range(3):
        for j in range(3):
            out[:, i, j] = (target[i, 0] * source[:, 0, j] + target[i, 1] * source[:, 1, j]
                            + target[i, 2] * source[:, 2, j])
    return out.reshape(-1, 9).astype(np.float32)


@njit(**_FAST)
def _visible_chunks(box, operation, version, P, width, height, out):
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
def _centres(x, y, z, retired, start, chunk_retired, chunks, version, P, width, height, keys):
    """keys (T, H * W + 1): the nearest point of each pixel; row 0 holds the result."""
    threads = keys.shape[0]
    size = width * height
    for t in prange(threads):
        pixel = np.empty(_BLOCK, np.int32)
        depth = np.empty(_BLOCK, np.float32)
        bits = depth.view(np.uint32)
        mine = keys[t]
        mine[:] = _EMPTY
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
                key = (uint64(bits[j]) << _SHIFT) | uint64(s + j)
                mine[pixel[j]] = min(mine[pixel[j]], key)
    for t in prange(threads):
        for i in range(size * t // threads, size * (t + 1) // threads):
            key = keys[0, i]
            for r in range(1, threads):
                key = min(key, keys[r, i])
            keys[0, i] = key


@njit(parallel=True, **_FAST)
def _footprints(keys, x, y, z, normal, operation, normals, frames, turn, P, eye, k, width, height,
                box, flags):
    for row in prange(height):
        for column in range(width):
            i = row * width + column
            key = keys[i]
            if key == _EMPTY:
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
            back = shows_back(x[p], y[p], z[p], n, frames[op], eye[0], eye[1], eye[2])
            magnified = wide > MAGNIFIED or high > MAGNIFIED
            flags[i] = (_BACK if back else 0) | (_WIDE if magnified else 0)


@njit(parallel=True, **_FAST)
def _cover(keys, box, width, height, threads, drawn, origin):
    """Let every centre winner cover its box; drawn (H * W,) keys, origin (H * W,) its centre."""
    for t in prange(threads):
        first, last = height * t // threads, height * (t + 1) // threads
        for i in range(first * width, last * width):
            drawn[i] = _EMPTY
            origin[i] = -1
        for row in range(max(0, first - REACH), min(height, last + REACH)):
            for column in range(width):
                i = row * width + column
                key = keys[i]
                if key == _EMPTY:
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
def _directions(x, y, z, operation, retired, version, P, frames, turn, k, width, height, centre,
                drawn):
    """Draw the directions, (H * W,) uint32 index of the oldest in `drawn`; 0xFFFFFFFF: none."""
    none = uint32(0xFFFFFFFF)
    for i in range(width * height):
        centre[i] = none
        drawn[i] = none
    for p in range(x.size):
        if operation[p] > version or retired[p] <= version:
            continue
        depth = P[2, 0] * x[p] + P[2, 1] * y[p] + P[2, 2] * z[p]
        if not depth > float32(0.01):
            continue
        inverse = float32(1.0) / depth
        u = (P[0, 0] * x[p] + P[0, 1] * y[p] + P[0, 2] * z[p]) * inverse
        v = (P[1, 0] * x[p] + P[1, 1] * y[p] + P[1, 2] * z[p]) * inverse
        if (u + float32(0.5) >= float32(0.0) and u + float32(0.5) < float32(width)
                and v + float32(0.5) >= float32(0.0) and v + float32(0.5) < float32(height)):
            i = int32(v + float32(0.5)) * width + int32(u + float32(0.5))
            centre[i] = min(centre[i], uint32(p))
    for row in range(height):
        for column in range(width):
            p = centre[row * width + column]
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
            for r in range(max(row - up, 0), min(row + down + 1, height)):
                for c in range(max(column - left, 0), min(column + right + 1, width)):
                    drawn[r * width + c] = min(drawn[r * width + c], p)


@njit(parallel=True, **_FAST)
def _resolve(drawn, origin, flags, far, colour, provenance, operation, far_colour, far_provenance,
             far_operation, width, height, rgb, depth, source, op, known, bound, drawn_depth):
    infinite = float32(np.inf)
    for row in prange(height):
        for column in range(width):
            i = row * width + column
            key = drawn[i]
            d, packed, s, o, ok = float32(np.nan), uint32(0), 0, uint32(0), False
            limit, shown = infinite, float32(np.nan)
            if key != _EMPTY:
                p = np.int64(key & _LOW)
                shown = np.uint32(key >> _SHIFT).view(np.float32)
                o = operation[p]
                if flags[origin[i]] & _BACK:
                    limit = shown
                else:
                    d, packed, s, ok = shown, colour[p], provenance[p], True
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
def _gaps(drawn_depth, origin, flags, op, known, width, height, see_through):
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


def render(cloud, camera, pose, version, close_all=False):
    """
    Render a point cloud.

    cloud: PointCloud; camera: PinholeCamera; pose: canonical Pose; version: int, the last
    operation that is seen; close_all: close every hole, not only the small ones.
    Returns a Rendering. Pure: the same arguments give the same bytes.
    """
    width, height = camera.width, camera.height
    size = width * height
    threads = get_num_threads()
    version = np.uint32(min(version, 0xFFFFFFFE))
    P = projection(camera, pose)
    turn = turns(cloud.frames, pose)
    k = np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32)
    eye = pose.matrix[:3, 3].astype(np.float32)
    s, far = cloud.surfaces, cloud.directions

    chunks = np.empty(len(s.chunk_operation), np.int64)
    chunks = chunks[:_visible_chunks(s.chunk_box, s.chunk_operation, version, P, width, height,
                                     chunks)]
    keys = np.empty((threads, size + 1), np.uint64)
    _centres(s.x, s.y, s.z, s.retired, s.chunk_start, s.chunk_retired, chunks, version, P, width,
             height, keys)
    box = np.zeros((size, 4), np.uint8)
    flags = np.zeros(size, np.uint8)
    _footprints(keys[0], s.x, s.y, s.z, s.normal, s.operation, NORMALS, cloud.frames, turn, P,
                eye, k, width, height, box, flags)
    drawn = np.empty(size, np.uint64)
    origin = np.empty(size, np.int32)
    _cover(keys[0], box, width, height, threads, drawn, origin)
    behind = np.empty(size if far.count else 0, np.uint32)
    if far.count:
        _directions(far.x, far.y, far.z, far.operation, far.retired, version, P, cloud.frames,
                    turn, k, width, height, np.empty(size, np.uint32), behind)

    rgb = np.empty((size, 3), np.uint8)
    depth, bound, drawn_depth = (np.empty(size, np.float32) for _ in range(3))
    provenance = np.empty(size, np.uint8)
    operation = np.empty(size, np.uint32)
    known, see_through = np.empty(size, np.bool_), np.empty(size, np.bool_)
    _resolve(drawn, origin, flags, behind, s.rgb, s.provenance, s.operation, far.rgb,
             far.provenance, far.operation, width, height, rgb, depth, provenance, operation,
             known, bound, drawn_depth)
    _gaps(drawn_depth, origin, flags, operation, known, width, height, see_through)
    if see_through.any():
        bound[see_through] = drawn_depth[see_through]
        known &= ~see_through
        rgb[see_through] = 0
        depth[see_through] = np.nan
        provenance[see_through] = 0
    operation[~known] = 0

    shape = (height, width)
    closed = _close(known.reshape(shape), rgb, depth, provenance, close_all)
    centre_depth = (keys[0, :size] >> _SHIFT).astype(np.uint32).view(np.float32)
    centre_depth[keys[0, :size] == _EMPTY] = np.inf
    return Rendering(rgb.reshape(height, width, 3), depth.reshape(shape),
                     provenance.reshape(shape), operation.reshape(shape), bound.reshape(shape),
                     closed, centre_depth.reshape(shape), box.reshape(height, width, 4),
                     drawn_depth.reshape(shape))


def _close(known, rgb, depth, provenance, close_all):
    closed = np.zeros(known.shape, np.bool_)
    if known.all() or not known.any():
        return closed
    if close_all:
        closed = ~known
    elif closure.small_holes(known, closure.HOLE_PIXELS, closed) == 0:
        return closed
    source = np.empty(known.shape, np.int64)
    closure.nearest_known(known, closed, source)
    target = np.flatnonzero(closed)
    origin = source.reshape(-1)[target]
    rgb[target] = rgb[origin]
    depth[target] = depth[origin]
    provenance[target] = GENERATED
    return closed
