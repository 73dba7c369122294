# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Colours of the sides of boxes that nobody saw: those of the face that was measured next to
them."""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.structure.plane import LEVEL, Plane
from geo_world_model.generators.structure.texture import Source

#: Pixels of a face that a colour needs.
LEAST = 30
#: How much farther away an upright face may be than a level one to be taken: its light is alike.
UPRIGHT = 2.0


def paint_sides(rgb: np.ndarray, label: np.ndarray, hole: np.ndarray, planes: list[Plane],
                sources: tuple[Source, ...]) -> np.ndarray:
    """Give holes (H, W) bool on hidden sides the median colour of a measured face of their box.

    rgb: (H, W, 3) uint8. label: (H, W) int16, index into planes. Returns (H, W, 3) uint8.
    """
    result = rgb
    for index, plane in enumerate(planes):
        at = hole & (label == index)
        if not plane.invented or plane.bounding or not at.any():
            continue
        seen = _seen_of(_nearest_face(plane, planes), sources)
        if len(seen) >= LEAST:
            result = rgb.copy() if result is rgb else result
            result[at] = np.median(seen, axis=0).astype(np.uint8)
    return result


def _nearest_face(side, planes):
    """Index of the measured face nearest to a side, -1 when there is none."""
    best, least = -1, np.inf
    for index, plane in enumerate(planes):
        if plane.bounding or plane.invented or not len(plane.support):
            continue
        apart = plane.support[:, None] - side.support[None]
        distance = np.sqrt(np.sum(apart ** 2, axis=2)).min(0).mean()
        distance *= UPRIGHT if abs(plane.normal[2]) > LEVEL else 1
        if distance < least:
            best, least = index, distance
    return best


def _seen_of(index, sources):
    """Colours (N, 3) that the sources show of a plane."""
    return np.concatenate([np.zeros((0, 3), np.uint8)] + [
        source.view.rgb[source.surface == index] for source in sources if index >= 0])
