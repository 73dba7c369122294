# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which plane a known pixel lies on, and which one an unknown ray meets first."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.structure.evidence import in_free_space
from geo_world_model.generators.structure.planes import NOISE, ROUGHNESS, TABLE, Plane

RASTER = 96
#: Share of its smaller extent by which a plane that ends somewhere is continued: far where the
#: border of a picture cut it off, hardly at all where its end was seen.
REACH_OF_CUT_TABLE, REACH_OF_CUT, REACH = 0.5, 0.3, 0.05
#: Distance, in scales of the scene, up to which planes are followed.
FARTHEST = 20.0
#: Share of the rim below which a plane that ends somewhere is not at this ray.
TRACE = 0.05


def label_known(depth: np.ndarray, normals: np.ndarray, rays: np.ndarray, planes: list[Plane],
                scale: float) -> np.ndarray:
    """(H, W) int16: index of the best plane at each known pixel, -1 for none."""
    best = np.full(depth.shape, 1.6, np.float32)
    label = np.full(depth.shape, -1, np.int16)
    z = np.where(np.isfinite(depth), depth, 0).astype(np.float32)
    tolerance = np.float32(1.5) * (np.float32(NOISE) * z + np.float32(ROUGHNESS * scale))
    for index, plane in enumerate(planes):
        n = plane.normal.astype(np.float32)
        off = np.abs(z * _along(rays, n) + np.float32(plane.offset)) / tolerance
        off += 1 - _along(normals, n)
        better = (z > 0) & (off < best)
        label[better] = index
        best[better] = off[better]
    return label


def label_rays(rays: np.ndarray, planes: list[Plane], bound: np.ndarray,
               support: np.ndarray, frames, scale: float) -> np.ndarray:
    """The first plane that each ray meets where it may stand.

    rays: (N, 3) float64, z = 1. bound: (N,) float32, metres. support: (P, N) float32, share of
    the rim on each plane. frames: of `reference_frames`. A plane that bounds the scene goes on
    without an end; another one only near its support, and only where the rim shows it. None
    stands where a reference saw past it: when all do, the farthest that bounds is left.
    Returns (N,) int16, -1 none.
    """
    label, fallback = (np.full(len(rays), -1, np.int16) for _ in range(2))
    depth, last = np.full(len(rays), np.inf), np.zeros(len(rays))
    for index, plane in enumerate(planes):
        toward = _along(rays, plane.normal)
        with np.errstate(divide='ignore', invalid='ignore'):
            z = np.where(toward < -1e-3, -plane.offset / toward, np.inf)
        meets = np.flatnonzero((z < FARTHEST * scale) & (z < bound)
                               & (plane.bounding | (support[index] > TRACE)))
        if not plane.bounding:
            meets = meets[within_reach(rays[meets] * z[meets, None], plane)]
        free = in_free_space(rays[meets], z[meets], *frames)
        if plane.bounding:
            seen_past = meets[free & (z[meets] > last[meets])]
            last[seen_past], fallback[seen_past] = z[seen_past], index
        stands = meets[~free & (z[meets] < depth[meets])]
        label[stands], depth[stands] = index, z[stands]
    return np.where(label < 0, fallback, label)


def within_reach(points: np.ndarray, plane: Plane) -> np.ndarray:
    """Whether points (N, 3) on a plane lie on its support or near it; bool (N,)."""
    if len(points) == 0:
        return np.zeros(0, bool)
    right = np.cross(plane.normal, [0, 1, 0] if abs(plane.normal[1]) < 0.7 else [1, 0, 0])
    right /= np.sqrt(np.sum(right ** 2))
    down = np.cross(plane.normal, right)
    where = np.stack([_along(plane.support, right), _along(plane.support, down)], 1)
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
    u = ((_along(points, right) - origin[0]) / cell).astype(np.float32)
    v = ((_along(points, down) - origin[1]) / cell).astype(np.float32)
    inside = (u >= 0) & (v >= 0) & (u < RASTER) & (v < RASTER)
    i = np.where(inside, v, 0).astype(np.int64)
    j = np.where(inside, u, 0).astype(np.int64)
    return inside & (away[i, j] <= reach)


def _along(vectors, axis):
    return vectors[..., 0] * axis[0] + vectors[..., 1] * axis[1] + vectors[..., 2] * axis[2]
