# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Continuing a depth image into its holes along the planes around them."""

import cv2
import numpy as np

from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.local_planes import fit_local_planes

_RADIUS = 4
_FLATNESS = 0.02
_MOST_CHANGE = 3.0
_FALLBACK_DEPTH = 3.0
_FARTHEST = 100.0
#: Distance over which the seams between neighbouring continuations are smoothed, pixels.
_SEAM = 8.0


def extrapolate_depth(depth):
    """
    Fill the unknown part of a depth image.

    depth (H, W) float32, metres; NaN: to be filled; +Inf: known to be beyond range.
    Returns depth (H, W) float32 without NaN (known pixels as they were) and confidence (H, W)
    float32 in 0..1, falling with the distance from the known.
    Each hole pixel continues the plane of the nearest flat 9x9 window; its inverse depth stays
    within a factor 3 of the window's, so that no plane runs away.
    """
    known = ~np.isnan(depth)
    if known.all():
        return depth.astype(np.float32), np.ones(depth.shape, np.float32)
    if not known.any():
        return (np.full(depth.shape, _FALLBACK_DEPTH, np.float32),
                np.zeros(depth.shape, np.float32))
    with np.errstate(divide='ignore', invalid='ignore'):
        inverse = np.where(known, 1.0 / np.asarray(depth, np.float64), 0.0)
    finite = known & (inverse > 0)
    planes = fit_local_planes(inverse, finite & ~depth_edges(depth), _RADIUS)
    flat = finite & planes.determined & (planes.support > 12) & (planes.residual < _FLATNESS)
    distance, nearest = _nearest(known)
    filled = inverse.reshape(-1)[nearest]
    if flat.any():
        _, source = _nearest(flat)
        row, column = np.divmod(source, depth.shape[1])
        v, u = np.mgrid[:depth.shape[0], :depth.shape[1]]
        base = planes.value.reshape(-1)[source]
        value = (base + planes.du.reshape(-1)[source] * (u - column)
                 + planes.dv.reshape(-1)[source] * (v - row))
        value = np.clip(value, base / _MOST_CHANGE, base * _MOST_CHANGE)
        # beyond the rim of a sky there is sky, whatever the planes nearby say
        filled = np.where(filled > 0, value, 0.0)
    filled = np.where(known, inverse, filled)
    bounded = filled > 0
    weight = bounded.astype(np.float64)
    smooth = (cv2.GaussianBlur(filled * weight, (0, 0), _SEAM / 2)
              / np.maximum(cv2.GaussianBlur(weight, (0, 0), _SEAM / 2), 1e-9))
    share = np.clip(distance / _SEAM, 0.0, 1.0)
    filled = np.where(bounded, filled * (1 - share) + smooth * share, 0.0)
    with np.errstate(divide='ignore'):
        result = np.where(bounded, 1.0 / np.clip(filled, 1.0 / _FARTHEST, 1e3), np.inf)
    result = np.where(known, depth, result).astype(np.float32)
    confidence = np.where(known, 1.0, np.exp(-distance / 40.0) * (1.0 if flat.any() else 0.3))
    return result, confidence.astype(np.float32)


def _nearest(mask):
    """Distance (H, W) px to the nearest True pixel of a mask, and its flat index (H, W)."""
    distance, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    index = np.zeros(labels.max() + 1, np.int64)
    index[labels[mask]] = np.flatnonzero(mask)
    return distance, index[labels]
