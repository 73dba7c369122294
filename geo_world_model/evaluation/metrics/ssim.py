# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Structural similarity."""

import cv2
import numpy as np

_SIGMA = 1.5
_RADIUS = 5
_C1, _C2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2


def ssim(image, truth, mask=None):
    """
    Mean structural similarity of 8-bit images, 1 when equal.

    image, truth (H, W, 3) uint8; mask (H, W) bool: a pixel counts where its whole 11x11 window
    lies in it (default all), so that nothing behind a mask is compared. Gaussian windows of sigma
    1.5 in each channel. NaN when no pixel counts.
    Source: Wang et al., IEEE TIP 2004, section III-B and C.
    """
    inside = np.zeros(image.shape[:2], bool)
    inside[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS] = True
    if mask is not None:
        side = 2 * _RADIUS + 1
        inside &= cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    if not inside.any():
        return float('nan')
    return float(_similarity(image.astype(np.float64), truth.astype(np.float64))[inside].mean())


def _similarity(a, b):
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a = _blur(a * a) - mean_a ** 2
    variance_b = _blur(b * b) - mean_b ** 2
    covariance = _blur(a * b) - mean_a * mean_b
    return ((2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
            / ((mean_a ** 2 + mean_b ** 2 + _C1) * (variance_a + variance_b + _C2)))


def _blur(image):
    side = 2 * _RADIUS + 1
    return cv2.GaussianBlur(image, (side, side), _SIGMA, borderType=cv2.BORDER_REFLECT)
