# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where the floor of a panorama ends, all around, and the upright walls that stand there.

Columns are azimuths, and their ends belong together. Each column chooses among the candidate walls
by what shows at their foot and at their top, with few corners and fewer jumps; where no wall fits,
the line stays as it was seen.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.panorama.ceiling import ceiling_ratio, edge_along
from geo_world_model.generators.panorama.wall_candidates import median_distance, wall_candidates
from geo_world_model.generators.panorama.wall_line import GRAZING, WallLine

#: What stands on the floor may hide it below the line (cheap); floor above the line is a fault.
#: Costs of a row, most that a column adds up to, and rows that a line may be wrong for free.
STANDING_COST, LEAK_COST = 0.4, 2.0
STANDING_CAP, LEAK_CAP, TOLERANCE = 1.2, 12.0, 1.0
#: Of a row by which the line jumps from one column to the next, and most rows that count.
JUMP_COST, JUMP_CAP = 0.6, 10.0
#: Of a change of walls, and of a column whose line is as it was seen.
CORNER_COST, FREE_COST = 7.5, 1.5
#: Of a column whose wall has no edge at the height of the ceiling.
CEILING_COST = 2.0


def find_walls(evidence, depression, azimuth, gradient):
    """The line where the floor ends, and the height of the ceiling that the same walls reach.

    evidence: (R, C) float in [-1, 1], above 0 = floor. depression: (R,) radians, rising, evenly
    spread, > 0. azimuth: (C,) radians, falling, evenly spread over the circle. gradient:
    (H, C, 3), of the whole picture, from level_edges.
    Returns (WallLine, ratio: height of the ceiling over the camera in camera heights).
    """
    standing, leak = _line_costs(evidence.astype(np.float64))
    index = np.arange(len(leak))
    switch = JUMP_COST * np.minimum(np.abs(index[:, None] - index), JUMP_CAP)
    row = _closed_path(standing + leak, lambda column: switch)
    seen = 1 / np.tan(_edge_depression(depression, row))
    normal, distance = wall_candidates(seen, azimuth, row > 0)
    costs = np.minimum(standing, STANDING_CAP) + np.clip(leak - LEAK_COST * TOLERANCE, 0, LEAK_CAP)
    reach = np.concatenate([distance[:, None] / _facing(azimuth, normal), seen[None]])
    tops = np.zeros(reach.shape)
    # the first choice tells the ceiling's height, and its edges then tell the walls apart
    for _ in range(2):
        label = _choose_walls(costs, tops, reach, depression)
        ratio = ceiling_ratio(gradient, np.take_along_axis(reach, label[None], 0)[0])
        tops = CEILING_COST * (1 - edge_along(
            gradient, np.arctan(ratio / np.nan_to_num(reach, nan=np.inf))))
    label = _choose_walls(costs, tops, reach, depression)
    normal, distance, label = _refit(seen, azimuth, label, normal, distance)
    distance = _sharpen(gradient, azimuth, label, normal, distance)
    label = _meeting(azimuth, label, normal, distance)
    line = WallLine(azimuth, label, normal, distance, seen)
    return line, ceiling_ratio(gradient, line.at(azimuth))


def _line_costs(evidence):
    """What a line above row i leaves unexplained in each column: (R + 1, C) below, above it."""
    none = np.zeros((1, evidence.shape[1]))
    standing = np.cumsum(np.maximum(-evidence, 0)[::-1], 0)[::-1]
    leak = np.cumsum(np.maximum(evidence, 0), 0)
    return (STANDING_COST * np.concatenate([standing, none]),
            LEAK_COST * np.concatenate([none, leak]))


def _closed_path(cost, switch):
    """The cheapest path over columns of which the last is followed by the first (Viterbi).

    cost: (S, C); switch(column): (S, S) cost from the state before to the state at a column. Two
    turns are walked and the middle one taken, whose ends both know what lies beyond them.
    """
    states, columns = cost.shape
    best = cost[:, 0]
    came = np.zeros((2 * columns, states), np.int64)
    for step in range(1, 2 * columns):
        options = best[None, :] + switch(step % columns)
        came[step] = options.argmin(1)
        best = np.take_along_axis(options, came[step][:, None], 1)[:, 0]
        best = best + cost[:, step % columns]
    path = np.empty(2 * columns, np.int64)
    path[-1] = best.argmin()
    for step in range(2 * columns - 1, 0, -1):
        path[step - 1] = came[step, path[step]]
    half = columns // 2
    return np.concatenate([path[columns:columns + half], path[half:columns]])


