# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A small completion enlarged to the size of its rendering, which decides at the rim."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.push_pull import push_pull

#: Differences of neighbours in a coded depth above this are edges, which stay sharp.
EDGE = 0.1
#: What is known corrects the enlarged image into the hole as far as this share of the width.
REACH = 0.1


def enlarge_by_rendering(small: np.ndarray, image: np.ndarray, known: np.ndarray,
                         edges: bool = False) -> np.ndarray:
    """Enlarge (h, w, C) float32 to (H, W, C) so that it meets the known pixels of an image.

    image: (H, W, C) float32, finite where known (H, W) bool. edges: jumps are kept as jumps
    instead of ramps (depth). Known pixels come back as they are.
    """
    height, width = known.shape
    large = _resize(small, width, height, cv2.INTER_CUBIC if not edges else cv2.INTER_LINEAR)
    if edges:
        kernel = np.ones((3, 3), np.uint8)
        jump = (cv2.dilate(small, kernel) - cv2.erode(small, kernel)).reshape(small.shape)
        steep = _resize((jump.max(-1, keepdims=True) > EDGE).astype(np.float32), width, height,
                        cv2.INTER_NEAREST) > 0
        large = np.where(steep, _resize(small, width, height, cv2.INTER_NEAREST), large)
    if not known.any():
        return large
    miss = np.where(known[..., None], image - large, 0).astype(np.float32)
    miss = push_pull(miss, known.astype(np.float32)).reshape(large.shape)
    fading = np.exp(-away_from(known) / (REACH * width))[..., None]
    return np.where(known[..., None], image, large + fading * miss).astype(np.float32)


def away_from(known: np.ndarray) -> np.ndarray:
    """Distance of every pixel to the nearest known one, (H, W) float32, px; +Inf without any."""
    if not known.any():
        return np.full(known.shape, np.inf, np.float32)
    return cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)


def _resize(image: np.ndarray, width: int, height: int, how: int) -> np.ndarray:
    return cv2.resize(image, (width, height), interpolation=how).reshape(height, width, -1)
