# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a robot can drive: points seen from above, as floor, obstacles and what nobody knows."""

from dataclasses import dataclass

import numpy as np

FREE, OCCUPIED, UNKNOWN = 0, 100, -1
#: Cells of a grid at most; a larger place gets larger cells.
MOST_CELLS = 4_000_000
#: The floor is looked for this far above and below z = 0, in slices; one counts as floor where it
#: holds so many times as many points as the middle one. Metres, metres, times.
REACH, SLICE, STANDS_OUT = 0.3, 0.01, 5.0


@dataclass(frozen=True, eq=False)
class Occupancy:
    """
    A map of square cells in the plane of the ground.

    cells (H, W) int8: FREE, OCCUPIED or UNKNOWN, the first row at the lowest y, the first column
    at the lowest x; x, y: of the lower left corner of the first cell, metres; resolution: side of
    a cell, metres; ground: z of the floor, metres.
    """

    cells: np.ndarray
    x: float
    y: float
    resolution: float
    ground: float


def floor_height(xyz):
    """
    Return z of the floor, metres: where most of the points (N, 3) float32 near z = 0 lie level.

    0 where no level stands out. Walls spread their points over all heights. A photograph whose
    camera stood higher or lower than was said has its floor beside z = 0.
    """
    z = xyz[np.abs(xyz[:, 2]) <= REACH, 2]
    counts, edges = np.histogram(z, 2 * round(REACH / SLICE), (-REACH, REACH))
    # a floor may lie on the border of two slices
    pairs = counts[1:] + counts[:-1]
    best = int(pairs.argmax())
    if pairs[best] <= STANDS_OUT * max(np.median(pairs), 1):
        return 0.0
    return float(np.median(z[(z >= edges[best]) & (z <= edges[best + 2])]))


def occupancy_of(xyz, resolution, lowest, highest, least=2, ground=0.0):
    """
    Return the Occupancy of points.

    xyz (N, 3) float32, metres, z up; resolution: side of a cell, lowest < highest, ground: all
    metres; least: a count. A cell is occupied where at least `least` points lie from
    `lowest` to `highest` metres above `ground`, else free where a point lies less than `lowest`
    from the ground, else unknown: what is higher can be driven under, and what is deeper is no
    floor. The resolution is doubled until there are at most MOST_CELLS cells.
    """
    height = xyz[:, 2] - np.float32(ground)
    chosen = (height > -lowest) & (height <= highest)
    if not chosen.any():
        return Occupancy(np.empty((0, 0), np.int8), 0.0, 0.0, float(resolution), ground)
    places, blocks = xyz[chosen, :2].astype(np.float64), height[chosen] >= lowest
    low, high = places.min(0), places.max(0)
    while np.prod(np.floor(high / resolution) - np.floor(low / resolution) + 1) > MOST_CELLS:
        resolution *= 2
    first = np.floor(low / resolution)
    width, rows = (np.floor(high / resolution) - first + 1).astype(int)
    column, row = (np.floor(places / resolution) - first).astype(np.int64).T
    number = row * width + column
    obstacles = np.bincount(number[blocks], minlength=rows * width)
    floor = np.bincount(number[~blocks], minlength=rows * width)
    cells = np.where(obstacles >= least, OCCUPIED, np.where(floor > 0, FREE, UNKNOWN))
    x, y = first * resolution
    return Occupancy(cells.astype(np.int8).reshape(rows, width), float(x), float(y),
                     float(resolution), ground)
