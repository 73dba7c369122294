# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion along the planes of the scene: floors and walls go on as far as the rim carries them.

Where no plane is supported, the median of simpler continuations decides, so that a wrong plane is
one voice of three; without any plane the answer is the classical one, and the notes say why.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.classical import Classical
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.structure.arbitration import arbitrate, on_plane
from geo_world_model.generators.structure.hypotheses import find_hypotheses
from geo_world_model.generators.structure.planes import CEILING, FLOOR
from geo_world_model.generators.surface_colours import fill_colours
from geo_world_model.generators.surfaces import SKY, Surfaces, complete_surfaces, limited_depth
from geo_world_model.geometry.view import UNKNOWN

REFERENCES = 2


class Structure:
    """Planes, nearest depth and the classical continuation, weighed against each other.

    texture: strength of the grain in holes, 0 = smooth colour only.
    Notes: ``planes`` (P, 6) float32, the planes in the world's frame (normal . X + offset = 0),
    kind and share; or ``no_depth``, ``no_hole`` or ``no_plane`` = [1], why the answer is the
    classical one.
    """

    def __init__(self, texture: float = 1.0) -> None:
        self.classical = Classical(texture)
        self.abilities = Abilities('structure', ('complete',), references=REFERENCES)

    def complete(self, request: Request) -> Answer:
        """Fill colour where provenance is 0 and depth where it is NaN; the rest stays as it is."""
        check_task(self.abilities, request)
        view = request.view
        unknown = np.isnan(view.depth)
        if not np.isfinite(view.depth).any():
            return self._classical(request, 'no_depth')
        if not unknown.any():
            return self._classical(request, 'no_hole')
        said = find_hypotheses(request)
        if said is None:
            return self._classical(request, 'no_plane')
        simple = complete_surfaces(request)
        inverse, confidence = arbitrate(said, _inverse(simple.depth), unknown)
        carried = on_plane(said, inverse)
        sky = (simple.label == SKY) & ~(unknown & carried)
        with np.errstate(divide='ignore'):
            depth = np.where(unknown, 1 / inverse, view.depth).astype(np.float32)
        surfaces = Surfaces(depth, np.where(unknown, confidence, 1).astype(np.float32),
                            np.where(sky, SKY, 0).astype(np.uint8), simple.front)
        # Tables are covered with things and walls change colour without a crease: these share.
        level = np.array([plane.kind in (FLOOR, CEILING) for plane in said.found]
                         + [False])[said.label]
        label = np.where(level & (~unknown | carried), said.label, -1)
        hole = view.provenance == UNKNOWN
        rgb = fill_colours(view.rgb, hole, _slots(label, sky, hole), surfaces.front,
                           self.classical.texture, request.noise_seed)
        return Answer(rgb, limited_depth(surfaces, request), surfaces.confidence,
                      {'planes': _in_world(said.found, view.pose)})

    def _classical(self, request, reason):
        answer = self.classical.complete(request)
        return Answer(answer.rgb, answer.depth, answer.confidence, {reason: np.ones(1, np.uint8)})


def _slots(label, sky, hole):
    """Give the two largest labels of the holes, or the sky, a slot of their own, the rest one."""
    slots = np.zeros(label.shape, np.uint8)
    surface = np.where(sky, label.max() + 1, label)
    inside = surface[hole & (surface >= 0)]
    largest = np.argsort(-np.bincount(inside), kind='stable')[:2] if inside.size else []
    for slot, index in enumerate(largest, start=1):
        slots[surface == index] = slot
    return slots


def _inverse(depth):
    return np.where(np.isinf(depth), 0, 1 / depth).astype(np.float32)


def _in_world(planes, pose):
    rows = np.zeros((len(planes), 6), np.float32)
    matrix = pose.matrix
    for row, plane in zip(rows, planes, strict=True):
        normal = np.einsum('rc,c->r', matrix[:3, :3], plane.normal)
        row[:3] = normal
        row[3] = plane.offset - np.sum(normal * matrix[:3, 3])
        row[4:] = plane.kind, plane.share
    return rows
