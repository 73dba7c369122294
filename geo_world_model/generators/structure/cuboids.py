# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The hidden sides of boxes: measured faces that meet in convex edges make a cuboid.

A face that stands alone on the floor has a back too; how far behind it is a guess.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.structure.plane import along, LEVEL, OTHER, Plane
from geo_world_model.generators.structure.plane_map import PlaneMap

#: Cosine between two faces below which they are square to each other.
SQUARE = 0.2
#: Share of a face's points near the edge with another face from which on they touch.
TOUCHING = 0.02
#: Width of the band along an edge, and how far a point may lie before the other face, both as
#: shares of the scene's scale.
BAND, BEFORE = 0.03, 0.02
#: Height of a box over the floor, as a share of the scale, below which it stands on the floor.
STANDING = 0.25
#: Largest side of a box, in scales of the scene: what is larger is part of the building.
LARGEST = 1.5
#: Depth of what stands on the floor and shows one face only, as a share of the shorter side of
#: that face.
THICKNESS = 0.6
#: Cosine to a wall, and distance from it in scales, of a face that is part of its shelves.
FITTED = (0.8, 0.25)
#: Distance, in scales, between the middles of what is the same side of the same box.
SAME = 0.2


def hidden_faces(scene: PlaneMap) -> list[Plane]:
    """Planes of the sides of boxes that nobody measured; they end at the edges of their box."""
    faces = [plane for plane in scene.planes
             if not plane.bounding and not plane.invented and len(plane.support) >= 12]
    known = [plane for plane in scene.planes if plane.invented and not plane.bounding]
    added = []
    for group in _groups(faces, scene.scale):
        members = [faces[k] for k in group]
        box = _box(members, scene) if len(members) > 1 else _standing(members[0], scene)
        if box is not None:
            added += [side for side in _sides(members, box, scene)
                      if not any(_same(side, other, scene.scale) for other in known)]
    return added


def _groups(planes, scale):
    """Sets of faces, as indices, that touch each other in convex edges."""
    group = list(range(len(planes)))
    for i in range(len(planes)):
        for j in range(i):
            if _touch(planes[i], planes[j], scale):
                old, new = group[i], group[j]
                group = [new if number == old else number for number in group]
    return [[k for k, number in enumerate(group) if number == wanted]
            for wanted in sorted(set(group))]


def _touch(one, other, scale):
    if abs(np.sum(one.normal * other.normal)) > SQUARE:
        return False
    for face, against in ((one, other), (other, one)):
        height = against.height(face.support)
        # behind the other face all along, and with an edge on it
        if np.mean(height < BEFORE * scale) < 0.9:
            return False
        if np.mean(np.abs(height) < BAND * scale) < TOUCHING:
            return False
    edge = np.abs(other.height(one.support)) < BAND * scale
    beside = np.abs(one.height(other.support)) < BAND * scale
    direction = np.cross(one.normal, other.normal)
    a, b = (along(face.support[near], direction) for face, near in ((one, edge), (other, beside)))
    return min(np.percentile(a, 95), np.percentile(b, 95)) > max(
        np.percentile(a, 5), np.percentile(b, 5))


def _box(planes, scene):
    """Axes (3, 3) and extent along each, (2, 3), of the box that faces span; None if it is not
    an object."""
    upright = [plane for plane in planes if abs(plane.normal[2]) < 0.35]
    level = [plane for plane in planes if plane.normal[2] > LEVEL]
    if not upright:
        return None
    first = max(upright, key=lambda plane: plane.share).normal * [1, 1, 0]
    first = first / np.sqrt(np.sum(first ** 2))
    up = np.array([0.0, 0.0, 1.0])
    axes = np.stack([first, np.cross(up, first), up])
    points = np.concatenate([plane.support for plane in planes])
    inside = np.stack([along(points, axis) for axis in axes], 1)
    low, high = np.percentile(inside, 1, axis=0), np.percentile(inside, 99, axis=0)
    for plane in planes:
        for k, axis in enumerate(axes):
            cosine = np.sum(plane.normal * axis)
            place = float(np.median(along(plane.support, axis)))
            if cosine > 0.9:
                high[k] = place
            elif cosine < -0.9:
                low[k] = place
    if not level and len(upright) < 2:
        return None
    return _as_object(axes, low, high, scene)


def _standing(plane, scene):
    """A box behind a single upright face that reaches down to the floor, as `_box`."""
    if abs(plane.normal[2]) > 0.2 or not plane.cut:
        return None
    if any(wall.bounding and np.sum(wall.normal * plane.normal) > FITTED[0]
           and np.median(wall.height(plane.support)) < FITTED[1] * scene.scale
           for wall in scene.planes):
        return None
    right, up = plane.axes
    low, high = plane.extent()
    front = -plane.offset
    if plane.support[:, 2].min() - scene.floor > STANDING * scene.scale:
        return None
    axes = np.stack([plane.normal, -right, up])
    thickness = THICKNESS * float(np.min(high - low))
    return _as_object(axes, np.array([front - thickness, -high[0], low[1]]),
                      np.array([front, -low[0], high[1]]), scene)


def _as_object(axes, low, high, scene):
    if low[2] - scene.floor < STANDING * scene.scale:
        low[2] = scene.floor
    size = high - low
    if np.any(size <= 0.01 * scene.scale) or np.any(size > LARGEST * scene.scale):
        return None
    return axes, np.stack([low, high])


def _sides(members, box, scene):
    """The faces of a box that none of its measured faces is."""
    axes, extent = box
    added = []
    for k, axis in enumerate(axes):
        for sign, place in ((1.0, extent[1, k]), (-1.0, extent[0, k])):
            normal = sign * axis
            if any(np.sum(plane.normal * normal) > 0.9 for plane in members):
                continue
            if k == 2 and sign < 0:
                continue
            u, v = [other for other in range(3) if other != k]
            corners = np.array([place * axis + extent[i, u] * axes[u] + extent[j, v] * axes[v]
                                for i in (0, 1) for j in (0, 1)])
            added.append(Plane(normal, -float(sign * place), OTHER, False, True, 0.0, False,
                               corners, scene.heading))
    return added


def _same(side, other, scale):
    """Whether an earlier answer showed this side of this box already."""
    apart = np.abs(np.median(side.support, axis=0) - np.median(other.support, axis=0)).max()
    return bool(np.sum(side.normal * other.normal) > 0.95 and apart < SAME * scale)
