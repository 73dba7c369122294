# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The named peers of every generator: textbook fills of colour and of depth."""

import cv2
import numpy as np

from geo_world_model.geometry.completion import extrapolate_depth
from geo_world_model.geometry.view import UNKNOWN

TELEA_RADIUS = 5
# Farther than any pixel of an image, and its square and one more still fit into 32 bits.
_NOWHERE = 30000


def telea_colour(view):
    """Colour of a View whose holes Telea's fast marching filled, (H, W, 3) uint8."""
    return fill_telea(view.rgb, view.provenance == UNKNOWN)


def fill_telea(rgb, hole):
    """Fill the hole (H, W) bool of an image (H, W, 3) uint8 by Telea's fast marching."""
    bgr = cv2.inpaint(np.ascontiguousarray(rgb[..., ::-1]), hole.astype(np.uint8), TELEA_RADIUS,
                      cv2.INPAINT_TELEA)
    return np.ascontiguousarray(bgr[..., ::-1])


def nearest_depth(view):
    """Depth of a View, (H, W) float32, metres, its unknown pixels by fill_nearest."""
    return fill_nearest(view.depth)


def fill_nearest(image):
    """
    Let unknown pixels, NaN, of (H, W) float32 take the value of the nearest known pixel.

    The exactly nearest one (of equals the leftmost): spreading from the rim layer by layer, as
    the cache closes holes, moves this peer by up to 0.02 in delta on the TUM recordings.
    """
    depth = image.copy()
    known = ~np.isnan(depth)
    if not known.any():
        return depth
    height, width = depth.shape
    rows = np.arange(height, dtype=np.int32)[:, None]
    away = 2 * _NOWHERE
    above = np.maximum.accumulate(np.where(known, rows, -away))
    below = np.minimum.accumulate(np.where(known, rows, away)[::-1])[::-1]
    row = np.where(rows - above <= below - rows, above, below)
    vertical = np.minimum(np.abs(row - rows), _NOWHERE).astype(np.int32) ** 2
    columns = np.arange(width, dtype=np.int32)
    for line in np.flatnonzero(~known.all(1)):
        hole = columns[~known[line]]
        nearest = np.argmin((hole[:, None] - columns) ** 2 + vertical[line], axis=1)
        depth[line, hole] = image[row[line, nearest], nearest]
    return depth


def plane_depth(view):
    """Depth of a View, (H, W) float32; unknown pixels continue the local planes around them."""
    return extrapolate_depth(view.depth)[0]
