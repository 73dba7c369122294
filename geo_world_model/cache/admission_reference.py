# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The rule of admission written out slowly, candidate by candidate: the oracle of the kernels."""

import numpy as np

from geo_world_model.cache.admission import FREE_STEPS, STEPS
from geo_world_model.cache.depth_code import DEPTHS, UNBOUNDED
from geo_world_model.cache.footprint import (half_extents, NEAR, pack_tangents, project, reach,
                                             REACH)
from geo_world_model.cache.renderer import projection
from geo_world_model.cache.witness import FORBIDDEN, FREE, pack, shapes
from geo_world_model.cache.objection import RIGHT_BEHIND

_BASE, _SHIFT, _LAST = 0x3D000000, 11, 65000


class _SlowWitness:
    """guard, centre, and the reach of the centres' winners, of one view as arrays."""

    def __init__(self, camera, pose, rendering, protected):
        inner, outer, blocks = shapes(camera)
        self.guard, self.centre = np.empty(inner, np.uint16), np.empty(outer, np.uint16)
        pack(rendering, protected, self.guard, self.centre, np.empty(outer, np.uint16),
             np.empty(blocks, np.uint16))
        self.box = rendering.centre_box.astype(int)
        self.P = projection(camera, pose)

    def pixel(self, point, far):
        """Column and row within the margin, u, v, depth; None where nothing is drawn."""
        if far:
            x, y, z = point
            P = self.P
            d = P[2, 0] * x + P[2, 1] * y + P[2, 2] * z
            if not d > np.float32(0.01):
                return None
            inverse = np.float32(1.0) / d
            u = (P[0, 0] * x + P[0, 1] * y + P[0, 2] * z) * inverse
            v = (P[1, 0] * x + P[1, 1] * y + P[1, 2] * z) * inverse
        else:
            u, v, d = project(self.P, *point)
            if not d > NEAR:
                return None
        column, row = np.floor(np.float32(u) + np.float32(0.5)), np.floor(
            np.float32(v) + np.float32(0.5))
        if not (0 <= column < self.centre.shape[1] and 0 <= row < self.centre.shape[0]):
            return None
        return int(column), int(row), u, v, d

    def objects(self, point, far, shape, depth):
        """Whether a pixel that is protected would change."""
        landed = self.pixel(point, far)
        if landed is None:
            return False
        column, row, u, v, d = landed
        if far:
            code = FORBIDDEN
            packed = pack_tangents(shape[7:14], shape[14])
        else:
            code = _below(d)
            if self.centre[row, column] <= code:
                return False
            packed = pack_tangents(shape[:7], depth)
        wide, high = half_extents(self.P, column, row, d, *packed)
        boxes = [(*reach(u, wide, np.int32(column)), *reach(v, high, np.int32(row)))]
        if not far and self.centre[row, column] < FORBIDDEN:
            left, right, up, down = self.box[row, column]
            boxes.append((*(max(left, right),) * 2, *(max(up, down),) * 2))
        return any(np.any(self.guard[
            max(row - up - REACH, 0):max(row + down + 1 - REACH, 0),
            max(column - left - REACH, 0):max(column + right + 1 - REACH, 0)] >= code)
            for left, right, up, down in boxes)

    def is_right_before(self, point):
        """Whether it shows a surface right before a point."""
        landed = self.pixel(point, False)
        if landed is None:
            return False
        column, row, code = landed[0] - REACH, landed[1] - REACH, _below(landed[4])
        if not (0 <= column < self.guard.shape[1] and 0 <= row < self.guard.shape[0]):
            return False
        guard = int(self.guard[row, column])
        return guard > FREE and code - RIGHT_BEHIND <= guard <= code


def admit_slowly(candidates, views):
    """
    Return what admission.admit returns, (N,) uint16.

    views: a list of (camera, pose, Rendering, protected pixels).
    """
    witnesses = [_SlowWitness(*view) for view in views]
    out = np.zeros(candidates.pixels.size, np.uint16)
    for i in range(out.size):
        start = int(candidates.depth_code[i])
        far = start == UNBOUNDED
        last = min(start + int(FREE_STEPS[-1]), UNBOUNDED - 1)
        strict = [w for w in witnesses if not far and w.objects(
            _point(candidates, last, i), far, candidates.shape[i], DEPTHS[last])]
        for step in STEPS[:1] if far else STEPS:
            code = start + int(step)
            if step and (code > candidates.limit[i] or code >= UNBOUNDED):
                break
            point = _point(candidates, code, i)
            if any(w.objects(point, far, candidates.shape[i], DEPTHS[code]) for w in witnesses):
                continue
            if step > FREE_STEPS[-1] and not all(w.is_right_before(point) for w in strict):
                continue
            out[i] = code
            break
    return out


def _point(candidates, code, i):
    depth = np.float64(DEPTHS[code])
    if depth < np.inf:
        return tuple(np.float32(candidates.ray[k, i] * depth + candidates.centre[k])
                     for k in range(3))
    return tuple(np.float32(candidates.ray[k, i] * (1.0 / candidates.norm[i])) for k in range(3))


def _below(depth):
    bits = int(np.float32(depth).view(np.uint32))
    return min(max((bits - _BASE) >> _SHIFT, 0), _LAST)
