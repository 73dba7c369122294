# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Rays through many scenes at once, in torch: what ray_caster.py does ray by ray.

All rays walk their trees in step; those that are done leave. The trees of all scenes lie one after
the other, so that scenes of any size share a batch.
"""

from dataclasses import dataclass

import numpy as np
import torch

from geo_world_model.datasets.procedural.primitives import BOX, CONE, CYLINDER, ELLIPSOID
from geo_world_model.datasets.procedural.ray_caster import (
    ANCHOR, HALF, KIND, MATERIAL, MATRIX, OFFSET)

_TINY = 1e-12
#: Rays are gathered anew when fewer than this share of them are under way.
_GATHER = 0.7


@dataclass(frozen=True, eq=False)
class Trees:
    """
    The trees of B scenes; T nodes, the last one beyond all, and N shapes.

    bounds (T, 6), shapes (N, 20) of a floating dtype; skip, first, count (T,) and roots, ends
    (B,) int64: the first node of a scene and the one after its last. steps: how many steps of rays
    were walked so far, as the one entry of a list.
    """

    bounds: torch.Tensor
    skip: torch.Tensor
    first: torch.Tensor
    count: torch.Tensor
    shapes: torch.Tensor
    roots: torch.Tensor
    ends: torch.Tensor
    steps: list

    @classmethod
    def of(cls, trees, device, dtype):
        """Join the `tree` of numba Renderers, whose materials are already those of the batch."""
        shapes, bounds, skip, first, count = zip(*trees)
        nodes = np.cumsum([0, *(len(part) for part in skip)])
        rows = np.cumsum([0, *(len(part) for part in shapes)])
        nowhere = np.full((1, 6), np.nan)
        joined = (np.concatenate([*(part + nodes[k] for k, part in enumerate(skip)),
                                  nodes[-1:]]),
                  np.concatenate([*(part + rows[k] for k, part in enumerate(first)), [0]]),
                  np.concatenate([*count, [0]]), nodes[:-1], nodes[1:])
        skip, first, count, roots, ends = (torch.as_tensor(part, device=device)
                                           for part in joined)
        bounds, shapes = (torch.as_tensor(part, dtype=dtype, device=device) for part in (
            np.concatenate([*bounds, nowhere]), np.concatenate(shapes)))
        return cls(bounds, skip, first, count, shapes, roots, ends, [0])

    def nearest(self, scene, origin, direction, low, high):
        """
        First shape that each ray enters: (ray parameter, row), or (inf, -1).

        scene (R,) int64; origin, direction (R, 3); o + t d for t between the numbers low and high.
        """
        return self._walk(scene, origin, direction, low, torch.full_like(origin[:, 0], high),
                          False)

    def blocked(self, scene, origin, direction, high):
        """Whether some shape is on a ray before t = high, (R,) bool; high (R,)."""
        return self._walk(scene, origin, direction, 0.0, high, True)[1] >= 0

    def _walk(self, scene, origin, direction, low, high, any_shape):
        count, beyond = len(origin), len(self.skip) - 1
        best, found = high.clone(), torch.full_like(scene, -1)
        number = torch.arange(count, device=scene.device)
        node, end, o, d = self.roots[scene], self.ends[scene], origin, direction
        inverse, so_far = 1.0 / _apart(direction), best.clone()
        while len(number):
            self.steps[0] += len(number)
            box = self.bounds[node]
            a, b = (box[:, :3] - o) * inverse, (box[:, 3:] - o) * inverse
            enter = torch.minimum(a, b).amax(1).clamp_min(low)
            leave = torch.minimum(torch.maximum(a, b).amin(1), so_far)
            met = enter <= leave * 1.000001
            leaf = torch.nonzero(met & (self.count[node] > 0))[:, 0]
            for k in range(2 if len(leaf) else 0):
                at = leaf[self.count[node[leaf]] > k]
                row = self.first[node[at]] + k
                enter, leave = _interval(self.shapes[row], o[at], d[at])
                hit = (low < enter) & (enter < leave) & (enter < so_far[at])
                at = at[hit]
                so_far[at] = enter[hit]
                best[number[at]], found[number[at]] = enter[hit], row[hit]
                if any_shape:
                    end[at] = 0
            node = torch.where(met, node + 1, self.skip[node])
            under_way = node < end
            left = int(under_way.sum())
            if left < _GATHER * len(number):
                number, node, end, o, d, inverse, so_far = (
                    part[under_way] for part in (number, node, end, o, d, inverse, so_far))
            else:
                node = torch.where(under_way, node, beyond)
        return torch.where(found >= 0, best, torch.inf), found

    def surface(self, row, point):
        """
        Outward unit normal (R, 3), texture coordinates (R, 2) in m and axis (R,) of points.

        row: the shape of each; axis: as ray_caster.surface has it.
        """
        shapes = self.shapes[row]
        q, half, anchor = _local(shapes, point), shapes[:, HALF:HALF + 3], \
            shapes[:, ANCHOR:ANCHOR + 3]
        kind, size = shapes[:, KIND], q.abs()
        # of equal ones the first
        face = torch.where((size[:, 0] >= size[:, 1]) & (size[:, 0] >= size[:, 2]), 0,
                           torch.where(size[:, 1] >= size[:, 2], 1, 2))
        round_, slope = q[:, :2].square().sum(1).sqrt(), 0.5 * (1.0 - q[:, 2])
        top = torch.where(kind == CONE, q[:, 2] + 1.0 < (round_ - slope).abs(),
                          (kind == CYLINDER) & (round_ < size[:, 2]))
        axis = torch.where(kind == BOX, face, torch.where(top, 2, -1))
        flat = torch.zeros_like(q).scatter_(1, axis.clamp_min(0)[:, None], 1.0) * q
        side = q * torch.tensor([1.0, 1.0, 0.0], dtype=q.dtype, device=q.device)
        curved = torch.where((kind == CYLINDER)[:, None], side, q)
        curved = torch.where((kind == CONE)[:, None],
                             torch.cat([q[:, :2], 0.5 * slope[:, None]], 1), curved)
        normal = torch.where((axis >= 0)[:, None], flat, curved)
        normal = (shapes[:, MATRIX:MATRIX + 9].reshape(-1, 3, 3) * normal[:, :, None]).sum(1)
        normal = normal / normal.square().sum(1, keepdim=True).sqrt().clamp_min(_TINY)
        plane = q * half + anchor
        across, up = _face_axes(axis)
        v = torch.where(kind == ELLIPSOID, torch.asin(q[:, 2].clamp(-1, 1)), q[:, 2]) * half[:, 2]
        u = torch.atan2(q[:, 1], q[:, 0]) * half[:, 0]
        uv = torch.stack([torch.where(axis >= 0, _pick(plane, across), u),
                          torch.where(axis >= 0, _pick(plane, up), v)], 1)
        return normal, uv, axis

    def along(self, row, axis, move):
        """Move (R, 2) of the texture coordinates (m) for moves (R, 3) on the faces of an axis."""
        shapes = self.shapes[row]
        matrix = shapes[:, MATRIX:MATRIX + 9].reshape(-1, 3, 3)
        metres = (matrix * move[:, None, :]).sum(2) * shapes[:, HALF:HALF + 3]
        across, up = _face_axes(axis)
        return torch.stack([_pick(metres, across), _pick(metres, up)], 1)

    def material(self, row):
        """Number of the material (R,) int64 of each shape."""
        return self.shapes[row, MATERIAL].long()


def _face_axes(axis):
    """Return the axes along which u and v grow on the face of an axis."""
    return torch.where(axis == 0, 1, 0), torch.where(axis == 2, 1, 2)


def _pick(values, axis):
    return values.gather(1, axis[:, None])[:, 0]


def _apart(value):
    return torch.where(value.abs() < _TINY, _TINY, value)


def _local(shapes, point):
    matrix = shapes[:, MATRIX:MATRIX + 9].reshape(-1, 3, 3)
    return (matrix * point[:, None, :]).sum(2) + shapes[:, OFFSET:OFFSET + 3]


def _interval(shapes, origin, direction):
    """Ray parameters (R,) where rays enter and leave shapes; enter >= leave where they miss."""
    kind, p = shapes[:, KIND], _local(shapes, origin)
    e = _apart((shapes[:, MATRIX:MATRIX + 9].reshape(-1, 3, 3) * direction[:, None, :]).sum(2))
    near, far = (-1.0 - p) / e, (1.0 - p) / e
    near, far = torch.minimum(near, far), torch.maximum(near, far)
    # a cylinder is round about its z alone
    e_z, p_z = (torch.where(kind == ELLIPSOID, part[:, 2], 0.0) for part in (e, p))
    a = e[:, 0] * e[:, 0] + e[:, 1] * e[:, 1] + e_z * e_z
    b = p[:, 0] * e[:, 0] + p[:, 1] * e[:, 1] + p_z * e_z
    c = p[:, 0] * p[:, 0] + p[:, 1] * p[:, 1] + p_z * p_z - 1.0
    square = b * b - a * c
    root = square.clamp_min(0).sqrt()
    enter = torch.where(square <= 0, torch.inf, (-b - root) / a)
    leave = torch.where(square <= 0, -torch.inf, (-b + root) / a)
    tip, cone = _within_cone(p, e), kind == CONE
    enter, leave = torch.where(cone, tip[0], enter), torch.where(cone, tip[1], leave)
    tube = (kind == CYLINDER) | cone
    enter = torch.where(tube, torch.maximum(enter, near[:, 2]), enter)
    leave = torch.where(tube, torch.minimum(leave, far[:, 2]), leave)
    box = kind == BOX
    return (torch.where(box, near.amax(1), enter), torch.where(box, far.amin(1), leave))


def _within_cone(p, e):
    """As ray_caster._within_cone, p and e (R, 3)."""
    s, ez = 1.0 - p[:, 2], e[:, 2]
    a = e[:, 0] * e[:, 0] + e[:, 1] * e[:, 1] - 0.25 * ez * ez
    b = p[:, 0] * e[:, 0] + p[:, 1] * e[:, 1] + 0.25 * s * ez
    c = p[:, 0] * p[:, 0] + p[:, 1] * p[:, 1] - 0.25 * s * s
    square = b * b - a * c
    root = square.clamp_min(0).sqrt()
    q = torch.where(b > 0, -b - root, -b + root)
    first, second = q / _apart(a), c / _apart(q)
    low, high = torch.minimum(first, second), torch.maximum(first, second)
    wide = a > 0
    misses = wide & ((square <= 0) | (s - 0.5 * (low + high) * ez <= 0))
    upward = ez > 0
    enter = torch.where(wide, low, torch.where(upward, -torch.inf, high))
    leave = torch.where(wide, high, torch.where(upward, low, torch.inf))
    return torch.where(misses, torch.inf, enter), torch.where(misses, -torch.inf, leave)
