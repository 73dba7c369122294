# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which of the surfaces found are things before a wall, and what is behind them."""

from __future__ import annotations

import cv2
import numpy as np

#: A surface this many times farther than its neighbour lies behind it.
BEHIND = 1.15
#: A thing cut by the side of the picture covers at most this share of the columns.
WIDEST = 0.6
#: A plane this many times as far as what is seen would be seen itself.
SEEN = 0.95
#: Walls go on behind nearer things when they cover this share of the columns.
LONG = 0.1
#: Depression of the upper end of what goes on to the top of the picture.
NOTHING = -np.pi / 2
#: Evidence from which on something that a thing surrounds is floor.
SURELY = 0.3


def background_ranges(azimuth, walls, far):
    """The first surface of each column, and what would be seen without the things before walls.

    azimuth: (A,) radians. walls: list of Wall over all columns. far: metres. Columns without a
    jump between them are one group; a group nearer than what it borders on is a thing, and the
    walls at its two sides go on behind it, up to where they meet.
    Returns (range (A,), background (A,)), metres, background >= range.
    """
    reach = np.concatenate([wall.ranges for wall in walls]).clip(None, far)
    owner = np.repeat(np.arange(len(walls)), [wall.end - wall.start for wall in walls])
    background = reach.copy()
    for _ in range(3):
        changed = False
        for start, end in thing_columns(background):
            sides = [column for column in (start - 1, end) if 0 <= column < len(reach)]
            behind = np.full(end - start, np.inf)
            for column in sides:
                ranges = walls[owner[column]].range_at(azimuth[start:end])
                ranges = np.where(np.isfinite(ranges), ranges, background[column]).clip(None, far)
                ranges = np.where(ranges > BEHIND * background[start:end], ranges, np.inf)
                behind = np.minimum(behind, ranges)
            farther = max(background[column] for column in sides)
            background[start:end] = np.where(np.isfinite(behind), behind, farther)
            nearest = sides[int(np.argmin([background[column] for column in sides]))]
            owner[start:end] = owner[nearest]
            changed = True
        if not changed:
            break
    background = np.minimum(np.where(background > BEHIND * reach, background, np.inf),
                            _long_walls_behind(azimuth, walls, reach))
    background = np.where(np.isfinite(background), background, reach)
    return reach, np.maximum(background, reach)


def _long_walls_behind(azimuth, walls, reach):
    """Range (A,) of the nearest long wall behind each column, continued by half its width.

    A wall goes on behind what hides it, but not behind a wall that it meets in a corner.
    """
    behind = np.full(len(reach), np.inf)
    for wall in walls:
        width = wall.end - wall.start
        if wall.heading is None or width < LONG * len(reach):
            continue
        for columns in (np.arange(wall.end, min(wall.end + width // 2, len(reach))),
                        np.arange(wall.start - 1, max(wall.start - width // 2, 0) - 1, -1)):
            ranges = wall.range_at(azimuth[columns])
            if not len(columns) or ranges[0] < BEHIND * reach[columns[0]]:
                continue
            hidden = np.cumprod(ranges > SEEN * reach[columns]) > 0
            behind[columns] = np.where(hidden & (ranges > BEHIND * reach[columns]),
                                       np.minimum(behind[columns], ranges), behind[columns])
    return behind


def thing_columns(reach):
    """Column spans (start, end), end excluded, of what stands before its surroundings."""
    jumps = np.abs(np.diff(np.log(reach))) > np.log(BEHIND)
    cuts = np.concatenate([[0], np.flatnonzero(jumps) + 1, [len(reach)]])
    return [(start, end) for start, end in zip(cuts[:-1], cuts[1:])
            if _is_thing(reach, start, end)]


def _is_thing(reach, start, end):
    left = start > 0 and reach[start - 1] > BEHIND * reach[start]
    right = end < len(reach) and reach[end] > BEHIND * reach[end - 1]
    if start == 0 or end == len(reach):
        return (left or right) and end - start < WIDEST * len(reach)
    return left and right


def floor_behind(evidence, reach, ends, seen):
    """Floor that is seen above the foot of something, with something else in between.

    reach: (A,) metres of the first surface. ends: (A,) radians, depression at which it ends
    above; below it only what is surely floor counts. seen: Directions of the picture. Returns
    (H, W) bool.
    """
    grid = evidence.grid
    rows = np.arange(len(grid.depression))[:, None]
    above = rows < grid.row_of(np.arctan(evidence.height / reach))[None]
    floor = np.zeros(grid.inside.shape, bool)
    below = grid.depression[evidence.first:, None] > ends
    floor[evidence.first:] = evidence.cells > np.where(below & (ends > NOTHING), SURELY, 0)
    other = above & ~floor & grid.inside
    between = np.cumsum(other[::-1], axis=0)[::-1]
    behind = above & floor & grid.inside & (between > len(rows) // 50) & (rows >= evidence.first)
    column = np.interp(seen.azimuth, grid.azimuth, np.arange(len(grid.azimuth)))
    again = cv2.remap(behind.astype(np.float32), column.astype(np.float32),
                      grid.row_of(seen.depression).astype(np.float32), cv2.INTER_LINEAR) > 0.5
    return cv2.morphologyEx(again.astype(np.uint8), cv2.MORPH_OPEN,
                            np.ones((5, 5), np.uint8)) > 0
