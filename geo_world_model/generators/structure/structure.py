# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion along the planes of the scene: floors and walls go on as far as the rim carries them,
rooms close and boxes get their hidden sides.

Where no plane is supported, the median of simpler continuations decides, so that a wrong plane is
one voice of three; without any plane the answer is the classical one, and the notes say why.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo_world_model.generators.classical import Classical
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.structure.continuation import continue_planes
from geo_world_model.generators.structure.detection import content_digest, measured, observe
from geo_world_model.generators.structure.labelling import label_known
from geo_world_model.generators.structure.memory import from_notes, to_notes
from geo_world_model.generators.structure.plane import CEILING, FLOOR
from geo_world_model.generators.structure.plane_map import build_map
from geo_world_model.generators.structure.relief import with_relief
from geo_world_model.generators.structure.side_colours import paint_sides
from geo_world_model.generators.stages import stage
from geo_world_model.generators.structure.texture import paint, Source
from geo_world_model.generators.structure.texture.memory import Memory
from geo_world_model.generators.surface_colours import fill_colours
from geo_world_model.generators.surfaces import limited_depth, SKY
from geo_world_model.geometry.view import UNKNOWN

REFERENCES = 4
#: Bytes of measured views whose planes are kept at hand: some twenty of 640x352, four of the
#: largest seeds.
FRAME_BYTES = 96 << 20


class Structure:
    """Planes, nearest depth and the classical continuation, weighed against each other.

    texture: strength of the grain in holes, 0 = smooth colour only.
    Notes: the planes of the scene (memory.to_notes); and ``no_hole`` or ``no_plane`` = [1], why
    an answer is the classical one.
    """

    def __init__(self, texture: float = 1.0) -> None:
        self.classical = Classical(texture)
        self.abilities = Abilities('structure', ('complete',), references=REFERENCES)
        self._frames = Memory(FRAME_BYTES)

    def complete(self, request: Request) -> Answer:
        """Fill colour where provenance is 0 and depth where it is NaN; the rest stays as it is."""
        check_task(self.abilities, request)
        view = request.view
        unknown = np.isnan(view.depth)
        if not unknown.any():
            return self._classical(request, 'no_hole')
        with stage('planes'):
            frames = self._frames_of(request)
            scene = build_map(frames, from_notes(request.notes), request.ground)
        if scene is None or not scene.planes:
            return self._classical(request, 'no_plane')
        with stage('continuation'):
            found = continue_planes(request, scene)
        with stage('painting'):
            painting = self._paint(request, found, frames, scene.scale)
        with stage('relief'):
            depth = with_relief(view, found.surfaces.depth, found.label, painting.relief,
                                found.planes)
        surfaces = replace(found.surfaces, depth=depth)
        return Answer(painting.rgb, limited_depth(surfaces, request), surfaces.confidence,
                      to_notes(_kept(found.planes, found.label[unknown])))

    def _paint(self, request, found, frames, scale):
        """Textures of planes; elsewhere smooth colours along surfaces, and the sides of boxes."""
        view, label, planes = request.view, found.label, found.planes
        hole = view.provenance == UNKNOWN
        sources = tuple(self._source(frame, planes, scale) for frame in frames)
        painting = paint(view, label, found.surfaces.depth, hole, planes, sources, view.rgb,
                         self.classical.texture)
        rest = hole & ~painting.painted
        if not rest.any():
            return painting
        with stage('smooth colours'):
            smooth = self._smooth_colours(request, found, hole, rest)
            smooth = paint_sides(smooth, label, rest, planes, sources)
        return replace(painting, rgb=np.where(rest[..., None], smooth, painting.rgb))

    def _source(self, frame, planes, scale):
        with stage('labels of references'):
            return Source(frame.view, label_known(frame.view, frame.normals, planes, scale),
                          frame.digest)

    def _smooth_colours(self, request, found, hole, wanted):
        view, label, planes = request.view, found.label, found.planes
        # Tables are covered with things and walls change colour without a crease: these share.
        level = np.array([plane.kind in (FLOOR, CEILING) for plane in planes] + [False])[label]
        sky = found.surfaces.label == SKY
        slots = _slots(np.where(level, label, -1), sky, hole)
        return fill_colours(view.rgb, hole, slots, found.surfaces.front, self.classical.texture,
                            request.noise_seed, wanted, sky)

    def _frames_of(self, request):
        """The measured references, or the view itself with the measured pixels it has."""
        views = [view for view in request.references if measured(view).any()] or [request.view]
        frames = (self._frame(view) for view in views)
        return list({frame.digest: frame for frame in frames}.values())

    def _frame(self, view):
        digest = content_digest(view)
        return self._frames.remembered(digest, lambda: observe(view, digest))

    def _classical(self, request, reason):
        answer = self.classical.complete(request)
        remembered = from_notes(request.notes)
        notes = to_notes(remembered) if remembered else {}
        return Answer(answer.rgb, answer.depth, answer.confidence,
                      {**notes, reason: np.ones(1, np.uint8)})


def _kept(planes, used):
    """Measured planes, and the invented ones that the answer shows: these are fixed from now."""
    return [plane for index, plane in enumerate(planes)
            if not plane.invented or np.any(used == index)]


def _slots(label, sky, hole):
    """Give the two largest labels of the holes and the sky a slot of their own, the rest one."""
    slots = np.zeros(label.shape, np.uint8)
    inside = label[hole & (label >= 0) & ~sky]
    largest = np.argsort(-np.bincount(inside), kind='stable')[:2] if inside.size else []
    for slot, index in enumerate(largest, start=1):
        slots[label == index] = slot
    slots[sky] = len(largest) + 1
    return slots
