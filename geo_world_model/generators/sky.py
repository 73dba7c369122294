# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which pixels of a photograph may be sky: smooth, white or blue, with nothing near below."""

from __future__ import annotations

import cv2
import numpy as np


def sky_like(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 to (H, W) bool: the colour of a blue or an overcast sky, without texture."""
    colour = cv2.blur(rgb, (3, 3)).astype(np.int16)
    red, green, blue = colour[..., 0], colour[..., 1], colour[..., 2]
    is_blue = (blue > 90) & (blue - red > 15) & (blue >= green)
    is_white = (colour.min(-1) > 185) & (colour.max(-1) - colour.min(-1) < 30)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spread = cv2.blur(grey * grey, (7, 7)) - cv2.blur(grey, (7, 7)) ** 2
    return (is_blue | is_white) & (spread < 60)


def sky_region(rgb: np.ndarray, depression: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Sky of a photograph.

    depression: (H, W) radians below the horizon. open_: (H, W) bool, nothing near stands in this
    column. A connected sky-like region is sky when it reaches the top of the picture and a quarter
    of it is open: the trees that stand before the rest of it do not bring the sky down to them,
    while a white wall with its foot in sight, or one under a ceiling, stays a wall.
    Returns (H, W) bool.
    """
    candidate = (sky_like(rgb) & (depression < 0)).astype(np.uint8)
    if not candidate.any():
        return candidate > 0
    count, parts = cv2.connectedComponents(candidate, connectivity=4)
    size = np.bincount(parts.ravel(), minlength=count)
    is_open = np.bincount(parts[open_], minlength=count)
    is_high = np.bincount(parts[depression < 0.9 * depression.min()], minlength=count) > 0
    keep = (size > 0.002 * parts.size) & (4 * is_open >= size) & is_high
    keep[0] = False
    return keep[parts]
