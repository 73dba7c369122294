# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The planes of a scene, merged over its measured views and over what earlier answers noted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo_world_model.generators.structure.detection import (
    ALIKE, Frame, OrientedPoints)
from geo_world_model.generators.structure.plane import (
    along, CEILING, FLOOR, LEVEL, OTHER, Plane, TABLE, WALL)

#: Cosine of the angle to a main direction within which a plane is turned onto it.
SNAP = np.cos(np.radians(4))
#: A plane bounds the scene when at most this share of the points lies behind it and the other
#: lies on it; a wide one needs less, when hardly anything lies behind it.
BEHIND, BEFORE = (0.03, 0.006), (0.03, 0.015)
#: Extent, in scales of the scene, from which on a plane is wide.
WIDE = 0.4
#: Share of a plane's points at the border of a picture that makes it go on beyond.
CUT = 0.01
#: Distances, in tolerances of its points, within which a plane is part of another one.
PART = 2.5
#: How far before and behind a wall its relief reaches, in scales of the scene.
RELIEF = (-0.16, 0.06)
#: Cosine to up from which on a plane that ends somewhere is a table.
FLAT = np.cos(np.radians(8))
MOST_SUPPORT = 3000


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """planes: the best supported first, remembered ones before them. cloud: all measured points.
    eyes: (E, 3) float64, where they were seen from. scale: metres, what lengths are measured in.
    heading: (3,) float64, level. floor: height of the floor over the world's origin, metres."""

    planes: list[Plane]
    cloud: OrientedPoints
    eyes: np.ndarray
    scale: float
    heading: np.ndarray
    floor: float


def build_map(frames: list[Frame], remembered: list[Plane], ground: float) -> PlaneMap | None:
    """Merge the planes of measured views. ground: world z of the ground, metres. None when there
    is no point at all."""
    frames = sorted(frames, key=lambda frame: frame.digest)
    cloud = OrientedPoints.joined([frame.cloud for frame in frames])
    if cloud.depth.size < 3 or not np.isfinite(cloud.scale):
        return None
    eyes = np.array([frame.eye for frame in frames])
    drafts = _merged(_drafts(frames, cloud), cloud)
    heading = remembered[0].heading if remembered else _heading(drafts, eyes, frames)
    planes = [_judged(plane, cloud, eyes, ground) for plane in
              _with_remembered(_oriented(drafts, cloud, heading), remembered, cloud)]
    floors = [plane for plane in planes if plane.kind == FLOOR]
    floor = -floors[0].offset / floors[0].normal[2] if floors else ground
    return PlaneMap(_without_relief(planes, cloud.scale), cloud, eyes, cloud.scale, heading,
                    float(floor))


def _drafts(frames, cloud):
    """Planes of all frames, (normal, offset, member of the joint cloud), largest first."""
    drafts, start = [], 0
    for frame in frames:
        size = frame.cloud.depth.size
        for normal, offset, member in frame.found:
            joint = np.zeros(cloud.depth.size, bool)
            joint[start:start + size] = member
            drafts.append((normal, offset, joint))
        start += size
    return sorted(drafts, key=lambda draft: -np.count_nonzero(draft[2]))


def _merged(drafts, cloud):
    """Join a plane to a better supported one on which nearly all its points lie."""
    kept, tolerance = [], cloud.tolerance
    for normal, offset, member in drafts:
        for index, (other, distance, support) in enumerate(kept):
            off = np.abs(along(cloud.points[member], other) + distance)
            if (np.sum(normal * other) > ALIKE
                    and np.mean(off < PART * tolerance[member]) > 0.8):
                kept[index] = other, distance, support | member
                break
        else:
            kept.append((normal, offset, member))
    return kept


def _heading(drafts, eyes, frames):
    """Level direction of the best supported wall, or that of the first view."""
    for normal, _, _ in drafts:
        if abs(normal[2]) < 0.2:
            return _level(normal)
    return _level(frames[0].view.pose.matrix[:3, 2], frames[0].view.pose.matrix[:3, 0])


