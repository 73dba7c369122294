# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One plane of a scene in the world's frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OTHER, FLOOR, CEILING, WALL, TABLE = 0, 1, 2, 3, 4
#: Cosine of the angle to the world's up from which on a plane counts as level.
LEVEL = 0.85


@dataclass(frozen=True, eq=False)
class Plane:
    """normal . X + offset = 0 in the world's frame; who saw it stood where the sum is positive.

    normal: (3,) float64, unit. kind: OTHER, FLOOR, CEILING, WALL or TABLE. bounding: nothing was
    seen behind it, so it goes on until something stands before it; the others end near their
    support. invented: it closes a room or an object where nothing was seen. share: of all
    measured points, that lie on it. cut: the border of a picture cut it off. support: (M, 3)
    float64, points on it, world; none for an invented wall. heading: (3,) float64, a level
    direction along which the room is built.
    """

    normal: np.ndarray
    offset: float
    kind: int
    bounding: bool
    invented: bool
    share: float
    cut: bool
    support: np.ndarray
    heading: np.ndarray

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Right and up in the plane, (3,) float64, unit, right x up = normal: up is the world's
        up as far as the plane rises, else the level direction that is square to the heading."""
        level = abs(self.normal[2]) > LEVEL
        toward = np.cross(self.normal, self.heading) if level else np.array([0.0, 0.0, 1.0])
        up = toward - np.sum(toward * self.normal) * self.normal
        up /= np.sqrt(np.sum(up * up))
        return np.cross(up, self.normal), up

    def height(self, points: np.ndarray) -> np.ndarray:
        """Distance of points (..., 3) from the plane, positive on its free side; (...)."""
        return along(points, self.normal) + self.offset

    def seen_by(self, matrix: np.ndarray) -> tuple[np.ndarray, float]:
        """Normal (3,) and offset in the frame of a camera with this (4, 4) camera to world."""
        return (np.einsum('rc,r->c', matrix[:3, :3], self.normal),
                float(np.sum(self.normal * matrix[:3, 3]) + self.offset))

    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest (right, up) of the support, (2,) each, but for its outermost percent;
        the support must not be empty."""
        where = np.stack([along(self.support, axis) for axis in self.axes], 1)
        return np.percentile(where, 1, axis=0), np.percentile(where, 99, axis=0)


def along(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Components (...) of vectors (..., 3) along an axis (3,)."""
    return vectors[..., 0] * axis[0] + vectors[..., 1] * axis[1] + vectors[..., 2] * axis[2]
