# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Difference of two pictures on chosen pixels."""

import numpy as np


def psnr(image, truth, mask=None):
    """
    Peak signal-to-noise ratio in dB of 8-bit images, +Inf when equal.

    image, truth (H, W, 3) uint8; mask (H, W) bool: the pixels that count (default all).
    NaN when no pixel counts.
    """
    difference = image.astype(np.float64) - truth.astype(np.float64)
    if mask is not None:
        difference = difference[mask]
    if difference.size == 0:
        return float('nan')
    error = float(np.mean(difference ** 2))
    return float('inf') if error == 0 else float(10 * np.log10(255.0 ** 2 / error))
