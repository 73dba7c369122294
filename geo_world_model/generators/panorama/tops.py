# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Level tops of low things in a panorama: benches, beds, tables, boxes.

A thing that is seen from above shows its front up to an edge at one height, and its top behind it.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.panorama.ceiling import edge_along

#: Heights of a top that are tried, in heights of the camera.
HEIGHTS = np.linspace(0.1, 0.9, 49)
#: How clear the front edge of a top is, and how much clearer than others.
CLEAR, CLEARER = 0.5, 0.1
#: Rows over the foot and under the far end in which an edge is theirs and not the top's.
MARGIN = 4
#: A top whose far end is more than this many times as far as its near end is no top.
DEEPEST = 2.5
#: Least share of the columns that show the floor over the thing.
FREE = 0.3


def with_level_top(gradient, part, contact, free, elevation):
    """Horizontal range of a thing's pixels, its top laid level where an edge shows one.

    gradient (H, W, 3), from level_edges; part (H, W) bool; contact (H, W): range at which the
    pixels' fronts stand, in camera heights; free (W,) bool: columns in which the floor is seen
    over the thing; elevation (H,) radians. Returns (H, W), `contact` where there is no top.
    """
    columns = np.flatnonzero(part.any(0))
    open_ = free[columns]
    if open_.sum() < max(8, FREE * columns.size):
        return contact
    row = elevation[0] - elevation[1]
    lowest = len(elevation) - 1 - part[::-1, columns].argmax(0)
    front = contact[lowest, columns]
    above = -elevation[part[:, columns].argmax(0)] + row / 2
    height, clear = _front_edge(gradient, columns, front, above, MARGIN * row)
    if not clear.any():
        return contact
    far = (1 - height) / (np.tan(np.maximum(above[open_], row)) * front[open_])
    depth = np.quantile(far, 0.9)
    if not 1.03 < depth < DEEPEST:
        return contact
    down = np.maximum(-elevation, row)
    level = (1 - height) / np.tan(down)[:, None]
    top = np.clip(level, front[None], depth * front[None])
    result = contact.copy()
    result[:, columns] = np.where(part[:, columns] & clear[None], top, contact[:, columns])
    return result


def _front_edge(gradient, columns, front, above, margin):
    """Height at which an edge runs along the fronts of a thing, and the columns that show it."""
    whole = np.ones(gradient.shape[1])
    whole[columns] = front
    edges = edge_along(gradient, -np.arctan((1 - HEIGHTS[:, None]) / whole[None]))[:, columns]
    place = np.arctan((1 - HEIGHTS[:, None]) / front[None])
    within = (place > above[None] + margin) & (place < np.arctan(1 / front)[None] - margin)
    usual = 2 * within.sum(1) > columns.size
    score = (edges * within).sum(1) / np.maximum(within.sum(1), 1) * usual
    best = int(score.argmax())
    least = max(CLEAR, np.median(score[usual]) + CLEARER) if usual.any() else 1
    # an edge at the end of the search is the flank of the foot or of the far end
    inside = usual[max(best - 1, 0):best + 2].sum() == 3
    if score[best] < least or not inside:
        return 0.0, np.zeros(columns.size, bool)
    return float(HEIGHTS[best]), within[best] & (edges[best] > CLEAR)
