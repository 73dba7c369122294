# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where things end above: what is seen over them belongs to what stands behind.

Each column of a thing has one upper end. Colours tell the thing from the wall and the floor behind
it, an edge marks the line between, and dynamic programming keeps it in one piece.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.layout.appearance import (
    colour_counts, colour_index, counts_beside, GIVEN, NEW, RATIO, usual_count)
from geo_world_model.generators.layout.depth_order import BEHIND, NOTHING
from geo_world_model.generators.layout.polar import FULL_EDGE

#: What is this near to the floor, in shares of the camera's height, is the thing itself.
FOOT = 0.2
#: Gain of a cell behind, and the price of an end inside the picture.
CELL, END = 0.3, 1.5
#: Gains of an edge: before the floor, which is told by more than its colours, and before a wall,
#: where a thing's own seams are edges too: there of any edge, and of one that is so many times
#: as strong.
FLOOR_EDGE, WALL_EDGE, HARD_EDGE, HARD = 5.0, 3.0, 4.0, 5.0
#: What an edge in another than a level direction counts.
ANY_EDGE = 0.7
#: Share of the columns to each side of a thing that teach what the wall behind it looks like.
BESIDE = 0.15
#: An end is believed if all but this share of it is an edge of this strength.
WEAKEST, FAINT = 0.3, 0.5
#: Price of a row that the line moves from one column to the next, and most rows that count.
JUMP, MOST = 0.8, 12
ROUNDS = 3
#: A rim lies at most this share of the rows over a seam, is so much clearer an edge, and what a
#: row costs by which it comes nearer or farther, in shares of the strongest edge.
RIM, CLEARER, BEND = 0.04, 1.3, 0.2
#: Share of the columns by which a thing may be wider than it was found, to each side.
WIDER = 0.03


def silhouettes(evidence, features, walls, reach, background):
    """The first surface of each column, what is behind it, and where the first one ends above.

    evidence: Evidence. features: (H, W, 3) float32 of the working picture. walls: list of Wall.
    reach, background: (A,) metres of the first surface and of what is behind it. Where a thing
    turns out not to be, the first surface is what is behind it; where it is wider than it was
    found, it is continued. Returns (reach (A,), background (A,), ends (A,): radians, depression
    above which what is behind is seen, NOTHING where that is nowhere).
    """
    grid = evidence.grid
    things = background > BEHIND * reach
    if not things.any():
        return reach, background, np.full(len(reach), NOTHING)
    front, behind = _widened(grid.azimuth, walls, reach, background, things)
    things = behind > front
    foot = _row(evidence, front)
    rows = np.arange(len(grid.depression))[:, None]
    seed = rows >= _row(evidence, front, FOOT * evidence.height)
    sure = background > BEHIND * reach
    ends = _ends(evidence, features, (things, sure),
                 (seed, rows < foot, rows < _row(evidence, behind)))
    there = things & (ends < foot - 1)
    step = grid.depression[1] - grid.depression[0]
    ends = np.where(there & (ends > 0), grid.depression[0] + (ends - 0.5) * step, NOTHING)
    return (np.where(there, front, np.where(things, behind, reach)),
            np.where(things, behind, background), ends)


def _widened(azimuth, walls, reach, background, things):
    """Ranges of the first surface and of what is behind, things continued to both sides."""
    front, behind = reach.copy(), background.copy()
    owner = np.repeat(np.arange(len(walls)), [wall.end - wall.start for wall in walls])
    wider = max(1, round(WIDER * len(reach)))
    for column in np.flatnonzero(things[1:] != things[:-1]):
        inner, outer = (column, column + 1) if things[column] else (column + 1, column)
        side = outer - inner
        beside = outer + side * np.arange(wider)
        beside = beside[(beside >= 0) & (beside < len(reach))]
        beside = beside[np.cumsum(things[beside]) == 0]
        wall = walls[owner[inner]]
        ranges = (np.full(len(beside), reach[inner]) if wall.heading is None
                  else wall.range_at(azimuth[beside]))
        nearer = np.cumprod(BEHIND * ranges < reach[beside]) > 0
        front[beside[nearer]] = ranges[nearer]
        behind[beside[nearer]] = reach[beside[nearer]]
    return front, behind


def _ends(evidence, features, columns, cells):
    """Rows (A,) at which things end above; columns: possible, sure; cells: seed, upright, wall."""
    things, sure = columns
    seed, upright, wall_behind = cells
    inside = evidence.grid.inside
    rows = np.arange(len(inside))[:, None]
    sampled = evidence.grid.sample(features)
    colour = colour_index(sampled, inside)
    edge, gained, contrast = _edges(evidence, sampled, wall_behind)
    floor = np.zeros(inside.shape)
    floor[evidence.first:] = evidence.cells
    front = inside & upright & things
    first, foot = inside.argmax(0), upright.sum(0)
    own_cells = front & seed & sure
    lowest = np.where(sure, np.minimum(seed.argmax(0), foot - 1), foot)
    ends = np.zeros(len(first), np.int64)
    group = np.cumsum(np.concatenate([[0], things[1:] != things[:-1]]))
    for _ in range(ROUNDS):
        shown = front & (rows < ends)
        wall = (inside & upright & ~things) | (shown & wall_behind)
        behind = _likelihood(colour, wall, BESIDE)
        on_floor = _likelihood(colour, (inside & ~upright) | (shown & ~wall_behind))
        ratio = np.zeros(inside.shape)
        for k in np.unique(group[things]):
            at = group == k
            own = _likelihood(colour, own_cells & at)[:, at]
            ratio[:, at] = np.where(
                wall_behind[:, at], np.log(behind[:, at] / own),
                RATIO * np.log(on_floor[:, at] / own) + GIVEN * floor[:, at])
        gain = CELL * np.where(front, np.clip(ratio, -1, 1), 0)
        ends = _smoothest(gain, gained, first, lowest, things)
        own_cells = front & (rows >= ends)
    ends = np.where(_clear(ends, edge, group), ends, np.where(sure, 0, foot))
    return _over_seams(ends, contrast, wall_behind, first, foot, group)


