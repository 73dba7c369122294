# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How far a plane that ends somewhere goes on beyond what was seen of it."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.structure.plane import along, Plane, TABLE

RASTER = 96
#: Share of its smaller extent by which a plane is continued: far where the border of a picture
#: cut it off, hardly at all where its end was seen.
REACH_OF_CUT_TABLE, REACH_OF_CUT, REACH = 2.0, 0.3, 0.05


def within_reach(points: np.ndarray, plane: Plane) -> np.ndarray:
    """Whether points (N, 3) on a plane, world, lie on its support or near it; bool (N,)."""
    if len(points) == 0 or len(plane.support) == 0:
        return np.zeros(len(points), bool)
    right, up = plane.axes
    where = np.stack([along(plane.support, right), along(plane.support, up)], 1)
    u, v = along(points, right), along(points, up)
    if plane.invented:
        low, high = where.min(0), where.max(0)
        return (u >= low[0]) & (u <= high[0]) & (v >= low[1]) & (v <= high[1])
    low, high = np.percentile(where, 1, axis=0), np.percentile(where, 99, axis=0)
    share = REACH
    if plane.cut:
        share = REACH_OF_CUT_TABLE if plane.kind == TABLE else REACH_OF_CUT
    reach = share * float(np.min(high - low))
    cell = max(float(np.max(high - low)) + 2.2 * reach, 1e-9) / RASTER
    origin = (low + high) / 2 - cell * RASTER / 2
    column, row = np.clip(((where - origin) / cell).astype(np.int64), 0, RASTER - 1).T
    raster = np.zeros((RASTER, RASTER), np.uint8)
    raster[row, column] = 1
    raster = cv2.morphologyEx(raster, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    raster = cv2.morphologyEx(raster, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    away = cv2.distanceTransform(1 - raster, cv2.DIST_L2, cv2.DIST_MASK_5) * np.float32(cell)
    u, v = ((u - origin[0]) / cell).astype(np.float32), ((v - origin[1]) / cell).astype(np.float32)
    inside = (u >= 0) & (v >= 0) & (u < RASTER) & (v < RASTER)
    i = np.where(inside, v, 0).astype(np.int64)
    j = np.where(inside, u, 0).astype(np.int64)
    return inside & (away[i, j] <= reach)
