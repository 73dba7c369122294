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
#: Share of the columns of what the camera looks down on that show the floor over it.
ENDS = 0.5
#: A top reaches at most so many times as far as its front.
DEEPEST = 2.5
#: The end of a thing is this share of the rows wide: neither the front of a top nor floor.
MARGIN = 60


def top_heights(evidence, walls, reach, ends):
    """Height over the floor of each column's level top, (A,) metres, 0 = none seen.

    evidence: Evidence. walls: list of Wall. reach: (A,) metres of the first surface. ends: (A,)
    radians, depression at which it ends above. Over a top the floor is seen again. The front of a
    top is a level line on the surface, below its end; the highest of the lines that are nearly as
    good as the best is taken.
    """
    grid, height = evidence.grid, evidence.height
    index = np.repeat([wall.index for wall in walls], [wall.end - wall.start for wall in walls])
    heights = height * np.linspace(LOWEST, HIGHEST, TRIED)
    tops = np.zeros(len(reach))
    margin = max(2, len(grid.depression) // MARGIN)
    floor_over = _floor_over(evidence, ends, margin)
    for start, end in thing_columns(reach):
        if end - start < 4 or floor_over[start:end].mean() < ENDS:
            continue
        support = np.zeros(TRIED)
        columns = np.arange(start, end)
        for k, top in enumerate(heights):
            row = grid.row_of(np.arctan((height - top) / reach[start:end]))
            below = row > grid.row_of(ends[start:end]) + margin
            edge = np.zeros(end - start)
            for heading in np.unique(index[start:end]):
                chosen = index[start:end] == heading
                edge[chosen] = evidence.edge(heading, row[chosen], columns[chosen])
            if 2 * below.sum() > end - start:
                support[k] = edge[below].mean()
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


def _floor_over(evidence, ends, margin):
    """Columns (A,) bool in which the floor is seen next to the end of the first surface."""
    grid = evidence.grid
    row = np.rint(grid.row_of(ends)).astype(int) - margin
    columns = np.arange(len(ends))
    seen = (row >= evidence.first) & grid.inside[np.maximum(row, 0), columns]
    return seen & (evidence.cells[np.maximum(row - evidence.first, 0), columns] > 0)
