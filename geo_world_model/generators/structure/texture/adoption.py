# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The relief of a wall: shelves, boards and recesses close to it are part of its texture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit

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
    turned = [planes[index].seen_by(view.pose.matrix) for index in walls]
    open_ends = np.array([not plane.bounding and not plane.invented for plane in planes] + [True])
    camera = view.camera
    nearest, count, inside = _nearest_walls(
        view.depth, source.surface, known, open_ends,
        np.array([camera.fx, camera.fy, camera.cx, camera.cy]), np.array(walls, np.int16),
        np.array([normal for normal, _ in turned]), np.array([offset for _, offset in turned]),
        RELIEF * float(np.median(view.depth[known])))
    adopted = inside > MOSTLY * count
    adopted[-1] = True
    label = np.where(known, source.surface, -1)
    return replace(source, surface=np.where((nearest >= 0) & adopted[label], nearest,
                                            source.surface))


@njit(nogil=True, cache=True, error_model='numpy')
def _nearest_walls(depth, surface, known, open_ends, lens, walls, normal, offset, thickness):
    """The wall (H, W) int16 that each pixel of a plane with open ends, or of none, lies close to,
    -1: none; and of each plane, at last of none, how many such pixels there are and lie so."""
    height, width = depth.shape
    nearest = np.full((height, width), -1, np.int16)
    count, inside = np.zeros(open_ends.size, np.int64), np.zeros(open_ends.size, np.int64)
    for i in range(height):
        for j in range(width):
            label = surface[i, j]
            if not known[i, j] or not open_ends[label]:
                continue
            x, y = (j - lens[2]) / lens[0], (i - lens[3]) / lens[1]
            least = thickness
            for k in range(walls.size):
                away = abs((normal[k, 0] * x + normal[k, 1] * y + normal[k, 2]) * depth[i, j]
                           + offset[k])
                if away < least:
                    least = away
                    nearest[i, j] = walls[k]
            count[label] += 1
            inside[label] += nearest[i, j] >= 0
    return nearest, count, inside
