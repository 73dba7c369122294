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
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import get_num_threads

from geo_world_model.cache import closure, culling, passes, resolving
from geo_world_model.cache.footprint import NEAR, REACH
from geo_world_model.geometry.view import GENERATED, View

#: A direction is drawn when it points so far forward.
_FORWARD = np.float32(0.01)

#: What the passes saw: see Rendering.
Passes = namedtuple('Passes', 'centre_depth centre_box drawn_depth')


@dataclass(frozen=True)
class Rendering:
    """
    What the cache shows to one camera.

    rgb (H, W, 3) uint8, depth (H, W) float32 (NaN unknown, +Inf unbounded), provenance (H, W)
    uint8, operation (H, W) uint32 (0: unknown or closed), bound (H, W) float32: upper bound of
    the depth of an unknown pixel (+Inf: none), closed (H, W) bool: filled by the closing rule.
    For witnesses there are also centre_depth (H, W) float32 of the centre winners (+Inf: none),
    centre_box (H, W, 4) uint8 their reach left, right, up, down, and drawn_depth (H, W) float32 of
    whatever covers the pixel (NaN: nothing; +Inf: a direction). The two of the centres include the
    margin: H and W are 2 * REACH more for them. All three are made when first asked for, by
    drawing once more.
    """

    rgb: np.ndarray
    depth: np.ndarray
    provenance: np.ndarray
    operation: np.ndarray
    bound: np.ndarray
    closed: np.ndarray
    _draw_passes: Callable[[], Passes]

    @cached_property
    def _passes(self):
        return self._draw_passes()

    @property
    def centre_depth(self):
        """Depth of the centre winners."""
        return self._passes.centre_depth

    @property
    def centre_box(self):
        """Reach of the centre winners."""
        return self._passes.centre_box

    @property
    def drawn_depth(self):
        """Depth of whatever covers a pixel."""
        return self._passes.drawn_depth

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


def render(cloud, camera, pose, version, close_all=False):
    """
    Render a point cloud.

    cloud: PointCloud; camera: PinholeCamera; pose: canonical Pose; version: int, the last
    operation that is seen; close_all: close every hole, not only the small ones.
    Returns a Rendering. Pure: the same arguments give the same bytes.
    """
    width, height = camera.width, camera.height
    drawn, behind = _draw(cloud, camera, pose, version)
    out = _Pixels(width * height)
    s, far = cloud.surfaces, cloud.directions
    wide, unknown = resolving.resolve(drawn.keys, behind.keys, s.words, far.words, width, height,
                                      out.rgb, out.depth, out.provenance, out.operation,
                                      out.bound)
    if wide:
        see_through = _scratch('gaps', width * height, np.bool_)
        if resolving.find_gaps(drawn.keys, out.depth, out.operation, out.provenance, width, height,
                               see_through):
            unknown = True
            resolving.hide(see_through, width, height, out.rgb, out.depth, out.provenance,
                           out.operation, out.bound)
    shape = (height, width)
    if unknown:
        closed = _close(out, width, height, close_all)
    else:
        closed = np.zeros(width * height, np.bool_)
    return Rendering(out.rgb.reshape(height, width, 3), out.depth.reshape(shape),
                     out.provenance.reshape(shape), out.operation.reshape(shape),
                     out.bound.reshape(shape), closed.reshape(shape),
                     lambda: _passes(cloud, camera, pose, version))


#: Keys of the centres with their boxes, and the keys that are seen; flat.
_Drawn = namedtuple('_Drawn', 'centres box keys')
_NONE = _Drawn(*(np.empty(0, dtype) for dtype in (np.uint64, np.uint32, np.uint64)))


def _draw(cloud, camera, pose, version):
    """Both passes for surfaces and for directions, in memory that the next call writes again."""
    version = np.uint32(min(version, 0xFFFFFFFE))
    P = projection(camera, pose)
    eye = pose.matrix[:3, 3].astype(np.float32)
    drawn = _draw_kind(cloud.surfaces, camera, P, eye, version, False)
    turn = P.copy()
    turn[:, 3] = 0.0
    return drawn, _draw_kind(cloud.directions, camera, turn, np.zeros_like(eye), version, True)


