# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What each way of continuing a view says about the depth of its unknown rays."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.generators.structure.blocks import Blocks
from geo_world_model.generators.structure.evidence import in_free_space, look_around
from geo_world_model.generators.structure.plane import along, Plane
from geo_world_model.generators.structure.reach import within_reach
from geo_world_model.geometry.view import View

#: Blur of what is found along single rays, as a share of the picture's width.
SMOOTH = 0.015
#: Distance, in scales of the scene, up to which planes are followed.
FARTHEST = 20.0
#: Share of the rim below which a plane that ends somewhere is not at a ray.
TRACE = 0.05
#: Planes nearer than this, in scales, are passed through by the camera.
TOO_NEAR = 0.02


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """What is said of N rays, one a block, by P planes.

    plane: (N, P) float32, inverse depth, 1/m, 0 where the plane is not at the ray. support:
    (N, P) float32 in 0..1, share of the rim on the plane. free: (N, P) bool: it would stand in
    what another view saw past. nearest: (N,) float32, inverse depth of the nearest at the rim
    that stands in no free space, NaN when there is none. away: (N,) float32, distance to the
    nearest known pixel as a share of the picture's width.
    """

    plane: np.ndarray
    support: np.ndarray
    free: np.ndarray
    nearest: np.ndarray
    away: np.ndarray


def find_hypotheses(view: View, bound: np.ndarray, known: np.ndarray, planes: list[Plane],
                    blocks: Blocks, frames, scale: float) -> Hypotheses:
    """Ask every plane and the rim about the rays of `blocks`.

    bound: (H, W) float32, metres. known: (H, W) int16, plane of the known pixels, -1 none.
    frames: of `reference_frames`. scale: of the scene, metres.
    """
    unknown = np.isnan(view.depth)
    row, column = blocks.row, blocks.column
    rays = view.camera.rays_at(row, column)
    away = _away(unknown)
    met, weight, nearest = look_around(view.depth, np.maximum(0.95 * away - 1, 0), known, row,
                                       column, rays, *frames)
    # The few directions of a look draw fans into a hole: neighbours decide together.
    support = np.stack([blocks.mean(np.sum((met == index) * weight, axis=1), SMOOTH)
                        for index in range(len(planes))], 1)
    hit = ~np.isnan(nearest)
    share = np.maximum(blocks.mean(hit, SMOOTH), np.float32(1e-6))
    near = np.where(hit, blocks.mean(np.where(hit, 1 / nearest, 0), SMOOTH) / share,
                    np.float32(np.nan))
    inverse = np.zeros((row.size, len(planes)), np.float32)
    free = np.zeros(inverse.shape, bool)
    for index, plane in enumerate(planes):
        z = ray_depth(rays, plane, view)
        at = np.flatnonzero((z > TOO_NEAR * scale) & (z < FARTHEST * scale)
                            & (z < bound[row, column])
                            & (plane.bounding | plane.invented | (support[:, index] > TRACE)))
        if not plane.bounding:
            at = at[reached(rays[at], z[at], plane, view)]
        inverse[at, index] = 1 / z[at]
        free[at, index] = in_free_space(rays[at], z[at], *frames)
    return Hypotheses(inverse, support, free, near, away[row, column] / unknown.shape[1])


def ray_depth(rays: np.ndarray, plane: Plane, view: View) -> np.ndarray:
    """Depth (...) at which rays (..., 3), z = 1, camera frame, meet the front of a plane; +Inf
    where they do not."""
    normal, offset = plane.seen_by(view.pose.matrix)
    toward = along(rays, normal)
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.where((toward < -1e-3) & (offset > 0), -offset / toward, np.inf)


def reached(rays: np.ndarray, depth: np.ndarray, plane: Plane, view: View) -> np.ndarray:
    """Whether rays (N, 3) meet a plane that ends somewhere on its support or near it; (N,)."""
    matrix = view.pose.matrix
    points = np.einsum('nc,rc->nr', rays * depth[:, None], matrix[:3, :3]) + matrix[:3, 3]
    return within_reach(points, plane)


def _away(unknown):
    """Distance to the nearest known pixel, pixels."""
    if unknown.all():
        return np.full(unknown.shape, np.float32(unknown.shape[1]))
    return cv2.distanceTransform(unknown.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
