# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What has to be added to what is painted so that it meets what is known without a step."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.push_pull import push_pull
from geo_world_model.generators.structure.texture.membrane import smooth_means

#: Pixels of a view along the side of a cell of the seam.
SIDE = 4
#: Distance from the known pixels at which half of the seam is left, as a share of the width.
FADE = 0.06
#: Levels that a seam adds, at most.
MOST = 60.0
#: Blur of the difference, in cells: means meet, details need not.
SIGMA = 1.5
#: Blocks from what was seen at which half of the correction of a texture is left.
REACH = 8.0


def spread_seam(difference: np.ndarray, weight: np.ndarray, width: int) -> np.ndarray:
    """Continue a difference of colour over a window of a view, fading with the distance.

    difference: (h, w, 3) float32, known less painted, means over cells of 4x4 pixels. weight:
    (h, w) float32, known share of each. width: of the view, pixels. Returns (h, w, 3) float32.
    """
    if not (weight > 0.3).any():
        return np.zeros_like(difference)
    total = cv2.GaussianBlur(difference * weight[..., None], (0, 0), SIGMA)
    mass = cv2.GaussianBlur(weight, (0, 0), SIGMA)
    mean = np.clip(total / np.maximum(mass, 1e-3)[..., None], -MOST, MOST)
    known = weight > 0.3
    away = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)
    fading = 1 / (1 + (away * SIDE / (FADE * width)) ** 2)
    return push_pull(mean, known.astype(np.float32)) * fading[..., None]


def rim_correction(laid: np.ndarray, seen: np.ndarray, sigma: float) -> np.ndarray:
    """What grown blocks need so that their means meet those that were seen.

    laid: (H, W, 3) float32, means of the blocks. seen: (H, W) bool. sigma: blocks over which
    means are taken. Returns (H, W, 3) float32, 0 where seen, fading with the distance.
    """
    near = [cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            for part in (seen, ~seen)]
    rim = near[0] & near[1]
    if not rim.any():
        return np.zeros_like(laid)
    here, there = (smooth_means(laid, part.astype(np.float32), sigma) for part in (seen, ~seen))
    step = np.where(rim[..., None], np.clip(here - there, -MOST, MOST), np.float32(0))
    left = np.where(seen, 0, fading(seen, REACH)).astype(np.float32)
    return push_pull(step, rim.astype(np.float32)) * left[..., None]


def fading(seen: np.ndarray, reach: float) -> np.ndarray:
    """(H, W) float32: 1 at the blocks that were seen, (H, W) bool, 1 / 2 `reach` blocks away."""
    if not seen.any():
        return np.zeros(seen.shape, np.float32)
    away = cv2.distanceTransform((~seen).astype(np.uint8), cv2.DIST_L2, 5)
    return 1 / (1 + (away / reach) ** 2)
