# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How high the ceiling of a panorama is: where edges run along the tops of its walls."""

from __future__ import annotations

import cv2
import numpy as np

#: Heights of the ceiling over the camera that are tried, in heights of the camera over the floor.
RATIOS = np.exp(np.linspace(np.log(0.25), np.log(12.0), 268))
#: The usual: 2.6 m over the floor for a camera at eye level; used where no edge tells.
USUAL_RATIO = 0.8
#: Edge strength (Lab units over a pixel) that counts one half; the strongest counts one.
FAIR_EDGE = 0.8
#: By how much the edges at the best height have to stand out among all heights.
CLEAR = 0.05
#: Columns over which an edge has to go on.
RUN = 15


def level_edges(rgb: np.ndarray) -> np.ndarray:
    """Vertical colour gradient of a panorama, (H, W, 3) float32, Lab units over a pixel."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = cv2.GaussianBlur(np.concatenate([lab[:, -8:], lab, lab[:, :8]], 1), (0, 0), 1.0)
    return cv2.Sobel(lab, cv2.CV_32F, 0, 1, scale=0.125)[:, 8:-8]


def edge_along(gradient: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """How much an edge runs along curves over the sphere, (N, W) float32 in 0..1.

    gradient: (H, W, 3), from level_edges. elevation: (N, W) radians above the horizon.
    """
    height, width = gradient.shape[:2]
    row = ((height - 1) / 2 - elevation * (height / np.pi)).astype(np.float32)
    column = np.broadcast_to(np.arange(width, dtype=np.float32), row.shape)
    found = cv2.remap(gradient, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    closed = np.concatenate([found[:, -RUN:], found, found[:, :RUN]], 1)
    # the same side has to be the brighter one all along
    run = cv2.blur(closed, (RUN, 1))[:, RUN:-RUN]
    strength = np.abs(run).max(-1)
    return strength / (strength + FAIR_EDGE)


def ceiling_ratio(gradient: np.ndarray, reach: np.ndarray) -> float:
    """Height of the ceiling over the camera, in camera heights.

    gradient: (H, W, 3), from level_edges. reach: (W,) range of the walls in camera heights.
    """
    score = edge_along(gradient, np.arctan(RATIOS[:, None] / reach[None])).mean(1)
    best = int(score.argmax())
    return float(RATIOS[best]) if score[best] > np.median(score) + CLEAR else USUAL_RATIO
