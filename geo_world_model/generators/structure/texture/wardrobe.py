# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The texture of each plane of a scene: its own, or a borrowed one where nobody saw it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

import numpy as np

from geo_world_model.generators.structure.plane import CEILING, FLOOR, Plane, WALL
from geo_world_model.generators.structure.texture.adoption import adopt_relief
from geo_world_model.generators.structure.texture.borrowing import borrow, light_ceiling, meet
from geo_world_model.generators.structure.texture.exemplar import find_exemplar
from geo_world_model.generators.structure.texture.memory import textures
from geo_world_model.generators.structure.texture.plane_texture import make_texture, PlaneTexture
from geo_world_model.generators.structure.texture.source import Source

#: What the size of a wall counts that meets the borrower in no corner.
FAR = 0.25


class Wardrobe:
    """Finds textures by the index of a plane.

    own: the view to be painted, asked one after the other where no source shows a plane.
    """

    def __init__(self, planes: list[Plane], sources: tuple[Source, ...],
                 own: tuple[Source, ...]) -> None:
        self.planes = planes
        self.sources = sources
        self.own = own
        self._relieved = None

    def texture(self, index: int, grown: bool = True) -> PlaneTexture | None:
        """The texture of a plane; None when there is nothing to make it from.

        grown: without, a plane that was seen has its smooth part alone beyond that.
        """
        plane = self.planes[index]
        if not np.isfinite([*plane.normal, plane.offset, *plane.heading]).all():
            return None
        if not plane.invented:
            found = self._lent(index, grown)[0]
            for own in self.own:
                found = found or self._seen(index, (own,), grown)[0]
            return found
        if plane.kind == WALL:
            return self._borrowed(plane)
        if plane.kind == CEILING:
            walls = [self._lent(index)[0] for index in self._walls()]
            walls = [wall for wall in walls if wall is not None]
            return light_ceiling(walls) if walls else None
        return None

    def _walls(self):
        """Indices of the walls that were seen."""
        return [k for k, plane in enumerate(self.planes)
                if plane.kind == WALL and not plane.invented]

    def _lent(self, index, grown=True):
        """The texture of a seen plane out of the sources, and its key."""
        plane = self.planes[index]
        wall = plane.kind == WALL and plane.bounding
        return self._seen(index, self._with_relief() if wall else self.sources, grown)

    def _with_relief(self):
        if self._relieved is None:
            scene = b''.join(map(_plane_bytes, self.planes))
            self._relieved = tuple(replace(source, surface=textures.remembered(
                blake2b(source.digest() + scene + source.surface.tobytes(),
                        digest_size=16).digest(),
                lambda source=source: adopt_relief(source, self.planes).surface))
                for source in self.sources)
        return self._relieved

    def _borrowed(self, plane):
        for index in sorted(self._walls(), key=lambda k: -self.planes[k].share * (
                1 if meet(plane, self.planes[k]) else FAR)):
            seen, key = self._lent(index)
            if seen is not None:
                key = blake2b(key + _plane_bytes(plane), digest_size=16).digest()
                return textures.remembered(key, lambda wall=self.planes[index], seen=seen: borrow(
                    plane, wall, seen, _seed(plane)))
        return None

    def _seen(self, index, sources, grown):
        """As _lent. The sources that show a plane count, the largest first, in whatever order and
        company they came."""
        plane = self.planes[index]
        shown = {source: source.shows(index) for source in sources}
        sources = tuple(sorted(
            (source for source, mask in shown.items() if mask.any()),
            key=lambda source: (-np.count_nonzero(shown[source]), source.digest())))
        key = blake2b(_plane_bytes(plane) + bytes([grown]), digest_size=16)
        floors = [k for k, other in enumerate(self.planes)
                  if other.kind == FLOOR and other.bounding and plane.kind == WALL]
        for source in sources:
            key.update(source.digest())
            key.update(np.packbits(shown[source]))
            for floor in floors[:1]:
                key.update(_plane_bytes(self.planes[floor]))
                key.update(np.packbits(source.shows(floor)))

        def make():
            stands_on = (self.planes[floors[0]], floors[0]) if floors else ()
            exemplar = find_exemplar(plane, index, sources, *stands_on)
            return None if exemplar is None else make_texture(plane, exemplar, _seed(plane), grown)
        return textures.remembered(key.digest(), make), key.digest()


def _plane_bytes(plane):
    return np.array([*plane.normal, plane.offset, *plane.heading, plane.kind, plane.bounding,
                     plane.invented], '<f8').tobytes()


def _seed(plane):
    return int.from_bytes(blake2b(_plane_bytes(plane), digest_size=4).digest(), 'little') >> 1
