# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which generated points may enter: none that a witness would see on a pixel it knows.

A candidate is admissible for a witness when it loses its centre pixel, or when every protected
pixel under its whole footprint (and under the footprint of the point it displaces) shows something
strictly nearer. Otherwise it is pushed back along its ray, in the end to the unbounded, where ties
go to the older operation; what no depth satisfies is refused.
The conditions hold for each candidate alone and therefore for all of them together: a displaced
winner was nowhere visible on a protected pixel, and nothing admitted is drawn on one.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import float32, int32, njit, prange

from geo_world_model.cache.depth_code import DEPTHS, UNBOUNDED
from geo_world_model.cache.footprint import (extents, NEAR, pack_tangents, project, reach, REACH,
                                             tangents, unit_depth, unpack_tangents)
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.renderer import projection
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: One push moves a candidate 2 % further along its ray.
PUSH_CODES = 188
#: A candidate that would have to move further than this factor becomes unbounded at once.
PUSH_LIMIT_CODES = 24000

_FREE = np.float32(-1.0)
_SKY = np.float32(3.0e38)
_FAST = dict(nogil=True, cache=True, error_model='numpy')


@dataclass(frozen=True)
class Witness:
    """
    What a shown view protects.

    centre_depth float32 and centre_box uint8 as in Rendering, with the margin; guard (H, W)
    float32: a candidate drawn at the pixel must be strictly farther than this (-1: the pixel is
    not protected; 3e38: a direction is shown; +Inf: nothing may be drawn).
    """

    camera: PinholeCamera
    pose: Pose
    centre_depth: np.ndarray
    centre_box: np.ndarray
    guard: np.ndarray

    @property
    def nbytes(self):
        """Memory it holds, bytes."""
        return self.centre_depth.nbytes + self.centre_box.nbytes + self.guard.nbytes


def make_witness(camera, pose, rendering):
    """
    Protect what `rendering` shows to `camera` at `pose`.

    Known and closed pixels are protected, and unknown ones within two pixels of a closed one:
    what appears there could change how the hole beside it was closed.
    """
    protected = rendering.provenance > 0
    if rendering.closed.any():
        around = cv2.dilate(rendering.closed.astype(np.uint8), np.ones((5, 5), np.uint8))
        protected = protected | (around > 0)
    guard = np.where(np.isnan(rendering.drawn_depth), np.float32(np.inf), rendering.drawn_depth)
    guard = np.where(np.isposinf(rendering.drawn_depth), _SKY, guard)
    guard = np.where(protected, guard, _FREE).astype(np.float32)
    return Witness(camera, pose, rendering.centre_depth, rendering.centre_box, guard)


