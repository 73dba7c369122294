# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How well an upright surface at some range explains a column of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.generators.layout.appearance import floor_by_appearance
from geo_world_model.generators.layout.polar import PolarGrid

#: What is no floor, but lies below the foot of a surface, counts so much more than a floor cell.
HOLE_COST = 4.0
FOOT_EDGE, CEILING_EDGE = 5.0, 3.0
#: Cells of one column tell much the same, so they count less.
FLOOR = 0.3
#: Evidence, at most, of cells that no edge of this strength separates from above the horizon.
LEAK, SEPARATES = -0.3, 0.25
#: Columns side by side that show this, at least: a gap in an edge is narrower.
NARROWEST = 5
#: Price of range: of a column each time it is e times farther than three camera heights.
FAR = 0.8
#: A surface whose foot lies below the picture stands where the picture ends rather than nearer.
BELOW = 0.02


@dataclass(frozen=True, eq=False)
class Evidence:
    """Floor and edges of a picture, asked by heading and range.

    grid: PolarGrid. height: metres of the camera over the floor. first: row of the grid from
    which on floor is looked for. floor: (K + 1, A) float64, gain of floor from row first + k on
    downwards. edges: (O, R, A) float32 of `level_edges`. cells: (K, A) float64 in [-1, 1], above
    0 = floor. ceiling: metres over the camera, or None.
    """

    grid: PolarGrid
    height: float
    first: int
    floor: np.ndarray
    edges: np.ndarray
    cells: np.ndarray
    ceiling: float | None = None

    @classmethod
    def of(cls, grid, floor_evidence, features, edges, height, far):
        """Of a picture: floor_evidence (H, W) float32 in [-1, 1], features (H, W, 3) float32."""
        first = int(np.searchsorted(grid.depression, np.arctan2(height, far)))
        inside = grid.inside[first:]
        cells = np.where(inside, grid.sample(floor_evidence)[first:], 0).astype(np.float64)
        horizon = int(np.searchsorted(grid.depression, 0))
        found = floor_by_appearance(grid.sample(features), grid.inside, horizon, first, cells)
        cells = cells if found is None else found
        hangs = hangs_from_horizon(edges.max(0)[first:], grid.inside[max(first - 8, 0)])
        cells = np.where(hangs & inside, np.minimum(cells, LEAK), cells)
        return cls(grid, height, first, FLOOR * _floor_gain(cells, inside), edges, cells)

    def __call__(self, index, ranges):
        """Gain (D, A) of surfaces of heading `index` (-1 = none) at ranges (D, A), metres."""
        columns = np.broadcast_to(np.arange(ranges.shape[1]), ranges.shape)
        foot = self.grid.row_of(np.arctan(self.height / ranges))
        gain = _between(self.floor, np.clip(foot - self.first + 0.5, 0, None), columns)
        gain = gain + FOOT_EDGE * self.edge(index, foot, columns)
        gain = gain - FAR * np.log(np.maximum(ranges / (3 * self.height), 1))
        if self.ceiling is not None:
            top = self.grid.row_of(-np.arctan(self.ceiling / ranges))
            gain = gain + CEILING_EDGE * self.edge(index, top, columns)
        return gain

    def edge(self, index, row, columns):
        """Level edge in [0, 1] of a heading at fractional rows and columns; 0 outside."""
        # opposite sides of a wall have the same level edges
        edges = self.edges[index % len(self.edges)] if index >= 0 else 0.7 * self.edges.max(0)
        inside = (row > -0.5) & (row < len(edges) - 0.5)
        return np.where(inside, _between(edges, np.clip(row, 0, None), columns), 0)


def hangs_from_horizon(edge, above):
    """Cells (K, A) that nothing separates from what is above the horizon: upright as that is."""
    clear = cv2.dilate(edge, np.ones((1, 3), np.uint8)) < SEPARATES
    depth = np.cumprod(clear, axis=0)
    hangs = (depth > 0) & (depth.sum(0) > len(edge) // 40) & above
    return cv2.morphologyEx(hangs.astype(np.uint8), cv2.MORPH_OPEN,
                            np.ones((1, NARROWEST), np.uint8)) > 0


def _floor_gain(cells, inside):
    rows, columns = cells.shape
    floor = np.where(cells < 0, HOLE_COST * cells, cells)
    below = np.vstack([np.cumsum(floor[::-1], axis=0)[::-1], np.zeros((1, columns))])
    total = np.vstack([np.zeros((1, columns)), np.cumsum(cells, axis=0)])
    # only the rows just above the foot have to be no floor: floor may follow again
    window = np.maximum(np.arange(rows + 1) - max(rows // 12, 1), 0)
    last = np.where(inside.any(0), rows - inside[::-1].argmax(0), rows)
    beyond = np.maximum(np.arange(rows + 1)[:, None] - last, 0)
    nothing = total[np.minimum(last, rows), np.arange(columns)] - total[
        window[np.minimum(last, rows)], np.arange(columns)]
    gain = below - np.where(beyond > 0, nothing, total - total[window])
    return gain - BELOW * beyond


def _between(table, row, columns):
    """Table (R, A) at fractional rows, linear, its last row going on."""
    low = np.minimum(row.astype(np.int64), len(table) - 1)
    high = np.minimum(low + 1, len(table) - 1)
    part = np.minimum(row - low, 1)
    return table[low, columns] * (1 - part) + table[high, columns] * part
