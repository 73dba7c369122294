# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A picture in columns of equal azimuth and rows of equal depression, and the level edges in it.

What is upright keeps one horizontal range along a column, however the camera was held.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

COLUMNS = 320
#: Rows are as far apart as columns, within these limits.
FEWEST, MOST = 48, 400
#: Gradient of the features, per working pixel, that counts as a full edge.
FULL_EDGE = 0.035


@dataclass(frozen=True, eq=False)
class PolarGrid:
    """Where the cells of the grid lie in a picture.

    azimuth: (A,) radians to the left of the picture's heading, increasing. depression: (R,)
    radians below the horizon, increasing. column, row: (R, A) float32, pixels. inside: (R, A)
    bool, the cells that the picture shows.
    """

    azimuth: np.ndarray
    depression: np.ndarray
    column: np.ndarray
    row: np.ndarray
    inside: np.ndarray

    @classmethod
    def of(cls, directions, camera, rotation):
        """directions: upright.Directions of `camera`, held by `rotation` (3, 3), z up."""
        azimuth = np.linspace(directions.azimuth.min(), directions.azimuth.max(), COLUMNS)
        low, high = directions.depression.min(), directions.depression.max()
        rows = np.clip((high - low) / (azimuth[1] - azimuth[0]), FEWEST, MOST)
        depression = np.linspace(low, high, int(rows))
        column, row, inside = pixels(azimuth[None] + directions.heading, depression[:, None],
                                     camera, rotation)
        return cls(azimuth, depression, column, row, inside)

    def sample(self, image):
        """Image (H, W) or (H, W, C) float32 to the grid, bilinear; its rim goes on outside."""
        return cv2.remap(image, self.column, self.row, cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REPLICATE)

    def row_of(self, depression):
        """Fractional row of depressions, radians."""
        return (depression - self.depression[0]) / (self.depression[1] - self.depression[0])


def pixels(heading, depression, camera, rotation):
    """Where directions of the world lie in a picture.

    heading: radians from the world's +x; depression: radians; they broadcast to (R, A). Returns
    (column (R, A), row (R, A)) float32, pixels, and inside (R, A) bool.
    """
    heading, depression = np.broadcast_arrays(heading, depression)
    level = np.cos(depression)
    world = np.stack([level * np.cos(heading), level * np.sin(heading), -np.sin(depression)], -1)
    local = np.einsum('rai,ij->raj', world, rotation)
    front = local[..., 2] > 1e-3
    z = np.where(front, local[..., 2], 1)
    u = camera.fx * local[..., 0] / z + camera.cx
    v = camera.fy * local[..., 1] / z + camera.cy
    inside = (front & (u > -0.5) & (u < camera.width - 0.5)
              & (v > -0.5) & (v < camera.height - 0.5))
    return u.astype(np.float32), v.astype(np.float32), inside


def level_edges(grid, features, headings):
    """How much each cell looks like a level edge of an upright surface.

    features: (H, W, 3) float32 picture. headings: (O,) radians, azimuth of the surfaces' normals
    away from the camera. A level line on a surface with heading t, seen at depression p and
    azimuth a, runs with slope dp/da = -tan(a - t) sin p cos p, whatever its height and distance.
    Returns (O, R, A) float32 in [0, 1].
    """
    cells = grid.sample(features)
    step_a = grid.azimuth[1] - grid.azimuth[0]
    step_p = grid.depression[1] - grid.depression[0]
    across = cv2.Sobel(cells, cv2.CV_32F, 1, 0, scale=0.125) / np.float32(step_a)
    down = cv2.Sobel(cells, cv2.CV_32F, 0, 1, scale=0.125) / np.float32(step_p)
    # an edge is as strong as it is in the picture: the grid may be finer than that
    both = grid.inside[:, 1:] & grid.inside[:, :-1]
    steps = np.hypot(np.diff(grid.column, axis=1), np.diff(grid.row, axis=1))[both]
    pixel = np.float32((steps.mean() if steps.size else 1.0) / step_a)
    shrink = np.cos(grid.depression).clip(0.2).astype(np.float32)[:, None]
    across /= pixel * shrink[..., None]
    down /= pixel
    strength = np.sqrt((across ** 2 + down ** 2).sum(-1))
    edges = np.empty((len(headings),) + strength.shape, np.float32)
    bend = (np.sin(grid.depression) * np.cos(grid.depression))[:, None]
    for index, heading in enumerate(headings):
        turn = np.cos(grid.azimuth - heading)
        slope = -np.where(turn > 0.1, np.tan(grid.azimuth - heading), 0)[None] * bend
        # distances on the picture, not on the grid: a step in azimuth shrinks with the cosine
        slope = (slope / shrink).astype(np.float32)
        length = np.sqrt(1 + slope ** 2)
        along = np.sqrt((((across + slope[..., None] * down) / length[..., None]) ** 2).sum(-1))
        edges[index] = np.clip(1.5 * (strength - 1.5 * along) / FULL_EDGE, 0, 1)
    edges[:, ~grid.inside] = 0
    return edges
