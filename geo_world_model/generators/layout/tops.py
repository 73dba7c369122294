# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Level tops of things that the camera looks down on: boxes, tables, beds."""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.layout.depth_order import thing_columns

#: Heights that are tried, and their limits as shares of the camera's height.
TRIED, LOWEST, HIGHEST = 40, 0.1, 0.92
#: Share of the top's front line that must be edge.
SUPPORT = 0.3
#: What the camera looks down on has something else above it below the horizon: of its columns.
ENDS = 0.5
#: A top reaches at most so many times as far as its front.
DEEPEST = 2.5


def top_heights(evidence, walls, reach, passed):
    """Height over the floor of each column's level top, (A,) metres, 0 = none seen.

    evidence: Evidence. walls: list of Wall. reach: (A,) metres of the first surface. passed:
    (R, A) bool, cells that show what is behind it. The front of a top is a level line on the
    surface; the highest of the lines that are nearly as good as the best is taken.
    """
    grid, height = evidence.grid, evidence.height
    index = np.repeat([wall.index for wall in walls], [wall.end - wall.start for wall in walls])
    heights = height * np.linspace(LOWEST, HIGHEST, TRIED)
    tops = np.zeros(len(reach))
    for start, end in thing_columns(reach):
        if end - start < 4 or _passed_at_the_end(grid, passed, start, end) < ENDS:
            continue
        support = np.zeros(TRIED)
        columns = np.arange(start, end)
        for k, top in enumerate(heights):
            row = grid.row_of(np.arctan((height - top) / reach[start:end]))
            edge = np.zeros(end - start)
            for heading in np.unique(index[start:end]):
                chosen = index[start:end] == heading
                edge[chosen] = evidence.edge(heading, row[chosen], columns[chosen])
            support[k] = edge.mean()
        if support.max() > SUPPORT:
            tops[start:end] = heights[np.flatnonzero(support > 0.85 * support.max())[-1]]
    return tops


def top_ranges(tops, reach, depression, height):
    """Horizontal range of the tops at pixels, metres, +Inf where the pixel shows none.

    tops, reach: (H, W) of the pixels' columns, metres; depression: (H, W) radians.
    """
    with np.errstate(divide='ignore', invalid='ignore'):
        ranges = (height - tops) / np.tan(depression)
    shown = (tops > 0) & (depression > 0) & (ranges > reach)
    return np.where(shown, np.minimum(ranges, DEEPEST * reach), np.inf)


def _passed_at_the_end(grid, passed, start, end):
    """Share of the columns whose highest cell below the horizon shows what is behind."""
    rows = np.flatnonzero(grid.depression > 0)
    inside = grid.inside[rows, start:end]
    first = np.minimum(inside.argmax(0) + len(rows) // 30, len(rows) - 1)
    return float(passed[rows[first], np.arange(start, end)].mean())
