# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which surface every pixel of an incomplete view belongs to: floor, sky, or what stands between.

Depth is continued along planes, walls end where they meet the floor, and what a nearer surface
uncovers belongs to the background.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.generators.interface import BOUND_MARGIN, Request
from geo_world_model.geometry.completion import extrapolate_depth

OTHER, FLOOR, SKY = 0, 1, 2
NEAREST = 0.1
FARTHEST = 100.0
FLOOR_TOLERANCE = 0.03
FLOOR_SHARE = 0.02
FLOOR_REACH = 3.0
FRONT_BAND = 16
FRONT_REACH = 40


@dataclass(frozen=True, eq=False)
class Surfaces:
    """depth: (H, W) float32 without NaN, +Inf only where the sky goes on. confidence: (H, W)
    float32. label: (H, W) uint8, OTHER, FLOOR or SKY. front: (H, W) bool, known pixels at the rim
    of a hole that stand before the surface to be uncovered."""

    depth: np.ndarray
    confidence: np.ndarray
    label: np.ndarray
    front: np.ndarray


def complete_surfaces(request: Request) -> Surfaces:
    """Continue a view's surfaces into its holes; known depth is kept as it is."""
    view = request.view
    unknown = np.isnan(view.depth)
    drop = -(view.camera.rays() @ view.pose.matrix[2, :3])
    camera_z = view.pose.matrix[2, 3]
    ground = _ground_depth(view.depth, drop, camera_z, request.ground)
    # Both infinite gives NaN and so no floor.
    with np.errstate(invalid='ignore'):
        known_floor = np.abs(view.depth / ground - 1) < FLOOR_TOLERANCE
    front = _front(view.depth, unknown) & ~known_floor

    # What a nearer surface uncovers is not that surface: its rim teaches nothing about the hole.
    source = np.where(front, np.float32(np.nan), view.depth)
    if np.isnan(source).all():
        source = view.depth
    depth, confidence = extrapolate_depth(source)
    depth = _average_planes(depth, unknown)
    label = np.where(np.isposinf(view.depth), SKY, OTHER).astype(np.uint8)
    label[unknown & np.isposinf(depth) & (drop <= 0)] = SKY
    if np.isfinite(ground).any() and not unknown.all():
        floor = _floor(depth, ground, unknown, known_floor)
        depth = np.where(floor, ground, np.minimum(depth, ground))
        label[floor | known_floor] = FLOOR
    depth = np.where(unknown, depth, view.depth).astype(np.float32)
    return Surfaces(depth, np.where(unknown, confidence, 1).astype(np.float32), label, front)


def _ground_depth(depth, drop, camera_z, expected):
    """Depth at which every ray meets the floor, +Inf above the horizon or without a floor."""
    none = np.full(depth.shape, np.inf)
    seen = np.isfinite(depth) & (drop > 1e-6)
    level = _floor_level(camera_z - drop[seen] * depth[seen], expected, depth.size)
    if level is None or level >= camera_z:
        return none
    return np.where(drop > 1e-6, (camera_z - level) / np.maximum(drop, 1e-6), np.inf)


def _floor_level(z, expected, pixels):
    """World z of the lowest well-filled level within half a metre of the expected ground."""
    z = z[np.abs(z - expected) < 0.5]
    count, edges = np.histogram(z, bins=50, range=(expected - 0.5, expected + 0.5))
    pair = count[:-1] + count[1:]
    full = np.flatnonzero(pair > FLOOR_SHARE * pixels)
    if full.size == 0 or count[:full[0]].sum() > pair[full[0]]:
        return None
    best = full[0]
    while best + 1 < pair.size and pair[best + 1] > pair[best]:
        best += 1
    return float(np.median(z[(z >= edges[best]) & (z <= edges[best + 2])]))


def _front(depth, unknown):
    """Known pixels near a hole with a surface at least a quarter farther close by."""
    if not unknown.any():
        return np.zeros(unknown.shape, bool)
    inverse = np.where(unknown, 0, 1 / np.where(unknown, 1, depth)).astype(np.float32)
    reach, band = (np.ones((2 * size + 1, 2 * size + 1), np.uint8)
                   for size in (FRONT_REACH, FRONT_BAND))
    farthest = np.minimum(cv2.erode(np.where(unknown, np.float32(1e9), inverse), reach), 1e9)
    near_hole = cv2.dilate(unknown.astype(np.uint8), band) > 0
    return ~unknown & near_hole & (inverse > 1.25 * farthest + 0.02)


def _average_planes(depth, unknown):
    """Average away the disagreement of neighbouring planes, the more the farther from the rim.

    Inverse depth is affine on a plane, and averages of affine functions are affine: a plane stays
    a plane, while slopes that noise has turned against each other cancel.
    """
    known = ~unknown
    if not unknown.any() or not known.any():
        return depth
    inverse = np.where(np.isinf(depth), 0, 1 / depth).astype(np.float32)
    away = cv2.distanceTransform(unknown.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    bounded = unknown & (inverse > 0)
    for sigma in (4.0, 12.0, 36.0):
        step = int(sigma // 2)
        size = (max(1, depth.shape[1] // step), max(1, depth.shape[0] // step))
        mass = cv2.resize(bounded.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        total = cv2.resize(np.where(bounded, inverse, 0), size, interpolation=cv2.INTER_AREA)
        mass, total = (cv2.GaussianBlur(part, (0, 0), sigma / step) for part in (mass, total))
        mean = cv2.resize(total / np.maximum(mass, 1e-6), depth.shape[::-1],
                          interpolation=cv2.INTER_LINEAR)
        share = np.clip(away / (2 * sigma) - 0.5, 0, 1)
        inverse = np.where(bounded, inverse + share * (mean - inverse), inverse)
    with np.errstate(divide='ignore'):
        return np.where(unknown, 1 / inverse, depth).astype(np.float32)


def _floor(depth, ground, unknown, known_floor):
    """Unknown pixels that are floor: below every other surface, or beside known floor.

    Beside floor there is floor, however unsure the slope of the plane that was carried on, as far
    as such a plane may run away from what it started from.
    """
    below = unknown & (depth >= ground)
    whole = cv2.blur((~unknown).astype(np.float32), (15, 15))
    mostly = cv2.blur(known_floor.astype(np.float32), (15, 15)) > 0.5 * whole
    row, column = _nearest(~unknown)
    beside = unknown & mostly[row, column] & (ground < FLOOR_REACH * depth[row, column])
    floor = cv2.medianBlur((known_floor | below | beside).astype(np.uint8), 9) > 0
    return unknown & floor & np.isfinite(ground)


def _nearest(target):
    """Row and column (H, W) of the nearest True pixel; there has to be one."""
    _, labels = cv2.distanceTransformWithLabels(
        (~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    index = np.zeros(labels.max() + 1, np.int64)
    index[labels[target]] = np.flatnonzero(target)
    return np.divmod(index[labels], target.shape[1])


def limited_depth(surfaces, request):
    """Finite but where the sky goes on, within range, before the bound; known depth as it is."""
    known = request.view.depth
    unknown = np.isnan(known)
    finite = known[np.isfinite(known)]
    far = min(FARTHEST, 3 * float(finite.max())) if finite.size else FARTHEST
    depth = np.where(np.isposinf(surfaces.depth), far, surfaces.depth)
    depth = np.clip(depth, NEAREST, FARTHEST)
    depth = np.where(surfaces.label == SKY, np.inf, depth).astype(np.float32)
    depth = np.minimum(depth, request.bound * np.float32(1 - BOUND_MARGIN))
    return np.where(unknown, depth, known)
