# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Differences between two views on chosen pixels."""

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


def depth_errors(depth, truth, mask):
    """
    Depth errors over mask (H, W) bool: AbsRel, RMSE (m), delta < 1.25, pixels.

    depth, truth (H, W) float, metres; pixels where either is not finite do not count.
    Source: Eigen et al., NeurIPS 2014.
    """
    mask = mask & np.isfinite(depth) & np.isfinite(truth) & (truth > 0) & (depth > 0)
    d, t = depth[mask].astype(np.float64), truth[mask].astype(np.float64)
    if d.size == 0:
        return {'abs_rel': float('nan'), 'rmse': float('nan'), 'delta': float('nan'), 'pixels': 0}
    ratio = np.maximum(d / t, t / d)
    return {'abs_rel': float(np.mean(np.abs(d - t) / t)),
            'rmse': float(np.sqrt(np.mean((d - t) ** 2))),
            'delta': float(np.mean(ratio < 1.25)), 'pixels': int(d.size)}
