# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The upright surfaces of a picture as few planes, the best explanation of all its columns.

Each column of equal azimuth shows one surface above the floor; dynamic programming over columns
finds the planes, with a price for each corner and each jump (Flint, Mei, Murray, Reid, ECCV 2010,
in the world's polar coordinates: there a wall keeps its heading and its distance, so that going
on along a wall means staying in one state).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np

OFFSETS = 160
CORNER, JUMP = 12.0, 24.0
#: A wall seen flatter than this is not told from what stands before it: cosine.
FLATTEST = 0.12
#: What one more column costs off the Manhattan headings, and on no plane at all.
OFF_AXIS, NO_PLANE = 0.05, 0.3
BEND = 0.25
#: Neighbouring walls are one when a plane meets both to this share of the range.
STRAIGHT = 0.04
#: What is on no plane between two planes is a ramp up to this share of the columns.
RAMP = 0.08


@dataclass(frozen=True)
class Wall:
    """A plane over columns start..end (end excluded).

    heading: radians from the picture's heading to its normal, away from the camera; None = no
    plane, `ranges` says where it is; index: its number, -1 = none. offset: metres to the camera
    along the normal. ranges: (end - start,) metres.
    """

    start: int
    end: int
    heading: float | None
    index: int
    offset: float
    ranges: np.ndarray

    def range_at(self, azimuth):
        """Horizontal range (A,) at azimuths, +Inf where the plane is not met."""
        if self.heading is None:
            return np.full(len(azimuth), np.inf)
        turn = np.cos(azimuth - self.heading)
        return np.where(turn > FLATTEST / 2, self.offset / np.maximum(turn, 1e-3), np.inf)


def find_walls(azimuth, headings, on_axis, evidence, nearest, far):
    """The best sequence of walls.

    azimuth: (A,) radians. headings: (O,) radians of the planes tried; on_axis: (O,) bool, the
    Manhattan ones. evidence: function of (heading index, range (D, A)) to (D, A) float64: how
    well a surface at these ranges explains the columns; index -1 = no plane. nearest, far:
    metres. Returns (list of Wall from the first column to the last, their gain).
    """
    offsets = np.geomspace(nearest, far, OFFSETS)
    gain = np.full((len(headings) + 1, OFFSETS, len(azimuth)), -np.inf)
    for index, heading in enumerate(headings):
        turn = np.cos(azimuth - heading)
        ranges = offsets[:, None] / np.maximum(turn, 1e-3)
        value = evidence(index, np.minimum(ranges, far)) - (0 if on_axis[index] else OFF_AXIS)
        gain[index] = np.where((turn > FLATTEST) & (ranges <= 1.02 * far), value, -np.inf)
    gain[-1] = evidence(-1, np.repeat(offsets[:, None], len(azimuth), 1)) - NO_PLANE
    turns = np.cos(azimuth[None] - np.asarray(headings)[:, None])
    states, best = _best_states(gain, turns, np.log(offsets), CORNER, JUMP)
    walls, start = [], 0
    for end in range(1, len(azimuth) + 1):
        if end == len(azimuth) or not _same_wall(states[end - 1], states[end], len(headings)):
            walls.append(_wall(states, start, end, headings, offsets, azimuth))
            start = end
    return without_ramps(_merged(walls, azimuth), azimuth), best


def without_ramps(walls, azimuth):
    """What lies on no plane but leads over from one plane to the next is a jump or a corner.

    A column that shows the side of a thing shows part of what is behind it, too.
    """
    kept = [walls[0]]
    for wall in walls[1:]:
        before = kept[-1]
        ends_ramp = (before.heading is None and len(kept) > 1 and wall.heading is not None
                     and kept[-2].heading is not None)
        if ends_ramp:
            span = azimuth[before.start:before.end]
            left, right = kept[-2].range_at(span), wall.range_at(span)
            between = ((before.ranges > (1 - STRAIGHT) * np.minimum(left, right))
                       & (before.ranges < (1 + STRAIGHT) * np.maximum(left, right)))
            if len(span) <= RAMP * len(azimuth) and between.mean() > 0.8 and np.isfinite(
                    left + right).all():
                misfit = np.abs(np.log([before.ranges / left, before.ranges / right]))
                cost = np.concatenate([[0], np.cumsum(misfit[0])]) + np.concatenate(
                    [np.cumsum(misfit[1][::-1])[::-1], [0]])
                split = before.start + int(cost.argmin())
                kept[-2:] = [_continued(kept[-2], kept[-2].start, split, azimuth)]
                wall = _continued(wall, split, wall.end, azimuth)
        kept.append(wall)
    return kept