class Candidates:
    """
    Pixels of a generated view that ask to be admitted.

    camera, pose: of the view; pixels (N,) int64 flat indices; depth_code (N,) uint16;
    normal_code (N,) uint16; limit (N,) uint16: the largest code a push may reach without being
    hidden (65535: none). `depth_code` becomes 0 where a candidate is refused.
    """

    def __init__(self, camera, pose, pixels, depth_code, normal_code, limit):
        self.camera, self.pose, self.pixels = camera, pose, pixels
        self.depth_code = depth_code.astype(np.int32)
        self.normal_code, self.limit = normal_code, limit.astype(np.int32)
        matrix = pose.matrix
        row, column = np.divmod(pixels, camera.width)
        ray = np.stack([(column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy])
        rotation = matrix[:3, :3]
        self._ray = np.stack([rotation[k, 0] * ray[0] + rotation[k, 1] * ray[1] + rotation[k, 2]
                              for k in range(3)])
        self._norm = np.sqrt(ray[0] * ray[0] + ray[1] * ray[1] + 1.0)
        self._start = self.depth_code.copy()
        self._shape = np.empty((pixels.size, 15), np.float32)
        _shapes(column, row, NORMALS[normal_code], camera.fx, camera.fy, camera.cx, camera.cy,
                np.ascontiguousarray(rotation), self._shape)

    def any_inside(self, camera, pose, chosen):
        """Whether a chosen candidate, (N,) bool, lands in this camera's image or its margin."""
        return _any_inside(self.depth_code, chosen, self._ray, self._norm,
                           self.pose.matrix[:3, 3].copy(), DEPTHS, projection(camera, pose),
                           camera.width + 2 * REACH, camera.height + 2 * REACH)

    def yield_to(self, witness, chosen):
        """
        Push chosen candidates back until `witness` sees no change; return (N,) bool: moved.

        witness: Witness; chosen (N,) bool.
        """
        moved = np.zeros(self.pixels.size, np.bool_)
        _yield(self.depth_code, self._start, self.limit, chosen, moved, self._ray, self._norm,
               self.pose.matrix[:3, 3].copy(), self._shape, DEPTHS,
               projection(witness.camera, witness.pose), witness.centre_depth, witness.centre_box,
               witness.guard)
        return moved


def admit(candidates, witnesses):
    """
    Settle the depth of every candidate so that no witness changes.

    candidates: Candidates, changed in place; witnesses: a list of (camera, pose, load) where
    load() returns the Witness and is only called when a candidate lands in its image. A push can
    move a candidate into the way of a witness that had agreed, so the round is repeated for the
    moved ones until nothing moves; depths only grow, so it ends.
    """
    pending = [np.ones(candidates.pixels.size, np.bool_) for _ in witnesses]
    while True:
        anything = False
        for index, (camera, pose, load) in enumerate(witnesses):
            chosen = pending[index] & (candidates.depth_code > 0)
            pending[index] = np.zeros_like(chosen)
            if not chosen.any() or not candidates.any_inside(camera, pose, chosen):
                continue
            moved = candidates.yield_to(load(), chosen)
            if moved.any():
                anything = True
                for other, waiting in enumerate(pending):
                    if other != index:
                        waiting |= moved
        if not anything:
            return candidates


@njit(inline='always', **_FAST)
def _position(code, depths, ray, norm, centre, i):
    """World position (or unit direction) of a candidate: the arithmetic of unproject_pixels."""
    d = np.float64(depths[code])
    if d < np.inf:
        return (float32(ray[0, i] * d + centre[0]), float32(ray[1, i] * d + centre[1]),
                float32(ray[2, i] * d + centre[2]))
    d = 1.0 / norm[i]
    return float32(ray[0, i] * d), float32(ray[1, i] * d), float32(ray[2, i] * d)


@njit(**_FAST)
def _shapes(column, row, normals, fx, fy, cx, cy, rotation, out):
    """
    Write the tangents of lay_pixels at unit depth, out (N, 15) float32: as a surface (7), flat as
    a direction (7), and the depth of the direction.
    """
    turn = rotation.astype(np.float32)
    flat = np.array([0.0, 0.0, -1.0], np.float32)
    for i in range(column.size):
        rx, ry = float32((column[i] - cx) / fx), float32((row[i] - cy) / fy)
        tangents(rx, ry, normals[i], turn, float32(fx), float32(fy), out[i, :7])
        tangents(rx, ry, flat, turn, float32(fx), float32(fy), out[i, 7:14])
        out[i, 14] = unit_depth(rx, ry)


@njit(**_FAST)
def _any_inside(codes, chosen, ray, norm, centre, depths, P, width, height):
    for i in range(codes.size):
        if not chosen[i]:
            continue
        x, y, z = _position(codes[i], depths, ray, norm, centre, i)
        if codes[i] == UNBOUNDED:
            d = P[2, 0] * x + P[2, 1] * y + P[2, 2] * z
            u = (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z) / d
            v = (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z) / d
        else:
            u, v, d = project(P, x, y, z)
        # one pixel more than the exact test below, which decides
        if d > float32(0.0) and -2 < u < width + 1 and -2 < v < height + 1:
            return True
    return False


@njit(parallel=True, **_FAST)
def _yield(codes, start, limit, chosen, moved, ray, norm, centre, shape, depths, P, centre_depth,
           centre_box, guard):
    for i in prange(codes.size):
        if not chosen[i]:
            continue
        code = codes[i]
        while code > 0 and not _admissible(code, i, ray, norm, centre, shape, depths, P,
                                           centre_depth, centre_box, guard):
            moved[i] = True
            if code == UNBOUNDED:
                code = 0
            elif limit[i] < UNBOUNDED:
                code = code + PUSH_CODES if code + PUSH_CODES <= limit[i] else 0
            elif code - start[i] >= PUSH_LIMIT_CODES or code + PUSH_CODES >= UNBOUNDED:
                code = UNBOUNDED
            else:
                code = code + PUSH_CODES
        codes[i] = code


@njit(inline='always', **_FAST)
def _admissible(code, i, ray, norm, centre, shape, depths, P, centre_depth, centre_box, guard):
    height, width = centre_depth.shape
    x, y, z = _position(code, depths, ray, norm, centre, i)
    if code == UNBOUNDED:
        d = P[2, 0] * x + P[2, 1] * y + P[2, 2] * z
        if not d > float32(0.01):
            return True
        inverse = float32(1.0) / d
        u = (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z) * inverse
        v = (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z) * inverse
    else:
        u, v, d = project(P, x, y, z)
        if not d > NEAR:
            return True
    pu, pv = u + float32(0.5), v + float32(0.5)
    if not (pu >= float32(0.0) and pu < float32(width) and pv >= float32(0.0)
            and pv < float32(height)):
        return True
    column, row = int32(pu), int32(pv)
    if code == UNBOUNDED:
        words = pack_tangents(shape[i, 7:14], shape[i, 14])
    else:
        if centre_depth[row, column] <= d:
            return True
        words = pack_tangents(shape[i, :7], depths[code])
    ax, ay, az, bx, by, bz, _ = unpack_tangents(words[0], words[1], words[2])
    wide, high = extents(P, u, v, d, ax, ay, az, bx, by, bz)
    if code == UNBOUNDED:
        d = float32(np.inf)
    left, right = reach(u, wide, column)
    up, down = reach(v, high, row)
    if code != UNBOUNDED:
        left = max(left, int32(centre_box[row, column, 0]))
        right = max(right, int32(centre_box[row, column, 1]))
        up = max(up, int32(centre_box[row, column, 2]))
        down = max(down, int32(centre_box[row, column, 3]))
    for r in range(max(row - up, REACH), min(row + down + 1, height - REACH)):
        for c in range(max(column - left, REACH), min(column + right + 1, width - REACH)):
            if not guard[r - REACH, c - REACH] < d:
                return False
    return True
