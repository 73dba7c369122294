# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The unseen side of a room: a floor, a ceiling and walls where no measured plane bounds it.

They are guesses, placed just beyond all that was measured in their direction. A guess that a
committed view shows comes back with the notes and stays where it is.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.structure.plane import along, CEILING, FLOOR, Plane, WALL
from geo_world_model.generators.structure.plane_map import PlaneMap

#: Share of the points of a direction that lie before its wall, and how far at least the wall is
#: from every eye, in scales of the scene.
BEFORE, NEAREST = 98.5, 1.1
#: Cosine to a direction from which on a measured wall closes it.
CLOSES = 0.8
#: How far over the eyes the ceiling is at least, in scales of the scene.
HEADROOM = 0.5


def close_room(scene: PlaneMap, eye: np.ndarray) -> list[Plane]:
    """Invented planes that close a room around all eyes and `eye` (3,), the asking camera's.

    Empty when nothing that bounds a room was measured: neither a floor nor a wall.
    """
    bounding = [plane for plane in scene.planes if plane.bounding]
    if not any(plane.kind in (FLOOR, WALL) for plane in bounding):
        return []
    eyes = np.concatenate([scene.eyes, eye[None]])
    points = scene.cloud.points
    high = float(np.percentile(points[:, 2], 99.8))
    up = np.array([0.0, 0.0, 1.0])
    added = []
    if not any(plane.kind == FLOOR for plane in bounding):
        low = min(scene.floor, float(np.percentile(points[:, 2], 1)), eyes[:, 2].min())
        added.append(_guess(scene, up, -low, FLOOR))
    if not any(plane.kind == CEILING for plane in bounding):
        top = max(high, eyes[:, 2].max() + HEADROOM * scene.scale)
        added.append(_guess(scene, -up, top, CEILING))
    # The floor's own extent says nothing about walls.
    standing = points[points[:, 2] > scene.floor + 0.05 * scene.scale]
    aside = np.cross(up, scene.heading)
    for normal in (scene.heading, -scene.heading, aside, -aside):
        if any(plane.kind == WALL and np.sum(plane.normal * normal) > CLOSES
               and np.all(plane.height(eyes) > 0) for plane in bounding):
            continue
        farthest_eye = float(np.max(-along(eyes, normal)))
        reach = farthest_eye + NEAREST * scene.scale
        if len(standing):
            reach = max(reach, float(np.percentile(-along(standing, normal), BEFORE))
                        + 0.02 * scene.scale)
        added.append(_guess(scene, normal, reach, WALL))
    return added


def _guess(scene, normal, offset, kind):
    return Plane(np.asarray(normal, np.float64), float(offset), kind, True, True, 0.0, True,
                 np.zeros((0, 3)), scene.heading)