def _draw_kind(points, camera, P, eye, version, unbounded):
    near = _FORWARD if unbounded else NEAR
    threads = get_num_threads()
    name = 'directions' if unbounded else 'surfaces'
    width, height = camera.width, camera.height
    outer_width, outer_height = width + 2 * REACH, height + 2 * REACH
    count = int(np.searchsorted(points.chunk_operation, version, side='right'))
    visible = _scratch('chunks', (max(count, 1), 6), np.int32)
    visible = visible[:culling.visible_chunks(points.chunk_box, count, points.chunk_retired,
                                              version, P, near, outer_width, outer_height,
                                              threads, visible)]
    if unbounded and not len(visible):
        return _NONE
    hide = not unbounded and len(visible) * 1024 > 4 * outer_width * outer_height
    order = np.arange(len(visible))
    if hide:
        culling.near_to_far(visible, order)
    edges = np.empty(threads + 1, np.int64)
    culling.split_rows(visible, points.chunk_start, outer_height, threads, edges)
    keys = _scratch(name + ' centres', outer_width * outer_height + threads * passes.TRASH,
                    np.uint64)
    passes.draw_centres(points.x, points.y, points.z, points.retired, points.chunk_start,
                        points.chunk_retired, visible, order, version, P, near, unbounded,
                        outer_width, edges, hide, keys)
    keys = keys[:outer_width * outer_height]
    box = _scratch(name + ' boxes', outer_width * outer_height, np.uint32)
    passes.measure_footprints(keys, points.words, P, eye, unbounded, outer_width, outer_height,
                              box)
    drawn = _scratch(name + ' drawn', width * height, np.uint64)
    passes.cover(keys, box, width, height, threads, drawn)
    return _Drawn(keys, box, drawn)


def _passes(cloud, camera, pose, version):
    """What witnesses want to know, as arrays of their own."""
    drawn, behind = _draw(cloud, camera, pose, version)
    outer = camera.height + 2 * REACH, camera.width + 2 * REACH

    def depth(keys):
        # the bits of a key without a point are those of a NaN
        return (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)

    centre_depth = depth(drawn.centres)
    centre_depth[np.isnan(centre_depth)] = np.inf
    reaches = drawn.box & np.uint32(0x1F1F1F1F)
    drawn_depth = depth(drawn.keys)
    if behind.keys.size:
        drawn_depth[np.isnan(drawn_depth) & (behind.keys != passes.EMPTY)] = np.inf
    return Passes(centre_depth.reshape(outer), reaches.view(np.uint8).reshape(*outer, 4),
                  drawn_depth.reshape(camera.height, camera.width))


_memory = threading.local()


def _scratch(name, shape, dtype):
    """Return an array kept by thread: fresh ones cost more in page faults than a pass."""
    arrays = _memory.__dict__
    size = int(np.prod(shape))
    if name not in arrays or arrays[name].size < size:
        arrays[name] = np.empty(size, dtype)
    return arrays[name][:size].reshape(shape)


class _Pixels:
    """The arrays of a Rendering, flat."""

    def __init__(self, size):
        self.rgb = np.empty((size, 3), np.uint8)
        self.depth, self.bound = np.empty(size, np.float32), np.empty(size, np.float32)
        self.provenance = np.empty(size, np.uint8)
        self.operation = np.empty(size, np.uint32)


def _close(out, width, height, close_all):
    """Fill small holes, or all, from their nearest known pixels; returns (H * W,) bool."""
    closed = np.zeros(width * height, np.bool_)
    if close_all:
        target = np.flatnonzero(out.provenance == 0).astype(np.int32)
    else:
        target = _scratch('holes', width * height, np.int32)
        target = target[:closure.small_holes(out.provenance, width, height, closure.HOLE_PIXELS,
                                             target)]
    if 0 < target.size < width * height:
        origin = np.empty_like(target)
        closure.nearest_known(out.provenance, width, height, target, origin)
        out.rgb[target] = out.rgb[origin]
        out.depth[target] = out.depth[origin]
        out.provenance[target] = GENERATED
        closed[target] = True
    return closed
