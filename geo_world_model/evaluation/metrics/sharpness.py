# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How much fine detail an image holds."""

import cv2
import numpy as np


def sharpness(image, mask=None):
    """
    Variance of the Laplacian of the grey image, in squared 8-bit levels; larger is sharper.

    image (H, W, 3) uint8 RGB; mask (H, W) bool: a pixel counts where its 3x3 neighbourhood lies
    in it (default all). NaN when no pixel counts. Noise counts as detail: compare with the truth.
    Source: Pech-Pacheco et al., ICPR 2000.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    edges = cv2.Laplacian(grey, cv2.CV_64F)[1:-1, 1:-1]
    if mask is not None:
        edges = edges[cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0]
    return float(edges.var()) if edges.size else float('nan')
