# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of fusion written out slowly, point by point: the oracle of the kernels."""

from dataclasses import replace

import numpy as np

from geo_world_model.cache.depth_code import decode_depth
from geo_world_model.cache.footprint import (half_extents, NEAR, project, REACH, tangents,
                                             unpack_tangents)
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.renderer import projection

_METRES, _SHARE, _SKIN = np.float32(0.01), np.float32(0.02), np.float32(1.03)
_SHARPER, _JUMP, _CORE = np.float32(2.0), np.float32(4.0), np.float32(0.91)


class _Point:
    """Where a point lands in the view, how large its sample is and which pixels lie under it."""

    def __init__(self, points, index, P, camera):
        u, v, self.depth = project(P, points.x[index], points.y[index], points.z[index])
        column, row = u + np.float32(0.5 - REACH), v + np.float32(0.5 - REACH)
        self.lands = bool(self.depth > NEAR and 0 <= column < camera.width
                          and 0 <= row < camera.height)
        if not self.lands:
            return
        self.column, self.row = int(column), int(row)
        self.trust = points.provenance[index]
        sides = tuple(points.record['tangents'][index])
        *shape, scale, jump = unpack_tangents(*sides)
        self.size = np.float32(_longer_side(shape) * scale * (_JUMP if jump else np.float32(1)))
        half = half_extents(P, np.int32(u + np.float32(0.5)), np.int32(v + np.float32(0.5)),
                            self.depth, *sides)
        wide, high = (min(np.float32(h) * _CORE, np.float32(REACH)) for h in half)
        self.columns = range(int(np.ceil(u - wide)) - REACH, int(np.floor(u + wide)) - REACH + 1)
        self.rows = range(int(np.ceil(v - high)) - REACH, int(np.floor(v + high)) - REACH + 1)


def fuse_slowly(cloud, version, keyframe):
    """Return what fusion.fuse returns: the Keyframe that is left and the points that go (R, 2)."""
    camera, points = keyframe.camera, cloud.surfaces
    P = projection(camera, keyframe.pose)
    depth, trust = decode_depth(keyframe.depth_code), keyframe.provenance
    size = _sample_sizes(keyframe, depth)
    covered = np.zeros(depth.shape, bool)
    gone = []
    with np.errstate(all='ignore'):
        for index in np.flatnonzero(points.retired > version):
            point = _Point(points, index, P, camera)
            if point.lands and trust[point.row, point.column] > 0 and _goes(
                    point, depth, trust, size, covered):
                gone.append(index)
    retired = np.stack([np.array(gone, np.uint32), np.zeros(len(gone), np.uint32)], 1)
    return replace(keyframe, provenance=np.where(covered, 0, trust).astype(np.uint8)), retired


def _goes(point, depth, trust, size, covered):
    """Whether a point goes; marks the pixels that it makes superfluous."""
    at = point.row, point.column
    same = _METRES + _SHARE * depth[at] + size[at]
    less_trusted = point.trust > trust[at]
    if point.depth > depth[at] + same:
        return less_trusted and point.depth < depth[at] * _SKIN
    if less_trusted:
        return True
    equal = point.trust == trust[at]
    if equal and point.depth < depth[at] - same:
        return point.size > size[at] and _is_seen_through(point, depth, trust, size)
    if equal and point.size > _SHARPER * size[at]:
        return _is_replaced(point, depth, trust)
    if equal and point.size <= size[at]:
        covered[at] = True
        return False
    for r in point.rows:
        for c in point.columns:
            if 0 <= r < depth.shape[0] and 0 <= c < depth.shape[1]:
                same = _METRES + _SHARE * depth[r, c] + size[r, c]
                on_it = abs(depth[r, c] - point.depth) <= same + point.size
                if trust[r, c] > point.trust or (
                        on_it and not point.size > _SHARPER * size[r, c]):
                    covered[r, c] = True
    return False


def _is_seen_through(point, depth, trust, size):
    """Whether the pixel of a point and those around it measure something clearly behind it."""
    near = (slice(max(point.row - 1, 0), point.row + 2),
            slice(max(point.column - 1, 0), point.column + 2))
    same = _METRES + _SHARE * depth[near] + size[near]
    return bool(np.all((trust[near] > 0) & (point.depth < depth[near] - same)))


def _is_replaced(point, depth, trust):
    """Whether the same surface was measured everywhere under a point."""
    for r in point.rows:
        for c in point.columns:
            if not (0 <= r < depth.shape[0] and 0 <= c < depth.shape[1] and trust[r, c] > 0):
                return False
            if not abs(depth[r, c] - point.depth) <= _METRES + _SHARE * depth[r, c] + point.size:
                return False
    return True


def _sample_sizes(keyframe, depth):
    """Return the longer side of each pixel laid on its surface, (H, W) float32, metres."""
    camera, size, out = keyframe.camera, np.empty(depth.shape, np.float32), np.empty(7, np.float32)
    for row, column in np.ndindex(depth.shape):
        tangents(np.float32((column - camera.cx) / camera.fx),
                 np.float32((row - camera.cy) / camera.fy),
                 NORMALS[keyframe.normal_code[row, column]], np.eye(3, dtype=np.float32),
                 np.float32(camera.fx), np.float32(camera.fy), out)
        side = _longer_side(out[:6]) * depth[row, column]
        size[row, column] = side * _JUMP if out[6] > 0 else side
    return size


def _longer_side(shape):
    ax, ay, az, bx, by, bz = (np.float32(value) for value in shape)
    return np.sqrt(max(ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz))
