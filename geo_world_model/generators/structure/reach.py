# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How far a plane that ends somewhere goes on beyond what was seen of it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from geo_world_model.generators.structure.plane import along, Plane, TABLE

RASTER = 96
#: Share of its smaller extent by which a plane is continued: far where the border of a picture
#: cut it off, hardly at all where its end was seen.
REACH_OF_CUT_TABLE, REACH_OF_CUT, REACH = 2.0, 0.3, 0.05


class Reach(NamedTuple):
    """How far P planes reach, over their right and up in metres.

    axes: (P, 6) float64, right and up. origin: (P, 2) float64, metres, the corner of a raster, and
    cell: (P, 2) float64, metres, the sides of its cells; what lies outside is not reached. away:
    (P, RASTER, RASTER) float32, metres from a cell to the support, and within: (P,) float64,
    how far off it the plane goes on.
    """

    axes: np.ndarray
    origin: np.ndarray
    cell: np.ndarray
    away: np.ndarray
    within: np.ndarray


def reach_of(planes: list[Plane]) -> Reach:
    """The reach of planes that end somewhere; nothing of one without support is reached, and of
    the others nothing is looked at."""
    count = len(planes)
    result = Reach(np.zeros((count, 6)), np.zeros((count, 2)), np.ones((count, 2)),
                   np.full((count, RASTER, RASTER), np.inf, np.float32), np.zeros(count))
    for index, plane in enumerate(planes):
        if not plane.bounding and len(plane.support):
            result.axes[index] = np.concatenate(plane.axes)
            (result.origin[index], result.cell[index], result.away[index],
             result.within[index]) = _spread_out(plane)
    return result


def within_reach(points: np.ndarray, plane: Plane) -> np.ndarray:
    """Whether points (N, 3) on a plane, world, lie on its support or near it; bool (N,)."""
    if len(points) == 0 or len(plane.support) == 0:
        return np.zeros(len(points), bool)
    origin, cell, away, within = _spread_out(plane)
    u, v = (((along(points, axis) - low) / side).astype(np.float32)
            for axis, low, side in zip(plane.axes, origin, cell, strict=True))
    inside = (u >= 0) & (v >= 0) & (u < RASTER) & (v < RASTER)
    i = np.where(inside, v, 0).astype(np.int64)
    j = np.where(inside, u, 0).astype(np.int64)
    return inside & (np.broadcast_to(away, (RASTER, RASTER))[i, j] <= within)


def _spread_out(plane):
    """Origin, cell, distances and reach of one plane, as in Reach."""
    right, up = plane.axes
    where = np.stack([along(plane.support, right), along(plane.support, up)], 1)
    if plane.invented:
        low, high = where.min(0), where.max(0)
        return low, np.maximum(high - low, 1e-9) / RASTER, np.float32(0), 0.0
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
    return origin, np.full(2, cell), away, reach
