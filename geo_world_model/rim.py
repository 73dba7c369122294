# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""An answer is fitted to what is known around its holes."""

import cv2
import numpy as np

from geo_world_model.geometry.alignment import fit_inverse_depth

#: Known pixels within this distance of a hole decide how an answer is aligned (pixels).
RIM = 12


def align_to_rim(depth, rendering):
    """
    Fit an answer's inverse depth to what is known around the holes of a Rendering.

    depth (H, W) float32, metres. Returns it, or its best affine fit in inverse depth.
    """
    rim = rim_of(rendering) & np.isfinite(rendering.depth) & np.isfinite(depth)
    if not rim.any() or np.abs(depth[rim] / rendering.depth[rim] - 1).max() < 1e-3:
        return depth
    return fit_inverse_depth(depth, rendering.depth, mask=rim).apply(depth)


def rim_of(rendering):
    """Known pixels of a Rendering up to RIM px from its holes, (H, W) bool."""
    unknown = rendering.unknown
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8))
    return (near > 0) & ~unknown & ~rendering.closed
