# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How a photograph's camera was held, from the upright edges in it.

What is vertical in the world meets in one vanishing point of the picture (Coughlan, Yuille, ICCV
1999: edge pixels vote for the world's axes, no lines are needed). A photograph without a pose gets
pitch and roll from it; its height and heading it cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.geometry.camera import PinholeCamera

WORKING_WIDTH = 480
PITCH_LIMIT = np.radians(45)
ROLL_LIMIT = np.radians(15)
TOLERANCE = np.radians(1.2)
SUPPORT = 0.25


@dataclass(frozen=True)
class Tilt:
    """pitch: radians, positive looks down. roll: radians, positive lowers the camera's right side.

    support: share of the upright edge pixels that agree, 0 = nothing to go by (then level).
    """

    pitch: float
    roll: float
    support: float

    @property
    def rotation(self) -> np.ndarray:
        """(3, 3) camera to world (z up, heading +x) of a camera held like this."""
        sp, cp = np.sin(self.pitch), np.cos(self.pitch)
        sr, cr = np.sin(self.roll), np.cos(self.roll)
        level = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
        pitch = np.array([[1.0, 0, 0], [0, cp, sp], [0, -sp, cp]])
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1.0]])
        return level @ pitch @ roll

    def __str__(self) -> str:
        return (f'pitch {np.degrees(self.pitch):+.1f} deg down, roll {np.degrees(self.roll):+.1f} '
                f'deg, support {self.support:.0%}')


def estimate_tilt(rgb: np.ndarray, camera: PinholeCamera) -> Tilt:
    """Pitch within 45 and roll within 15 degrees of level. rgb: (H, W, 3) uint8."""
    if camera.width > WORKING_WIDTH:
        camera = camera.scaled(WORKING_WIDTH, max(1, round(
            camera.height * WORKING_WIDTH / camera.width)))
        rgb = cv2.resize(rgb, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    position, edge, weight = _upright_edges(rgb, camera)
    if len(weight) < 100:
        return Tilt(0.0, 0.0, 0.0)
    best, spread = np.zeros(2), np.array([PITCH_LIMIT, ROLL_LIMIT])
    for _ in range(4):
        pitches = np.clip(best[0] + np.linspace(-1, 1, 31) * spread[0], -PITCH_LIMIT, PITCH_LIMIT)
        rolls = np.clip(best[1] + np.linspace(-1, 1, 15) * spread[1], -ROLL_LIMIT, ROLL_LIMIT)
        # The first rounds see coarsely, or a true maximum falls between two tries.
        tolerance = max(TOLERANCE, float(spread[0]) / 15)
        votes = np.array([[_votes(position, edge, weight, pitch, roll, tolerance)
                           for roll in rolls] for pitch in pitches])
        row, column = np.unravel_index(votes.argmax(), votes.shape)
        best = np.array([pitches[row], rolls[column]])
        spread = spread / 5
    support = float(_votes(position, edge, weight, *best, TOLERANCE) / weight.sum())
    # a maximum at the end of the search is no maximum: something else than uprights voted
    at_the_end = abs(best[0]) > 0.95 * PITCH_LIMIT or abs(best[1]) > 0.95 * ROLL_LIMIT
    if support < SUPPORT or at_the_end:
        return Tilt(0.0, 0.0, 0.0)
    return Tilt(float(best[0]), float(best[1]), support)


def _upright_edges(rgb, camera):
    """Normalised positions (N, 2), unit edge directions in pixels (N, 2), weights (N,)."""
    grey = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 0.8)
    gx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    gy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    blur = [cv2.GaussianBlur(product, (0, 0), 2.0) for product in (gx * gx, gx * gy, gy * gy)]
    difference, energy = blur[0] - blur[2], blur[0] + blur[2]
    angle = 0.5 * np.arctan2(2 * blur[1], difference)
    coherence = np.hypot(difference, 2 * blur[1]) / (energy + 4)
    strong = np.hypot(gx, gy)
    # Gradients along x belong to upright edges; roll and perspective turn them up to 40 degrees.
    chosen = (strong > 3) & (coherence > 0.8) & (np.abs(angle) < np.radians(40))
    v, u = np.nonzero(chosen)
    stride = max(1, len(u) // 6000)
    v, u = v[::stride], u[::stride]
    angle = angle[v, u].astype(np.float64)
    position = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy], 1)
    # A long strong edge must not outvote ten weak ones.
    weight = np.minimum(strong[v, u], 12).astype(np.float64)
    edge = np.stack([-np.sin(angle) / camera.fx, np.cos(angle) / camera.fy], 1)
    return position, edge / np.linalg.norm(edge, axis=1, keepdims=True), weight


def _votes(position, edge, weight, pitch, roll, tolerance):
    up = Tilt(pitch, roll, 0).rotation[2]
    x = up[0] - position[:, 0] * up[2]
    y = up[1] - position[:, 1] * up[2]
    sine = (edge[:, 0] * y - edge[:, 1] * x) / np.maximum(np.hypot(x, y), 1e-9)
    return float((weight * np.exp(-0.5 * (sine / tolerance) ** 2)).sum())