def _continued(wall, start, end, azimuth):
    return replace(wall, start=start, end=end, ranges=wall.range_at(azimuth[start:end]))


def _merged(walls, azimuth):
    """Neighbours that one plane of any heading explains to within STRAIGHT become that plane."""
    merged = [walls[0]]
    for wall in walls[1:]:
        before = merged[-1]
        ranges = np.concatenate([before.ranges, wall.ranges])
        columns = azimuth[before.start:wall.end]
        basis = np.stack([np.cos(columns), np.sin(columns)], 1)
        line = np.linalg.lstsq(basis * ranges[:, None], np.ones(len(ranges)), rcond=None)[0]
        inverse = basis @ line * ranges
        if inverse.min() > 1 - STRAIGHT and inverse.max() < 1 + STRAIGHT:
            larger = before if len(before.ranges) >= len(wall.ranges) else wall
            offset = 1 / np.hypot(*line)
            merged[-1] = Wall(before.start, wall.end, float(np.arctan2(line[1], line[0])),
                              larger.index, float(offset), 1 / (basis @ line))
        else:
            merged.append(wall)
    return merged


def _same_wall(left, right, free):
    if left // OFFSETS == free and right // OFFSETS == free:
        return abs(left - right) <= 2
    return left == right


def _wall(states, start, end, headings, offsets, azimuth):
    index, place = divmod(int(states[start]), OFFSETS)
    if index == len(headings):
        ranges = offsets[states[start:end] % OFFSETS]
        return Wall(start, end, None, -1, float(np.median(ranges)), ranges)
    ranges = offsets[place] / np.cos(azimuth[start:end] - headings[index])
    return Wall(start, end, float(headings[index]), index, float(offsets[place]), ranges)


@numba.njit(cache=True)
def _best_states(gain, turns, log_offset, corner, jump):
    """States (A,) int64, heading * OFFSETS + offset, that explain the columns best (Viterbi)."""
    planes, offsets, columns = gain.shape
    step = log_offset[1] - log_offset[0]
    bins = 2 * offsets
    score = gain[:, :, 0].copy()
    came = np.zeros((columns, planes, offsets), np.int32)
    by_range = np.empty(bins)
    holder = np.empty(bins, np.int32)
    fresh = np.empty_like(score)
    for column in range(1, columns):
        by_range[:] = -np.inf
        best, best_state = -np.inf, 0
        for plane in range(planes):
            shift = 0.0
            if plane < planes - 1:
                if turns[plane, column - 1] < 0.1:
                    continue
                shift = -np.log(turns[plane, column - 1]) / step
            for offset in range(offsets):
                value = score[plane, offset]
                if value == -np.inf:
                    continue
                if value > best:
                    best, best_state = value, plane * offsets + offset
                place = int(offset + shift + 0.5)
                if place < bins and value > by_range[place]:
                    by_range[place] = value
                    holder[place] = plane * offsets + offset
        for plane in range(planes):
            shift = 0.0
            if plane < planes - 1:
                if turns[plane, column] < 0.1:
                    fresh[plane, :] = -np.inf
                    continue
                shift = -np.log(turns[plane, column]) / step
            for offset in range(offsets):
                here = gain[plane, offset, column]
                if here == -np.inf:
                    fresh[plane, offset] = -np.inf
                    continue
                value, state = score[plane, offset], plane * offsets + offset
                if plane == planes - 1:
                    for other in range(max(0, offset - 2), min(offsets, offset + 3)):
                        bent = score[plane, other] - BEND * abs(other - offset)
                        if bent > value:
                            value, state = bent, plane * offsets + other
                place = int(offset + shift + 0.5)
                for other in range(max(0, place - 1), min(bins, place + 2)):
                    if by_range[other] - corner > value:
                        value, state = by_range[other] - corner, holder[other]
                if best - jump > value:
                    value, state = best - jump, best_state
                fresh[plane, offset] = value + here
                came[column, plane, offset] = state
        score, fresh = fresh, score
    path = np.empty(columns, np.int64)
    top = -np.inf
    for plane in range(planes):
        for offset in range(offsets):
            if score[plane, offset] > top:
                top = score[plane, offset]
                path[columns - 1] = plane * offsets + offset
    for column in range(columns - 1, 0, -1):
        state = path[column]
        path[column - 1] = came[column, state // offsets, state % offsets]
    return path, top