def _level(*directions):
    for direction in directions:
        flat = np.array([direction[0], direction[1], 0.0])
        size = np.sqrt(np.sum(flat ** 2))
        if size > 1e-3:
            return flat / size
    return np.array([1.0, 0.0, 0.0])


def _oriented(drafts, cloud, heading):
    """Drafts as planes, turned onto a main direction where their points allow it."""
    up = np.array([0.0, 0.0, 1.0])
    axes = [up, heading, np.cross(up, heading)]
    planes, tolerance = [], cloud.tolerance
    for normal, offset, member in drafts:
        support = cloud.points[member]
        upright = [_level(normal)] if abs(normal[2]) < 0.2 else []
        normal, offset = _snapped(normal, offset, support, tolerance[member], axes + upright)
        planes.append(Plane(normal, offset, OTHER, False, False, float(member.mean()),
                            bool(cloud.border[member].mean() > CUT), _thinned(support), heading))
    return planes


def _snapped(normal, offset, support, tolerance, axes):
    """Turn a plane onto an axis within four degrees, where its points still lie on it."""
    centre = np.median(support, axis=0)
    for axis in axes:
        cosine = np.sum(normal * axis)
        if abs(cosine) > SNAP:
            turned = axis * np.sign(cosine)
            moved = -float(np.sum(centre * turned))
            if np.mean(np.abs(along(support, turned) + moved) < tolerance) > 0.8:
                return turned, moved
    return normal, offset


def _with_remembered(planes, remembered, cloud):
    """Remembered planes stay where they are and gain the support of what lies on them."""
    kept = list(remembered)
    tolerance = PART * 0.015 * cloud.scale
    for plane in planes:
        for index, known in enumerate(kept):
            if (np.sum(plane.normal * known.normal) > ALIKE
                    and np.mean(np.abs(known.height(plane.support)) < tolerance) > 0.8):
                kept[index] = replace(
                    known, share=max(known.share, plane.share), cut=known.cut or plane.cut,
                    invented=False, support=_thinned(
                        np.concatenate([known.support, plane.support])))
                break
        else:
            kept.append(plane)
    return kept


def _judged(plane, cloud, eyes, ground):
    """What a plane is, from what was seen before, on and behind it."""
    if plane.invented or len(plane.support) == 0:
        return plane
    height = plane.height(cloud.points)
    behind = np.mean(height < -0.1 * cloud.scale)
    front = np.all(plane.height(eyes) > 0)
    bounding = bool(front and (
        behind < BEHIND[0] and plane.share > BEFORE[0]
        or behind < BEHIND[1] and plane.share > BEFORE[1]
        and np.max(np.subtract(*plane.extent()[::-1])) > WIDE * cloud.scale))
    cosine = plane.normal[2]
    if cosine > (LEVEL if bounding else FLAT):
        level = np.median(plane.support[:, 2]) - ground
        # what lies well above the ground is a table, and ends somewhere
        is_floor = bounding and level < 0.25 * (eyes[:, 2].max() - ground)
        return replace(plane, kind=FLOOR if is_floor else TABLE, bounding=is_floor)
    if abs(cosine) < 0.35 and bounding:
        return replace(plane, kind=WALL, bounding=True)
    if cosine < -LEVEL and bounding:
        return replace(plane, kind=CEILING, bounding=True)
    return replace(plane, kind=OTHER, bounding=False)


def _without_relief(planes, scale):
    """Drop what is the relief of a larger wall: fronts and backs of shelves, frames, boards."""
    kept = []
    for plane in planes:
        if len(plane.support) and not plane.invented and any(
                _is_relief(plane, wall, scale) for wall in kept):
            continue
        kept.append(plane)
    return kept


def _is_relief(plane, wall, scale):
    if wall.kind != WALL or not len(wall.support) or wall.share < plane.share:
        return False
    height = wall.height(plane.support)
    inside = (height > RELIEF[0] * scale) & (height < RELIEF[1] * scale)
    return bool(np.mean(inside) > 0.8)


def _thinned(points):
    return points[::max(1, len(points) // MOST_SUPPORT)]
