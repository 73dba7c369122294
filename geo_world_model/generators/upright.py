# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where the floor ends in each direction: the contact line of upright surfaces, and its walls.

The picture is seen in columns of equal azimuth and rows of equal depression, where what is upright
keeps one horizontal range from its contact with the floor upwards: the world of stixels (Badino,
Franke, Pfeiffer, DAGM 2009). Roll and pitch need no special case.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

ROWS = 240
JUMP_COST = 0.6
JUMP_CAP = 10
HOLE_COST = 4.0


@dataclass(frozen=True, eq=False)
class Directions:
    """The pixels' directions in the world.

    azimuth: (H, W) radians to the left of `heading`. depression: (H, W) radians below the
    horizon. level: (H, W) length of the level part of the ray with z = 1, so that a surface at
    horizontal range r has depth r / level.
    """

    azimuth: np.ndarray
    depression: np.ndarray
    level: np.ndarray
    heading: float

    @classmethod
    def of(cls, rays: np.ndarray, rotation: np.ndarray) -> Directions:
        """rays: (H, W, 3) camera frame, z = 1. rotation: (3, 3) camera to world, z up."""
        world = rays @ rotation.T
        ahead = rotation[:, 2] if np.hypot(*rotation[:2, 2]) > 0.2 else -rotation[:, 1]
        heading = float(np.arctan2(ahead[1], ahead[0]))
        level = np.hypot(world[..., 0], world[..., 1])
        azimuth = np.arctan2(world[..., 1], world[..., 0]) - heading
        azimuth = np.mod(azimuth + np.pi, 2 * np.pi) - np.pi
        return cls(azimuth, np.arctan2(-world[..., 2], level), level, heading)


