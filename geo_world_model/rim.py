# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How an answer meets what is known around its holes: fitted to it, and how it goes on there."""

import cv2
import numpy as np

from geo_world_model.geometry.alignment import fit_inverse_depth

#: Known pixels within this distance of a hole decide how an answer is aligned (pixels).
RIM = 12
#: Fewer places than this say nothing.
FEWEST = 64
#: Logarithms of depth that differ by less are of one surface; depth beyond range, metres.
_GOES_ON, _BEYOND = 0.1, np.float32(1e6)
_LOG_BEYOND = np.log(_BEYOND)


def align_to_rim(depth, rendering):
    """
    Fit an answer's inverse depth to what is known around the holes of a Rendering.

    depth (H, W) float32, metres. Returns it, or its best affine fit in inverse depth.
    """
    fit = fit_to_rim(depth, rendering)
    return depth if fit is None else fit.apply(depth)


def fit_to_rim(depth, rendering):
    """Return the InverseDepthAlignment of depth (H, W) to a rim; None: it fits as it is."""
    rim = rim_of(rendering) & np.isfinite(rendering.depth) & np.isfinite(depth)
    if not rim.any() or np.abs(depth[rim] / rendering.depth[rim] - 1).max() < 1e-3:
        return None
    return fit_inverse_depth(depth, rendering.depth, mask=rim)


def steps_at_rim(rgb, depth, rendering):
    """
    How far colour and depth jump from known pixels to those next to them in the holes.

    rgb (H, W, 3) uint8 and depth (H, W) float32, metres, aligned: what would be admitted. Returns
    (colour, depth): the lower quartile of the mean colour differences (0..1) where depth goes on
    (by less than 10 %, or both are beyond range), and of the differences of the logarithm of
    depth; 0 where there are fewer than 64 places. The lower quartile, because half of a hole that
    something stood before borders on that thing, and does well to jump there.
    """
    unknown, known = rendering.unknown, ~rendering.unknown & ~rendering.closed
    colours = np.where(unknown[..., None], rgb, rendering.rgb).astype(np.int16)
    depth = np.where(unknown, depth, rendering.depth)
    logs = np.full(depth.shape, np.nan, np.float32)
    logs[depth > 0] = np.log(np.minimum(depth[depth > 0], _BEYOND))
    colour_steps, depth_steps = [], []
    for axis in (0, 1):
        first, second = [slice(None)] * 2, [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        first, second = tuple(first), tuple(second)
        border = (known[first] & unknown[second]) | (unknown[first] & known[second])
        step = np.abs(logs[first][border] - logs[second][border])
        far = (logs[first][border] >= _LOG_BEYOND) | (logs[second][border] >= _LOG_BEYOND)
        difference = np.abs(colours[first][border] - colours[second][border]).mean(-1) / 255
        colour_steps.append(difference[step < _GOES_ON])
        depth_steps.append(step[~far & np.isfinite(step)])
    return tuple(_lower_quartile(np.concatenate(steps)) for steps in (colour_steps, depth_steps))


def _lower_quartile(steps):
    return float(np.quantile(steps, 0.25)) if steps.size >= FEWEST else 0.0


def rim_of(rendering):
    """Known pixels of a Rendering up to RIM px from its holes, (H, W) bool."""
    unknown = rendering.unknown
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8))
    return (near > 0) & ~unknown & ~rendering.closed
