# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Taking the points of a box or a ball away: what was there, and what it hid, is unknown again."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.cache.blocks import PLACE, RETIRED
from geo_world_model.cache.guard import MOST_BYTES
from geo_world_model.errors import EditError

#: Points that one operation can take away: 8 bytes each, beside the rest of its row.
MOST_POINTS = (MOST_BYTES - 4096) // 8


@dataclass(frozen=True)
class Box:
    """An upright box in the world: low and high corner, each (x, y, z), metres; EditError."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def __post_init__(self):
        if not (np.isfinite([self.low, self.high]).all()
                and all(low < high for low, high in zip(self.low, self.high))):
            raise EditError(f'a box from {self.low} to {self.high}: expected finite corners, each '
                            'of the second beyond that of the first')

    def contains(self, points):
        """Whether points (N, 3) float, metres, lie inside, (N,) bool; the faces belong to it."""
        return ((points >= self.low) & (points <= self.high)).all(1)

    def meets(self, centre, half):
        """Whether boxes, centre and half extent (N, 3) each, metres, reach into it, (N,) bool."""
        return ((centre + half >= self.low) & (centre - half <= self.high)).all(1)


@dataclass(frozen=True)
class Ball:
    """A ball in the world: centre (x, y, z) and radius, metres; EditError."""

    centre: tuple[float, float, float]
    radius: float

    def __post_init__(self):
        if not (np.isfinite([*self.centre, self.radius]).all() and self.radius > 0):
            raise EditError(f'a ball of radius {self.radius} around {self.centre}: expected '
                            'finite numbers and a radius above 0')

    def contains(self, points):
        """Whether points (N, 3) float, metres, lie inside, (N,) bool; the surface counts."""
        return ((points - self.centre) ** 2).sum(1) <= self.radius * self.radius

    def meets(self, centre, half):
        """Whether boxes, centre and half extent (N, 3) each, metres, reach into it, (N,) bool."""
        beyond = np.maximum(np.abs(np.subtract(centre, self.centre)) - half, 0)
        return (beyond ** 2).sum(1) <= self.radius * self.radius


def clear(cache, region, stamp_ns=0):
    """
    Retire the surface points inside a Box or a Ball, in a new revision; directions stay.

    Returns the number of the operation and that of the points, or (None, 0) when none lie there.
    EditError when there are more than an operation can hold; nothing is changed then.
    """
    indices = cache.cloud.read(lambda: _live_inside(cache.cloud.surfaces, region))
    if not indices.size:
        return None, 0
    if indices.size > MOST_POINTS:
        raise EditError(f'{indices.size} points lie there, and one operation takes away '
                        f'{MOST_POINTS} at most: clear one part after the other; nothing was '
                        'changed')
    retired = np.stack([indices, np.zeros_like(indices)], 1).astype(np.uint32)
    return cache.commit('clear', None, cache.revision + 1, stamp_ns, retired), indices.size


def _live_inside(points, region):
    box = points.chunk_box.astype(np.float64)
    found = []
    chunks = np.flatnonzero(region.meets(box[:, :3], box[:, 3:]))
    points.use(chunks, (PLACE, RETIRED))
    for chunk in chunks:
        span = slice(points.chunk_start[chunk], points.chunk_start[chunk + 1])
        where = np.stack([points.x[span], points.y[span], points.z[span]], 1).astype(np.float64)
        inside = region.contains(where) & points.is_live(span)
        found.append(span.start + np.flatnonzero(inside))
    return np.concatenate(found) if found else np.zeros(0, np.int64)