def _over_seams(ends, strength, wall_behind, first, foot, group):
    """Ends moved up to a stronger edge that runs along them: a seam below the rim of a thing.

    What is lit from above has other colours there, and its seam is taken for its end.
    """
    moved = ends.copy()
    rise = np.arange(round(RIM * len(strength)) + 1)
    price = BEND * np.abs(rise[:, None] - rise) * strength.max()
    seen = (ends > first) & (ends < foot)
    for k in np.unique(group[seen]):
        columns = np.flatnonzero((group == k) & seen)
        row = ends[columns] - rise[:, None]
        value = np.where(row >= first[columns], strength[np.maximum(row, 0), columns]
                         * wall_behind[np.maximum(row, 0), columns], 0)
        best, came = value[:, 0], np.zeros(value.shape, np.int64)
        for column in range(1, len(columns)):
            options = best[None] - price
            came[:, column] = options.argmax(1)
            best = options[rise, came[:, column]] + value[:, column]
        state, path = int(best.argmax()), np.zeros(len(columns), np.int64)
        for column in range(len(columns) - 1, -1, -1):
            path[column] = state
            state = came[state, column]
        if value[path, np.arange(len(columns))].sum() > CLEARER * value[0].sum():
            moved[columns] -= path
    return moved


def _edges(evidence, sampled, wall_behind):
    """Edges (R, A) in [0, 1], what an upper end at each gains, and their contrast to 2 HARD."""
    across = cv2.Sobel(sampled, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(sampled, cv2.CV_32F, 0, 1, scale=0.125)
    contrast = np.sqrt((across ** 2 + down ** 2).sum(-1)) / FULL_EDGE
    edge = np.maximum(evidence.edges.max(0), ANY_EDGE * np.minimum(contrast, 1))
    before_wall = WALL_EDGE + HARD_EDGE * np.minimum(contrast / HARD, 1)
    return (edge, edge * np.where(wall_behind, before_wall, FLOOR_EDGE),
            np.minimum(contrast, 2 * HARD))


def _clear(ends, edge, group):
    """Columns (A,) bool of groups whose ends are marked by an edge nearly everywhere."""
    columns = np.arange(len(ends))
    strength = np.maximum(edge[ends, columns], edge[np.maximum(ends - 1, 0), columns])
    clear = np.zeros(len(ends), bool)
    for k in np.unique(group[ends > 0]):
        at = (group == k) & (ends > 0)
        clear |= at & (np.quantile(strength[at], WEAKEST) > FAINT)
    return clear | (ends == 0)


def _row(evidence, reach, over=0.0):
    """Row (A,) of what stands at ranges `reach`, `over` metres over the floor."""
    return np.rint(evidence.grid.row_of(np.arctan((evidence.height - over) / reach)))


def _likelihood(colour, chosen, beside=None):
    """How usual the colour of each cell is among the chosen ones, (R, A), NEW where it is new.

    beside: share of the columns to each side that count, None = all.
    """
    if beside is None:
        values = colour[chosen][:, None]
        counts = colour_counts(values, np.ones(values.shape, bool))[:, 0]
        return counts[colour] / usual_count(counts) + NEW
    counts = counts_beside(colour_counts(colour, chosen), beside)
    counts /= usual_count(counts)
    return counts[colour, np.arange(colour.shape[1])] + NEW


def _smoothest(gain, edge, first, lowest, things):
    """The best upper end of every column of a thing (Viterbi), 0 elsewhere."""
    rows, columns = gain.shape
    total = np.vstack([np.zeros((1, columns)), np.cumsum(gain, axis=0)])[:-1]
    index = np.arange(rows)
    score = total + edge - END
    score = np.where(index[:, None] <= first, 0, score)
    score = np.where(index[:, None] > np.maximum(lowest, first), -np.inf, score)
    switch = JUMP * np.minimum(np.abs(index[:, None] - index), MOST)
    best = np.zeros(rows)
    came = np.zeros((columns, rows), np.int64)
    for column in range(columns):
        if things[column]:
            options = best[None, :] - switch
            came[column] = options.argmax(1)
            best = options[index, came[column]] + score[:, column]
        else:
            came[column] = best.argmax()
            best = np.full(rows, best.max())
    ends = np.zeros(columns, np.int64)
    state = best.argmax()
    for column in range(columns - 1, -1, -1):
        ends[column] = state
        state = came[column, state]
    return np.where(things & (ends > first), ends, 0)
