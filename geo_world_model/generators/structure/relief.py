# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of what was painted on a wall: the recesses of its shelves go with their colours."""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.structure.hypotheses import ray_depth
from geo_world_model.generators.structure.plane import along, Plane
from geo_world_model.geometry.view import View


def with_relief(view: View, depth: np.ndarray, label: np.ndarray, relief: np.ndarray,
                planes: list[Plane]) -> np.ndarray:
    """Move painted pixels off their planes.

    depth: (H, W) float32, metres, on the planes. label: (H, W) int16, their planes. relief: (H, W)
    float32, metres to the planes' free side, 0 where none. A recess does not reach through
    another plane that bounds the scene. Returns (H, W) float32.
    """
    row, column = np.nonzero((relief != 0) & np.isnan(view.depth) & np.isfinite(depth))
    if row.size == 0:
        return depth
    rays = view.camera.rays_at(row, column)
    own, moved = label[row, column], np.zeros(row.size)
    for index in np.unique(own):
        at = own == index
        normal, offset = planes[index].seen_by(view.pose.matrix)
        toward = np.minimum(along(rays[at], normal), -1e-6)
        moved[at] = (relief[row[at], column[at]] - offset) / toward
    for index, plane in enumerate(planes):
        if plane.bounding and not plane.invented:
            behind = np.where(own == index, np.inf, ray_depth(rays, plane, view))
            before = depth[row, column] <= behind
            moved = np.where(before, np.minimum(moved, behind), moved)
    result = depth.copy()
    result[row, column] = np.where(moved > 0.3 * depth[row, column], moved, depth[row, column])
    return result