def _edge_depression(depression, row):
    """Depression of the line above each row; above the first one the floor goes on."""
    step = depression[1] - depression[0]
    return np.where(row > 0, depression[0] + (row - 0.5) * step, depression[0] / 4)


def _facing(azimuth, normal):
    """Cosine between columns and normals, (K, C); NaN where a wall is seen from its edge."""
    cosine = np.cos(azimuth[None] - normal[:, None])
    return np.where(cosine > GRAZING, cosine, np.nan)


def _choose_walls(costs, tops, reach, depression):
    """Index into `reach` of every column (C,), whose last is the line as it was seen.

    costs: (R + 1, C) of a line above a row. tops: (K + 1, C) cost of the wall's upper edge. reach:
    (K + 1, C) range of the walls, NaN where they cannot be. Few corners, fewer jumps.
    """
    step = depression[1] - depression[0]
    rows = (np.arctan(1 / reach) - depression[0]) / step + 0.5
    rows = np.clip(np.nan_to_num(rows, nan=0.0), 0, len(costs) - 1)
    whole = np.minimum(rows.astype(np.int64), len(costs) - 2)
    part = rows - whole
    column = np.arange(costs.shape[1])
    misfit = (1 - part) * costs[whole, column] + part * costs[whole + 1, column] + tops
    misfit = np.where(np.isnan(reach), 2 * LEAK_CAP, misfit)
    misfit[-1] += FREE_COST
    change = CORNER_COST * (1 - np.eye(len(rows)))

    def switch(at):
        jump = np.abs(rows[:, at][:, None] - rows[:, at - 1])
        return change + np.where(change > 0, JUMP_COST * np.minimum(jump, JUMP_CAP), 0)

    return _closed_path(misfit, switch)


def _refit(seen, azimuth, label, normal, distance):
    """Distances that fit the columns of each wall best; walls without columns are dropped.

    Returns (normal, distance, label (C,) with -1 = no wall).
    """
    kept = [k for k in range(len(normal)) if (label == k).any()]
    renamed = np.full(len(normal) + 1, -1)
    renamed[kept] = np.arange(len(kept))
    fitted = []
    for k in kept:
        columns = label == k
        fitted.append(median_distance(seen[columns], azimuth[columns], normal[k], distance[k]))
    return normal[kept], np.array(fitted, np.float64), renamed[label]


def _sharpen(gradient, azimuth, label, normal, distance):
    """Distances (K,) that put each wall's foot on the strongest edge within a row and a half."""
    row = np.pi / len(gradient)
    sharp = distance.copy()
    for k in range(len(distance)):
        columns = np.flatnonzero(label == k)
        facing = np.cos(azimuth - normal[k])
        middle = np.median(facing[columns])
        contact = np.arctan(middle / distance[k])
        shifted = np.maximum(contact + np.linspace(-1.5, 1.5, 31) * row, row)
        tried = middle / np.tan(shifted)
        feet = -np.arctan(np.maximum(facing, 0)[None] / tried[:, None])
        sharp[k] = tried[edge_along(gradient, feet)[:, columns].mean(1).argmax()]
    return sharp


def _meeting(azimuth, label, normal, distance, most=6):
    """Labels whose changes lie where the two walls meet, if that is a few columns away."""
    moved = label.copy()
    count = len(label)
    for column in np.flatnonzero((label != np.roll(label, -1)) & (label >= 0)):
        pair = label[column], label[(column + 1) % count]
        if pair[1] < 0:
            continue
        around = (column + np.arange(-most, most + 2)) % count
        reach = [distance[k] / np.maximum(np.cos(azimuth[around] - normal[k]), GRAZING)
                 for k in pair]
        crossing = np.flatnonzero(np.diff(np.sign(reach[0] - reach[1])) != 0)
        if crossing.size == 1:
            start = np.arange(len(around)) <= crossing[0]
            own = np.isin(label[around], pair)
            moved[around[own]] = np.where(start, *pair)[own]
    return moved