@dataclass(frozen=True, eq=False)
class ContactLine:
    """Horizontal range of the first upright surface in each of A columns.

    azimuth: (A,) radians, increasing. range: (A,) metres, `far` = the floor reaches that far.
    support: (A,) 1 = seen, 0.5 = carried over from the neighbours, 0 = nothing there but distance.
    """

    azimuth: np.ndarray
    range: np.ndarray
    background: np.ndarray
    support: np.ndarray

    def at(self, azimuth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Range, background and support at azimuths.

        Inverse ranges are interpolated linearly, but not across a jump.
        """
        step = self.azimuth[1] - self.azimuth[0]
        position = np.clip((azimuth - self.azimuth[0]) / step, 0, len(self.azimuth) - 1)
        left = np.minimum(position.astype(np.int64), len(self.azimuth) - 2)
        part = position - left
        nearest = np.where(part < 0.5, left, left + 1)
        return (_interpolate(self.range, left, part), _interpolate(self.background, left, part),
                self.support[nearest])


def _interpolate(reach: np.ndarray, left: np.ndarray, part: np.ndarray) -> np.ndarray:
    here, next_ = 1 / reach[left], 1 / reach[left + 1]
    jump = np.maximum(here, next_) > 1.15 * np.minimum(here, next_)
    part = np.where(jump, np.round(part), part)
    return 1 / (here * (1 - part) + next_ * part)


def find_contacts(evidence, mask, directions, camera, rotation, height, far):
    """The contact line.

    evidence: (H, W) float32 in [-1, 1], above 0 = floor. mask: (H, W) bool, floor.
    height: of the camera over the floor. far: range beyond which nothing is told apart.
    Returns (ContactLine, floor_again (H, W) bool: floor seen behind something upright), or None
    when no column shows floor.
    """
    columns = mask.shape[1]
    lowest = np.arctan2(height, far)
    azimuths = np.linspace(directions.azimuth.min(), directions.azimuth.max(), columns)
    depressions = np.linspace(lowest, directions.depression.max(), ROWS)
    maps, inside = _polar_maps(azimuths + directions.heading, depressions, camera, rotation)
    cells = cv2.remap(evidence, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cells = np.where(inside, cells, 0).astype(np.float64)
    floor = (cells > 0) & inside
    seen = floor.sum(0) >= 4
    if seen.sum() < 4:
        return None
    first = _first_floor_row(cells)
    # The floor ends between its first row and the one above.
    row = depressions[1] - depressions[0]
    depression = (np.append(depressions, depressions[-1]) - row / 2)[first]
    reach = height / np.tan(np.maximum(depression, lowest))
    # A column without floor stands on the floor somewhere below the picture.
    last = np.where(inside.any(0), ROWS - 1 - inside[::-1].argmax(0), ROWS - 1)
    blocked = (first > last) | ~seen
    limit = height / np.tan(depressions[last])
    known = np.flatnonzero(~blocked)
    if known.size == 0:
        return None
    carried = 1 / np.interp(np.arange(columns), known, 1 / reach[known])
    reach = np.where(blocked, np.minimum(carried, limit), reach)
    support = np.where(blocked, 0.5, np.where(first == 0, 0.0, 1.0))
    reach, walls = _straighten(azimuths, reach, support == 1, height, row)
    reach = np.clip(reach, 0.05, far)
    background = np.minimum(_background(reach, walls), far)
    contacts = ContactLine(azimuths, reach, background, support)
    again = _floor_again(cells, inside, first, mask, directions, azimuths, depressions)
    return contacts, again


def _polar_maps(headings, depressions, camera, rotation):
    """cv2.remap maps from (row = depression, column = azimuth) to pixels, and what lies inside."""
    level = np.cos(depressions)[:, None]
    world = np.stack([level * np.cos(headings), level * np.sin(headings),
                      np.broadcast_to(-np.sin(depressions)[:, None],
                                      (len(depressions), len(headings)))], -1)
    local = world @ rotation
    front = local[..., 2] > 1e-3
    z = np.where(front, local[..., 2], 1)
    u = camera.fx * local[..., 0] / z + camera.cx
    v = camera.fy * local[..., 1] / z + camera.cy
    inside = front & (u > -0.5) & (u < camera.width - 0.5) & (v > -0.5) & (v < camera.height - 0.5)
    return (u.astype(np.float32), v.astype(np.float32)), inside


def _first_floor_row(cells: np.ndarray) -> np.ndarray:
    """Row from which on downwards each column is floor, smooth over columns (Viterbi).

    Row 0 = floor up to `far`; ROWS = no floor. What is no floor may not lie below the line
    (HOLE_COST); only the rows just above it have to be no floor, because floor may follow again.
    """
    rows, columns = cells.shape
    floor = np.where(cells < 0, HOLE_COST * cells, cells)
    below = np.vstack([np.cumsum(floor[::-1], axis=0)[::-1], np.zeros((1, columns))])
    total = np.vstack([np.zeros((1, columns)), np.cumsum(cells, axis=0)])
    window = np.maximum(np.arange(rows + 1) - rows // 12, 0)
    score = below - (total - total[window])
    index = np.arange(rows + 1)
    switch = JUMP_COST * np.minimum(np.abs(index[:, None] - index), JUMP_CAP)
    best = score[:, 0]
    came = np.zeros((columns, rows + 1), np.int64)
    for column in range(1, columns):
        options = best[None, :] - switch
        came[column] = options.argmax(1)
        best = options[index, came[column]] + score[:, column]
    path = np.empty(columns, np.int64)
    path[-1] = best.argmax()
    for column in range(columns - 1, 0, -1):
        path[column - 1] = came[column, path[column]]
    # Columns that straddle an object's side would stand alone, halfway between two surfaces.
    padded = np.pad(path, 2, mode='edge')
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1).astype(np.int64)


def _straighten(azimuths, reach, seen, height, step):
    """Put contacts that lie on one wall, to within the rows' accuracy, exactly on it.

    A wall's inverse range is linear in the cosine and sine of the azimuth; walls are looked for
    over all pairs of a few columns, so nothing is drawn at random. Returns the ranges and, per
    wall, its range at every column (NaN too far from where it was seen).
    """
    basis = np.stack([np.cos(azimuths), np.sin(azimuths)], 1)
    walls = []
    free = seen.copy()
    reach = reach.copy()
    for _ in range(4):
        columns = np.flatnonzero(free)
        if columns.size < len(azimuths) // 10:
            break
        picks = columns[np.linspace(0, columns.size - 1, min(40, columns.size)).astype(int)]
        i, j = np.triu_indices(len(picks), 1)
        pairs = np.stack([basis[picks[i]], basis[picks[j]]], 1)
        good = np.abs(np.linalg.det(pairs)) > 0.03
        if not good.any():
            break
        values = np.stack([1 / reach[picks[i]], 1 / reach[picks[j]]], 1)[good]
        lines = np.linalg.solve(pairs[good], values[..., None])[..., 0]
        near = _on_wall(lines, basis, reach, height, 2 * step) & free
        best = near.sum(1).argmax()
        inliers = near[best]
        if inliers.sum() < len(azimuths) // 10:
            break
        line = np.linalg.lstsq(basis[inliers], 1 / reach[inliers], rcond=None)[0]
        inliers = _on_wall(line[None], basis, reach, height, 3 * step)[0] & free
        reach[inliers] = 1 / (basis[inliers] @ line)
        free &= ~inliers
        walls.append(_extended(line, basis, np.flatnonzero(inliers)))
    return reach, walls


def _extended(line, basis, columns):
    """Range of a wall at every column, continued by half of its width to either side."""
    margin = (columns[-1] - columns[0]) // 2
    inverse = basis @ line
    reach = np.full(len(basis), np.nan)
    span = slice(max(0, columns[0] - margin), columns[-1] + margin + 1)
    reach[span] = np.where(inverse[span] > 1e-3, 1 / np.maximum(inverse[span], 1e-3), np.nan)
    return reach


def _background(reach, walls):
    """The nearest wall behind each column's surface, else what its two sides show."""
    background = np.full(len(reach), np.inf)
    for wall in walls:
        behind = np.nan_to_num(wall, nan=0) > 1.25 * reach
        background = np.where(behind, np.fmin(background, wall), background)
    jumps = np.abs(np.diff(np.log(reach))) > np.log(1.25)
    edges = np.concatenate([[0], np.flatnonzero(jumps) + 1, [len(reach)]])
    for start, end in zip(edges[1:-2], edges[2:-1]):
        left, right = reach[start - 1], reach[end]
        if min(left, right) > 1.25 * reach[start:end].max() and end - start < len(reach) // 4:
            between = 1 / np.linspace(1 / left, 1 / right, end - start)
            background[start:end] = np.where(
                np.isinf(background[start:end]), between, background[start:end])
    return np.where(np.isinf(background), reach, background)


def _on_wall(lines, basis, reach, height, tolerance):
    inverse = lines @ basis.T
    return np.abs(np.arctan(height * inverse) - np.arctan(height / reach)) < tolerance


def _floor_again(cells, inside, first, mask, directions, azimuths, depressions):
    """Floor pixels above the contact line with something that is no floor in between."""
    rows = np.arange(cells.shape[0])[:, None]
    other = (cells < 0) & inside & (rows < first)
    between = np.cumsum(other[::-1], axis=0)[::-1]
    behind = ((cells > 0) & inside & (rows < first) & (between > len(rows) // 40))
    step = (azimuths[1] - azimuths[0], depressions[1] - depressions[0])
    column = ((directions.azimuth - azimuths[0]) / step[0]).astype(np.float32)
    row = ((directions.depression - depressions[0]) / step[1]).astype(np.float32)
    seen = cv2.remap(behind.astype(np.float32), column, row, cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_CONSTANT, borderValue=0) > 0.5
    return cv2.morphologyEx((seen & mask).astype(np.uint8), cv2.MORPH_OPEN,
                            np.ones((5, 5), np.uint8)) > 0
