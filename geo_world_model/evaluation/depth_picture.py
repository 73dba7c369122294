# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth for the eye."""

import cv2
import numpy as np


def depth_picture(depth, near, far):
    """
    Colour a depth image by its inverse: far is blue, near red, NaN black, +Inf white.

    depth (H, W) float, metres; near, far: metres that get the ends of the scale. Returns
    (H, W, 3) uint8 RGB.
    """
    with np.errstate(divide='ignore', invalid='ignore'):
        share = (1 / depth - 1 / far) / max(1 / near - 1 / far, 1e-6)
    grey = np.clip(np.nan_to_num(share) * 255, 0, 255).astype(np.uint8)
    picture = cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    picture[np.isnan(depth)] = 0
    picture[np.isposinf(depth)] = 255
    return picture
