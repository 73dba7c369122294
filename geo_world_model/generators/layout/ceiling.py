# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The height of the ceiling, from the line where the walls meet it.

A wall whose foot gives its range shows the ceiling's line at an elevation that depends on the
ceiling's height alone, so that all walls together decide it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

#: Heights that are tried.
TRIED = 60
#: Walls are found again below so many of them.
FOUND_AGAIN = 3
#: Share of a line that must be edge, of all columns that must show it, and how much more of it
#: than of lines at other heights.
SUPPORT, SEEN, STANDS_OUT = 0.4, 0.25, 2.5


def find_ceiling(evidence, walls, find, lowest, highest):
    """Height of the ceiling over the camera, and the walls that agree with it.

    evidence: Evidence. walls: list of Wall found without a ceiling. find: function of an Evidence
    to (list of Wall, gain). lowest, highest: metres over the floor. Returns (metres or None,
    list of Wall).
    """
    lowest = max(lowest - evidence.height, 0.2 * evidence.height)
    heights = np.geomspace(lowest, max(highest - evidence.height, 2 * lowest), TRIED)
    support = np.array([_support(evidence, walls, height) for height in heights])
    peak = (support >= np.roll(support, 1)) & (support >= np.roll(support, -1)) & (support > 0)
    order = np.flatnonzero(peak)[np.argsort(-support[peak], kind='stable')][:FOUND_AGAIN]
    best = None, walls
    most = -np.inf
    for height in heights[order]:
        below, gain = find(replace(evidence, ceiling=float(height)))
        found = _support(evidence, below, height)
        others = np.mean([_support(evidence, below, other) for other in heights])
        if gain > most and found > max(SUPPORT, STANDS_OUT * others):
            best, most = (float(height), below), gain
    return best


def _support(evidence, walls, height):
    """Share of the ceiling's line that is edge; 0 where too little of it is in the picture."""
    ranges = np.concatenate([wall.ranges for wall in walls])
    index = np.repeat([wall.index for wall in walls], [wall.end - wall.start for wall in walls])
    columns = np.arange(len(ranges))
    row = evidence.grid.row_of(-np.arctan(height / ranges))
    place = np.rint(row).astype(int)
    inside = (place >= 0) & (place < len(evidence.grid.inside))
    inside &= evidence.grid.inside[np.clip(place, 0, len(evidence.grid.inside) - 1), columns]
    if inside.mean() < SEEN:
        return 0.0
    edge = np.zeros(len(ranges))
    for heading in np.unique(index):
        chosen = inside & (index == heading)
        edge[chosen] = evidence.edge(heading, row[chosen], columns[chosen])
    return float(edge[inside].mean())
