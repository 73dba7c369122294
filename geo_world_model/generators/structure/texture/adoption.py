# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The relief of a wall: shelves, boards and recesses close to it are part of its texture."""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.structure.plane import Plane, WALL
from geo_world_model.generators.structure.texture.source import Source

#: Distance from a wall within which things are its relief, as a share of the median depth.
RELIEF = 0.16
#: Share of a smaller plane's pixels that must lie there.
MOSTLY = 0.8


def adopt_relief(source: Source, planes: list[Plane]) -> Source:
    """The source with the relief of its walls labelled as the walls themselves.

    planes: those that the surface of the source counts. Pixels of no plane, and of planes that
    end somewhere and lie mostly there, go to the nearest seen wall that bounds the scene.
    """
    walls = [index for index, plane in enumerate(planes)
             if plane.kind == WALL and plane.bounding and not plane.invented]
    view = source.view
    known = (np.isfinite(view.depth) & (view.depth > 0) & (source.surface >= -1)
             & (source.surface < len(planes)))
    if not walls or not known.any():
        return source
    depth = view.depth[known]
    open_ends = np.array([not plane.bounding and not plane.invented for plane in planes] + [True])
    label = source.surface[known]
    free = np.flatnonzero(open_ends[label])
    thickness = RELIEF * float(np.median(depth))
    nearest, wall = np.full(free.size, thickness), np.full(free.size, -1)
    rays = view.camera.rays()[known][free]
    for index in walls:
        normal = np.einsum('rc,r->c', view.pose.matrix[:3, :3], planes[index].normal)
        offset = np.sum(planes[index].normal * view.pose.matrix[:3, 3]) + planes[index].offset
        away = np.abs(np.einsum('nc,c->n', rays, normal) * depth[free] + offset)
        wall[away < nearest] = index
        nearest = np.minimum(nearest, away)
    count = np.bincount(label[free] + 1, minlength=len(planes) + 1)
    inside = np.bincount(label[free] + 1, weights=wall >= 0, minlength=len(planes) + 1)
    adopted = inside > MOSTLY * count
    adopted[0] = True
    surface = source.surface.copy()
    label[free] = np.where((wall >= 0) & adopted[label[free] + 1], wall, label[free])
    surface[known] = label
    return Source(view, surface)
