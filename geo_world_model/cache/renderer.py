# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Rendering the cache: a pure function of points, version, canonical pose and camera.

First every point competes for the one pixel of its centre, in the image and in a margin of REACH
pixels around it, then each winner covers its footprint; the nearest wins. At a centre equal
depths go to the older operation and, within one, to the canonical order; between footprints to the
centre above, then to the left.
Behind the surfaces lie the unbounded directions, where the older one wins. A pixel whose winner
turns its back, or that looks through the gaps of a nearer magnified surface, is unknown, and its
depth is an upper bound. Unknown components below 16 pixels are closed by a fixed rule.
`reference.py` says the same slowly; both agree bit for bit, whatever the number of threads.
"""

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import get_num_threads

from geo_world_model.cache import closure, covering, culling, gaps, landing, passes, resolving
from geo_world_model.cache.footprint import NEAR, REACH
from geo_world_model.cache.image_memory import Pixels, scratch
from geo_world_model.cache.slopes import SLOPE
from geo_world_model.geometry.view import GENERATED, View

#: Raised by one whenever the bytes that are rendered change: answers are promised under
#: one rule only.
RENDERING_RULE = 2

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


def optics(camera):
    """Return cx, cy (with the margin), fx ** -2, fy ** -2, 1 / (fx fy), (5,) float32."""
    return np.array([camera.cx + REACH, camera.cy + REACH, camera.fx ** -2.0, camera.fy ** -2.0,
                     1.0 / (camera.fx * camera.fy)], np.float32)


def render(cloud, camera, pose, version, close_all=False):
    """
    Render a point cloud.

    cloud: PointCloud; camera: PinholeCamera; pose: canonical Pose; version: int, the last
    operation that is seen; close_all: close every hole, not only the small ones.
    Returns a Rendering. Pure: the same arguments give the same bytes.
    """
    return cloud.read(lambda: _render(cloud, camera, pose, version, close_all))


def _render(cloud, camera, pose, version, close_all):
    width, height = camera.width, camera.height
    threads = get_num_threads()
    s, far = cloud.surfaces, cloud.directions
    P, lens = projection(camera, pose), optics(camera)
    behind = _draw_directions(far, camera, P, version)
    centres = _draw_centres(s, camera, P, version, False)
    drawn = scratch('drawn', width * height, np.uint64)
    out = Pixels(width * height)
    tiles = scratch('tiles', (-(-height // gaps.TILE_ROWS), -(-width // gaps.TILE_COLUMNS), 2),
                     np.uint32)
    ring = resolving.RING * (width + 2 * REACH)
    wide, unknown = resolving.show(
        centres, behind, s.words, far.words, P, lens, width, height,
        scratch('facts', (threads, ring), np.uint64),
        scratch('slopes', (threads, ring * SLOPE), np.float32), tiles, drawn,
        out.rgb.reshape(-1), out.depth, out.provenance, out.operation, out.bound)
    if wide:
        see_through = scratch('gaps', width * height, np.bool_)
        if gaps.find_gaps(drawn, out.operation, out.provenance, width, height, tiles,
                          see_through):
            unknown = True
            gaps.hide(see_through, drawn, width, height, out.rgb, out.depth, out.provenance,
                      out.operation, out.bound)
    shape = (height, width)
    out.closed[:] = False
    if unknown:
        _close(out, width, height, close_all)
    return Rendering(out.rgb.reshape(height, width, 3), out.depth.reshape(shape),
                     out.provenance.reshape(shape), out.operation.reshape(shape),
                     out.bound.reshape(shape), out.closed.reshape(shape),
                     lambda: _passes(cloud, camera, pose, version))


def render_many(cloud, views, version, close_all=False):
    """
    Render a point cloud for the cameras of a rig, a stereo pair, a ring of depth rays.

    views: list of (camera, pose). Returns a list of Renderings in the same order. One by one:
    there is little to share. Culling takes 1 to 3 % of a rendering; drawing the points is bound by
    arithmetic, not by reading them; a thread for each image instead of two threads for one took 1
    to 3 % more of their time (1 and 4 million points, rings of 4 cameras).
    """
    return [render(cloud, camera, pose, version, close_all) for camera, pose in views]


def _draw_centres(points, camera, P, version, unbounded):
    """Keys of the centre winners, with the margin, in memory that the next call writes again."""
    version, near = np.uint32(min(version, 0xFFFFFFFE)), _FORWARD if unbounded else NEAR
    threads = get_num_threads()
    width, height = camera.width + 2 * REACH, camera.height + 2 * REACH
    count = int(np.searchsorted(points.chunk_operation, version, side='right'))
    visible = scratch('chunks', (max(count, 1), 6), np.int32)
    visible = visible[:culling.visible_chunks(points.chunk_groups, points.chunk_box, count,
                                              points.chunk_retired, version, P, near, width,
                                              height, threads, visible)]
    hide = not unbounded and len(visible) * 1024 > 4 * width * height
    order = np.arange(len(visible))
    if hide:
        culling.near_to_far(visible, order)
    edges = np.empty(threads + 1, np.int64)
    culling.split_rows(visible, points.chunk_start, height, threads, edges)
    keys = scratch('far centres' if unbounded else 'centres',
                    width * height + threads * passes.TRASH, np.uint64)
    passes.draw_centres(points.x, points.y, points.z, points.retired, points.chunk_start,
                        points.chunk_retired, visible, order, version, P, near, unbounded, width,
                        edges, hide, points.used, keys)
    keys = keys[:width * height]
    if len(points.used):
        passes.note_winners(keys, points.used)
    return keys


def _draw_directions(points, camera, P, version):
    """Keys of the directions that are seen, (H * W,); empty when there are none."""
    if not points.count:
        return np.empty(0, np.uint64)
    P = P.copy()
    P[:, 3] = 0.0
    centres = _draw_centres(points, camera, P, version, True)
    drawn = scratch('far drawn', camera.width * camera.height, np.uint64)
    covering.cover(centres, points.words, P, optics(camera), True, camera.width,
                   camera.height, get_num_threads(), drawn)
    return drawn


def _passes(cloud, camera, pose, version):
    """What witnesses want to know, as arrays of their own."""
    return cloud.read(lambda: _draw_passes(cloud, camera, pose, version))


def _draw_passes(cloud, camera, pose, version):
    s, shape = cloud.surfaces, (camera.height, camera.width)
    outer = camera.height + 2 * REACH, camera.width + 2 * REACH
    P, lens = projection(camera, pose), optics(camera)
    behind = _draw_directions(cloud.directions, camera, P, version)
    centres = _draw_centres(s, camera, P, version, False)
    box = np.empty(outer, np.uint32)
    landing.measure_footprints(centres, s.words, P, lens, False, *outer[::-1], box.reshape(-1))
    drawn = scratch('drawn', camera.width * camera.height, np.uint64)
    covering.cover(centres, s.words, P, lens, False, *shape[::-1], get_num_threads(), drawn)

    def depth(keys):
        # the bits of a key without a point are those of a NaN
        return (keys >> passes.DEPTH_SHIFT).astype(np.uint32).view(np.float32)

    centre_depth, drawn_depth = depth(centres), depth(drawn)
    centre_depth[np.isnan(centre_depth)] = np.inf
    if behind.size:
        drawn_depth[np.isnan(drawn_depth) & (behind != passes.EMPTY)] = np.inf
    box &= np.uint32(0x1F1F1F1F)
    return Passes(centre_depth.reshape(outer), box.view(np.uint8).reshape(*outer, 4),
                  drawn_depth.reshape(shape))


def _close(out, width, height, close_all):
    """Fill small holes, or all, from their nearest known pixels."""
    if close_all:
        target = np.flatnonzero(out.provenance == 0).astype(np.int32)
    else:
        target = scratch('holes', width * height, np.int32)
        target = target[:closure.small_holes(out.provenance, width, height, closure.HOLE_PIXELS,
                                             target)]
    if 0 < target.size < width * height:
        origin = np.empty_like(target)
        closure.nearest_known(out.provenance, width, height, target, origin)
        closure.fill(target, origin, GENERATED, out.rgb, out.depth, out.provenance,
                     out.closed)
