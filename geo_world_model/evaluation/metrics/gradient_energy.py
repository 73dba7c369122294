# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How much detail a picture holds on chosen pixels."""

import cv2
import numpy as np


def gradient_energy(image, mask):
    """
    Sum of the lengths of the grey-level gradients whose 3x3 neighbourhood lies inside a mask.

    image (H, W, 3) uint8 RGB; mask (H, W) bool. The ratio to the truth's: 1 = as much detail.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8))[:-1, :-1] > 0
    length = np.hypot(np.diff(grey, axis=1)[:-1], np.diff(grey, axis=0)[:, :-1])
    return float(length[inside].sum())
