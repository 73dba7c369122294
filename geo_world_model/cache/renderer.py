# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Rendering the cache: a pure function of points, version, canonical pose and camera.

First every point competes for the one pixel of its centre, in the image and in a margin of REACH
pixels around it, then each winner covers its footprint; the nearest wins, equal depths go to the
older operation and, within one, to the canonical order.
Behind the surfaces lie the unbounded directions, where the older one wins. A pixel whose winner
turns its back, or that looks through the gaps of a nearer magnified surface, is unknown, and its
depth is an upper bound. Unknown components below 16 pixels are closed by a fixed rule.
`reference.py` says the same slowly; both agree bit for bit, whatever the number of threads.
"""

import threading
from dataclasses import dataclass

import numpy as np
from numba import get_num_threads

from geo_world_model.cache import closure, passes
from geo_world_model.cache.footprint import REACH
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.geometry.view import GENERATED, View


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
    The two of the centres include the margin: H and W are 2 * REACH more for them.
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
    """Return K [R | t], world to pixels of the image with its margin, (3, 4) float32."""
    m = pose.matrix
    rotation = m[:3, :3].T
    shift = -(rotation[:, 0] * m[0, 3] + rotation[:, 1] * m[1, 3] + rotation[:, 2] * m[2, 3])
    extrinsic = np.concatenate([rotation, shift[:, None]], 1)
    out = np.empty((3, 4))
    out[0] = camera.fx * extrinsic[0] + (camera.cx + REACH) * extrinsic[2]
    out[1] = camera.fy * extrinsic[1] + (camera.cy + REACH) * extrinsic[2]
    out[2] = extrinsic[2]
    return out.astype(np.float32)


def intrinsics(camera):
    """Return fx, fy, cx, cy of the image with its margin, (4,) float32."""
    return np.array([camera.fx, camera.fy, camera.cx + REACH, camera.cy + REACH], np.float32)


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


def render(cloud, camera, pose, version, close_all=False):
    """
    Render a point cloud.

    cloud: PointCloud; camera: PinholeCamera; pose: canonical Pose; version: int, the last
    operation that is seen; close_all: close every hole, not only the small ones.
    Returns a Rendering. Pure: the same arguments give the same bytes.
    """
    width, height = camera.width, camera.height
    size = width * height
    outer = width + 2 * REACH, height + 2 * REACH
    threads = get_num_threads()
    version = np.uint32(min(version, 0xFFFFFFFE))
    P = projection(camera, pose)
    turn = turns(cloud.frames, pose)
    k = intrinsics(camera)
    eye = pose.matrix[:3, 3].astype(np.float32)
    s, far = cloud.surfaces, cloud.directions

    chunks = np.empty(len(s.chunk_operation), np.int64)
    chunks = chunks[:passes.visible_chunks(s.chunk_box, s.chunk_operation, version, P, *outer,
                                           chunks)]
    keys, drawn, origin, flags = _scratch(threads, size, outer[0] * outer[1])
    passes.draw_centres(s.x, s.y, s.z, s.retired, s.chunk_start, s.chunk_retired, chunks, version,
                        P, *outer, keys)
    box = np.empty((outer[0] * outer[1], 4), np.uint8)
    centre_depth = np.empty(outer[0] * outer[1], np.float32)
    passes.measure_footprints(keys[0], s.x, s.y, s.z, s.normal, s.operation, NORMALS,
                              cloud.frames, turn, P, eye, k, *outer, box, flags, centre_depth)
    passes.cover(keys[0], box, width, height, threads, drawn, origin)
    behind = np.empty(size if far.count else 0, np.uint32)
    if far.count:
        passes.draw_directions(far.x, far.y, far.z, far.operation, far.retired, version, P,
                               cloud.frames, turn, k, width, height, 
                               np.empty(outer[0] * outer[1], np.uint32), behind)

    rgb = np.empty((size, 3), np.uint8)
    depth, bound, drawn_depth = (np.empty(size, np.float32) for _ in range(3))
    provenance = np.empty(size, np.uint8)
    operation = np.empty(size, np.uint32)
    known, see_through = np.empty(size, np.bool_), np.empty(size, np.bool_)
    passes.resolve(drawn, origin, flags, behind, s.rgb, s.provenance, s.operation, far.rgb,
                   far.provenance, far.operation, width, height, rgb, depth, provenance,
                   operation, known, bound, drawn_depth)
    passes.find_gaps(drawn_depth, origin, flags, operation, known, width, height, see_through)
    if see_through.any():
        bound[see_through] = drawn_depth[see_through]
        known &= ~see_through
        rgb[see_through] = 0
        depth[see_through] = np.nan
        provenance[see_through] = 0
        operation[see_through] = 0

    shape = (height, width)
    closed = _close(known.reshape(shape), rgb, depth, provenance, close_all)
    return Rendering(rgb.reshape(height, width, 3), depth.reshape(shape),
                     provenance.reshape(shape), operation.reshape(shape), bound.reshape(shape),
                     closed, centre_depth.reshape(outer[::-1]), box.reshape(outer[1], outer[0], 4),
                     drawn_depth.reshape(shape))


_memory = threading.local()


def _scratch(threads, size, outer):
    """Arrays of the passes, kept by thread: fresh ones cost more in page faults than a pass."""
    if getattr(_memory, 'shape', None) != (threads, size, outer):
        _memory.shape = threads, size, outer
        _memory.arrays = (np.empty((threads, outer + 1), np.uint64), np.empty(size, np.uint64),
                          np.empty(size, np.int32), np.empty(outer, np.uint8))
    return _memory.arrays


def _close(known, rgb, depth, provenance, close_all):
    closed = np.zeros(known.shape, np.bool_)
    if known.all() or not known.any():
        return closed
    if close_all:
        closed = ~known
    elif closure.small_holes(known, closure.HOLE_PIXELS, closed) == 0:
        return closed
    source = np.empty(known.shape, np.int32)
    closure.nearest_known(known, closed, np.count_nonzero(closed), source)
    target = np.flatnonzero(closed)
    origin = source.reshape(-1)[target]
    rgb[target] = rgb[origin]
    depth[target] = depth[origin]
    provenance[target] = GENERATED
    return closed
