# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which way the walls of a photograph face, from its level edges.

In a Manhattan world (Coughlan, Yuille, ICCV 1999) level edges run along two directions at right
angles. With the camera's tilt known, one edge pixel gives one heading: the level direction in the
plane of the edge and the camera.
"""

from __future__ import annotations

import cv2
import numpy as np

QUARTER = np.pi / 2
BINS = 180
SPREAD = 3.0


def manhattan_heading(rgb, camera, directions, rotation):
    """Heading of the walls modulo a right angle, and how sure it is.

    rgb: (H, W, 3) uint8 of `camera`. directions: its upright.Directions. rotation: (3, 3) camera
    to world, z up. Returns (radians in [0, pi/2), relative to the picture's heading; share of the
    votes within 3 degrees of it, 0 = no votes).
    """
    position, edge, weight = _edges(rgb, camera)
    if len(weight) < 50:
        return 0.0, 0.0
    ray = np.concatenate([position, np.ones((len(position), 1))], 1)
    normal = np.cross(ray, np.concatenate([edge, np.zeros((len(edge), 1))], 1))
    normal = np.einsum('ni,ji->nj', normal, rotation)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    level = np.hypot(normal[:, 0], normal[:, 1])
    # planes through the vertical say nothing, nor do edges on the horizon
    tells = (np.abs(normal[:, 2]) > 0.12) & (level > 0.1)
    if tells.sum() < 50:
        return 0.0, 0.0
    angle = np.arctan2(-normal[tells, 0], normal[tells, 1]) - directions.heading
    # an error of the edge turns the heading by as much over the level part of the normal
    weight = weight[tells] * level[tells] ** 2
    share = np.mod(angle, QUARTER) / QUARTER * BINS
    votes = np.bincount(np.floor(share).astype(int) % BINS, weight, BINS)
    kernel = np.exp(-0.5 * (np.arange(-8, 9) / SPREAD) ** 2)
    smooth = np.convolve(np.concatenate([votes[-8:], votes, votes[:8]]), kernel, 'valid')
    best = int(smooth.argmax())
    offset = np.mod(share - best - 0.5 + BINS / 2, BINS) - BINS / 2
    near = np.abs(offset) < 3 * BINS / 90
    centre = best + 0.5 + np.average(offset[near], weights=weight[near])
    return (float(np.mod(centre / BINS * QUARTER, QUARTER)),
            float(weight[near].sum() / weight.sum()))


def _edges(rgb, camera):
    """Normalised positions (N, 2), edge directions (N, 2), weights (N,)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 0.8)
    gx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    gy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    blur = [cv2.GaussianBlur(product, (0, 0), 1.5) for product in (gx * gx, gx * gy, gy * gy)]
    difference, energy = blur[0] - blur[2], blur[0] + blur[2]
    coherence = np.hypot(difference, 2 * blur[1]) / (energy + 2)
    strength = np.hypot(gx, gy)
    v, u = np.nonzero((strength > 2) & (coherence > 0.8))
    stride = max(1, len(u) // 12000)
    v, u = v[::stride], u[::stride]
    angle = (0.5 * np.arctan2(2 * blur[1], difference))[v, u].astype(np.float64)
    position = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy], 1)
    edge = np.stack([-np.sin(angle) / camera.fx, np.cos(angle) / camera.fy], 1)
    edge /= np.linalg.norm(edge, axis=1, keepdims=True)
    return position, edge, np.minimum(strength[v, u], 12).astype(np.float64)
