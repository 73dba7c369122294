# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The walls all around a place, as one closed line on its floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A wall is not told from its edge beyond this angle from its normal (cosine).
GRAZING = 0.2
#: Walls whose ranges differ by less than this meet in a corner; else one hides the other.
MEETING = 0.1


@dataclass(frozen=True, eq=False)
class WallLine:
    """Horizontal range of the walls at C columns, in camera heights.

    azimuth: (C,) radians, falling, evenly spread over the circle. label: (C,) int64 index of the
    wall, -1 where none fits. normal, distance: (K,) azimuth of the walls' outward normals and
    distance to the camera. seen: (C,) range at which the floor was seen to end.
    """

    azimuth: np.ndarray
    label: np.ndarray
    normal: np.ndarray
    distance: np.ndarray
    seen: np.ndarray

    def at(self, azimuth: np.ndarray) -> np.ndarray:
        """Range at azimuths, of their columns' walls; two walls that meet do so exactly."""
        count = len(self.label)
        position = np.mod((self.azimuth[0] - azimuth) * (count / (2 * np.pi)), count)
        left = np.floor(position).astype(np.int64) % count
        right = (left + 1) % count
        first, second = self._wall(left, azimuth), self._wall(right, azimuth)
        nearest = np.where(position - np.floor(position) < 0.5, first, second)
        meet = (self.label[left] != self.label[right]) & (
            np.abs(first - second) < MEETING * np.minimum(first, second))
        here = self.azimuth[left]
        inside = self._wall(left, here) <= self._wall(right, here)
        corner = np.where(inside, np.minimum(first, second), np.maximum(first, second))
        free = (self.label[left] < 0) & (self.label[right] < 0)
        return np.where(meet, corner,
                        np.where(free, _interpolate(self.seen, position), nearest))

    def _wall(self, column, azimuth):
        """Range of a column's wall at an azimuth."""
        label = self.label[column]
        if len(self.normal) == 0:
            return self.seen[column]
        cosine = np.cos(azimuth - self.normal[label])
        return np.where(label >= 0, self.distance[label] / np.maximum(cosine, GRAZING),
                        self.seen[column])


def _interpolate(reach, position):
    """Values between the columns of a closed line, not across a jump."""
    left = np.floor(position).astype(np.int64) % len(reach)
    part = position - np.floor(position)
    here, next_ = 1 / reach[left], 1 / reach[(left + 1) % len(reach)]
    jump = np.maximum(here, next_) > 1.15 * np.minimum(here, next_)
    part = np.where(jump, np.round(part), part)
    return 1 / (here * (1 - part) + next_ * part)
