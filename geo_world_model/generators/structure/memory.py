# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the generator remembers of a world: its planes, as notes that come back with requests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geo_world_model.generators.structure.plane import Plane, TABLE

#: Name of the notes, numbers of a plane, and of its points that are kept.
PLANES, SUPPORT, NUMBERS, POINTS = 'structure.planes', 'structure.support', 11, 32
MOST = 48


def to_notes(planes: list[Plane]) -> dict[str, np.ndarray]:
    """structure.planes: (P, 11) float64: normal, offset, kind, bounding, invented, share, cut,
    heading x and y. structure.support: (P, 32, 3) float32, world, NaN for none."""
    planes = sorted(planes, key=lambda plane: not (plane.invented and plane.bounding))[:MOST]
    rows = np.zeros((len(planes), NUMBERS))
    support = np.full((len(planes), POINTS, 3), np.nan, np.float32)
    for row, points, plane in zip(rows, support, planes, strict=True):
        row[:3], row[3] = plane.normal, plane.offset
        row[4:9] = plane.kind, plane.bounding, plane.invented, plane.share, plane.cut
        row[9:11] = plane.heading[:2]
        few = plane.support[::max(1, -(-len(plane.support) // POINTS))][:POINTS]
        points[:len(few)] = few
    return {PLANES: rows, SUPPORT: support}


def from_notes(notes: Mapping[str, np.ndarray]) -> list[Plane]:
    """Planes that `to_notes` wrote; none for notes of another kind, which are left alone."""
    rows, support = notes.get(PLANES), notes.get(SUPPORT)
    if rows is None or support is None or rows.ndim != 2 or rows.shape[1] != NUMBERS \
            or support.shape != (len(rows), POINTS, 3) or len(rows) > MOST \
            or not np.isfinite(rows).all():
        return []
    planes = []
    for row, points in zip(rows.astype(np.float64), support.astype(np.float64), strict=True):
        size = np.sqrt(np.sum(row[:3] ** 2))
        turn = np.hypot(row[9], row[10])
        if not (0.99 < size < 1.01 and 0.99 < turn < 1.01 and 0 <= row[4] <= TABLE):
            return []
        planes.append(Plane(row[:3], float(row[3]), int(row[4]), bool(row[5]), bool(row[6]),
                            float(row[7]), bool(row[8]),
                            points[np.isfinite(points).all(1)],
                            np.array([row[9], row[10], 0.0])))
    return planes
