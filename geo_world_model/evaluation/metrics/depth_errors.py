# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Difference of a depth image to the true one on chosen pixels."""

import numpy as np


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
