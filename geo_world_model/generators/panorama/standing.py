# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What stands on the floor of a panorama before its walls: it begins where it hides the floor."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.layers import seen_over
from geo_world_model.generators.panorama.ceiling import edge_along
from geo_world_model.generators.panorama.tops import with_level_top
from geo_world_model.generators.upright import ContactLine, Directions

#: Least share of the picture that is a thing.
SMALLEST = 0.0004
#: Elevations between which things are told from walls (radians).
HIGHEST = np.radians(50)
#: layers.seen_over thinks of a camera at this height (metres).
EYE_LEVEL = 1.5
#: How alike (cosine) the edge at a wall's foot is in a part and beside it if it is the same edge.
SAME_FOOT = 0.6


def standing_reach(rgb, gradient, floor, angles, walls, ratio):
    """Horizontal range of what stands on the floor, NaN elsewhere, in camera heights.

    rgb (H, W, 3) uint8; gradient (H, W, 3), from level_edges; floor (H, W) bool, seen as floor;
    angles: azimuth (W,) and elevation (H,) of the picture; walls (W,): range of the walls;
    ratio: height of the ceiling over the camera.
    Returns (H, W) float64.
    """
    azimuth, elevation = angles
    under_wall = -elevation[:, None] > np.arctan(1 / walls)[None]
    row = elevation[0] - elevation[1]
    parts = []
    hidden = (under_wall & ~floor & _uppermost(under_wall)).any(0)
    for part in _parts(under_wall & ~floor):
        columns = np.flatnonzero((part & _uppermost(under_wall)).any(0))
        if 2 * columns.size > part.any(0).sum() \
                and _foot_is_seen(gradient, walls, columns, hidden):
            continue
        parts.append(part)
    standing = np.any(parts, 0) if parts else np.zeros(floor.shape, bool)
    foot = _foot_rows(standing)
    # the floor is seen to begin half a pixel late: its edges are blurred, and kept off
    contact = np.minimum(1 / np.tan(np.maximum(-elevation[foot], row)), walls[None])
    contact = _even(np.where(standing, contact, np.nan))
    touching = standing & _uppermost(under_wall)
    for part in parts:
        front = part & (foot == np.where(part, foot, -1).max(0))
        free = ~(front & touching).any(0)
        for thing in _apart(front, contact):
            contact = with_level_top(gradient, thing, contact, free, elevation)
    nearest = _median(np.minimum(np.where(touching, contact, np.inf).min(0), walls))
    above = _above_line(rgb, azimuth, elevation, nearest, walls)
    above = cv2.morphologyEx(above.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 7), np.uint8)) > 0
    above &= ~under_wall
    below_ceiling = elevation[:, None] < np.arctan(ratio / walls)[None]
    whole = ~(below_ceiling & ~under_wall & ~above).any(0)
    # what leaves nothing of the wall to be seen is itself a wall, or else only looks like this one
    to_ceiling = edge_along(gradient, np.arctan(ratio / np.stack([nearest, walls])))
    above &= ~(whole & (to_ceiling[0] <= to_ceiling[1]))[None]
    reach = np.minimum(contact, walls[None])
    return np.where(above, nearest[None], np.where(standing, reach, np.nan))


def _apart(front, contact):
    """Parts of a front whose contacts with the floor do not go on from one to the next."""
    columns = np.flatnonzero(front.any(0))
    reach = np.log(np.where(front, contact, np.inf).min(0)[columns])
    gaps = (np.diff(columns) > 1) | (np.abs(np.diff(reach)) > 0.1)
    for run in np.split(columns, np.flatnonzero(gaps) + 1):
        inside = np.zeros(front.shape[1], bool)
        inside[run] = True
        yield front & inside[None]


def _even(contact):
    """Ranges averaged over neighbouring columns of one thing; NaN stays NaN."""
    nothing = np.isnan(contact)
    depth = np.where(nothing, 50.0, np.log(np.where(nothing, 1, contact))).astype(np.float32)
    wide = np.concatenate([depth[:, -8:], depth, depth[:, :8]], 1)
    even = cv2.bilateralFilter(wide, 15, 0.1, 5.0)[:, 8:-8]
    return np.where(nothing, np.nan, np.exp(even.astype(np.float64)))


def _uppermost(under_wall):
    """The first two rows under the line."""
    return under_wall & ~np.concatenate([np.zeros_like(under_wall[:2]), under_wall[:-2]])


def _foot_rows(standing):
    """Row (H, W) in which the upright run that a pixel belongs to ends below."""
    rows = np.arange(len(standing))[:, None]
    ends = np.where(standing, len(standing), rows)
    return np.minimum.accumulate(ends[::-1], 0)[::-1] - 1


def _parts(mask):
    """Connected parts of a mask on the closed circle of columns, the small ones left out."""
    _, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    for row in np.flatnonzero(mask[:, 0] & mask[:, -1]):
        label[label == label[row, -1]] = label[row, 0]
    count = np.bincount(label.reshape(-1))
    for index in np.flatnonzero(count >= SMALLEST * mask.size):
        if index > 0:
            yield label == index


def _median(values):
    """Median of nine neighbours on the circle: what stands over one column alone is noise."""
    padded = np.concatenate([values[-4:], values, values[:4]])
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 9), axis=1)


def _foot_is_seen(gradient, walls, columns, hidden):
    """Whether the foot of the wall goes on through a part: then it is light on the floor.

    hidden (W,) bool: columns in which anything hides the foot.
    """
    height, width = gradient.shape[:2]
    row = (height - 1) / 2 + np.arctan(1 / walls) * (height / np.pi)
    rows = (row[None] + np.arange(-4, 5)[:, None]).astype(np.float32)
    column = np.broadcast_to(np.arange(width, dtype=np.float32), rows.shape)
    profile = cv2.remap(gradient, column, rows, cv2.INTER_LINEAR)
    within = np.zeros(width, np.uint8)
    within[columns] = 1
    reach = np.ones((1, 2 * (len(columns) // 2) + 1), np.uint8)
    beside = (cv2.dilate(np.tile(within, 3)[None], reach)[0, width:2 * width] > 0) & ~hidden
    if beside.sum() < 4:
        return False
    here, there = profile[:, columns].mean(1).ravel(), profile[:, beside].mean(1).ravel()
    return np.dot(here, there) > SAME_FOOT * np.linalg.norm(here) * np.linalg.norm(there)


def _above_line(rgb, azimuth, elevation, nearest, walls):
    """Pixels of things that rise over the foot of the wall behind them, (H, W) bool."""
    columns = len(azimuth)
    pad = columns // 8
    turn = np.arange(-pad, columns + pad)
    around = azimuth[0] - turn * (2 * np.pi / columns)
    rows = np.flatnonzero(elevation < HIGHEST)
    column = turn % columns
    picture = np.ascontiguousarray(rgb[rows][:, column])
    seen = Directions(*np.broadcast_arrays(around[None], -elevation[rows][:, None]),
                      np.ones(picture.shape[:2]), 0.0)
    contacts = ContactLine(around[::-1], EYE_LEVEL * nearest[column][::-1],
                           EYE_LEVEL * walls[column][::-1], np.ones(len(turn)))
    over = seen_over(picture, seen, contacts, EYE_LEVEL)[:, pad:pad + columns]
    above = np.zeros((len(elevation), columns), bool)
    above[rows] = ~over & (walls > 1.2 * nearest)[None]
    return above
