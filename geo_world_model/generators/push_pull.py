# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Smooth completion of an image with holes: push-pull (Gortler et al., SIGGRAPH 1996).

The plain pyramid leaves the grid of its coarse levels in the result; here every level is relaxed a
few times on its way down, so that the result is close to a membrane stretched over the holes.
"""

from __future__ import annotations

import cv2
import numpy as np

RELAXATIONS = 3


def push_pull(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Fill an image where it has no weight.

    image: (H, W, C) float32. weight: (H, W) float32 in [0, 1], 0 = hole, 1 = kept as it is.
    Returns (H, W, C) float32; zeros everywhere when nothing has a weight.
    """
    height, width = weight.shape
    if not (weight > 0).any():
        return np.zeros_like(image)
    if height == 1 and width == 1:
        return image.copy()
    # in as many channels as the image: products of arrays of one shape are far faster
    weight3 = np.repeat(weight[..., None], image.shape[2], axis=2)
    kept = image * weight3
    size = ((width + 1) // 2, (height + 1) // 2)
    mass = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(kept, size, interpolation=cv2.INTER_AREA)
    total = total.reshape(*mass.shape, -1)
    coarse = push_pull(total / np.maximum(mass, 1e-9)[..., None],
                       np.where(mass > 1e-9, np.minimum(4 * mass, 1), 0).astype(np.float32))
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    smooth = smooth.reshape(image.shape)
    rest = np.subtract(1, weight3, out=weight3)
    result = np.multiply(rest, smooth, out=smooth)
    result += kept
    for _ in range(RELAXATIONS):
        blurred = cv2.blur(result, (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(image.shape)
        np.multiply(rest, blurred, out=result)
        result += kept
    return result
