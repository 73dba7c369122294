# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion along the planes of the scene: floors and walls go on as far as the rim carries them,
rooms close and boxes get their hidden sides.

Where no plane is supported, the median of simpler continuations decides, so that a wrong plane is
one voice of three; without any plane the answer is the classical one, and the notes say why.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from geo_world_model.generators.classical import Classical
from geo_world_model.generators.interface import Abilities, Answer, Request, check_task
from geo_world_model.generators.structure.arbitration import arbitrate
from geo_world_model.generators.structure.blocks import Blocks
from geo_world_model.generators.structure.closure import close_room
from geo_world_model.generators.structure.cuboids import hidden_faces
from geo_world_model.generators.structure.detection import content_digest, measured, observe
from geo_world_model.generators.structure.evidence import in_pictures, reference_frames
from geo_world_model.generators.structure.hypotheses import find_hypotheses
from geo_world_model.generators.structure.labelling import label_known
from geo_world_model.generators.structure.memory import from_notes, to_notes
from geo_world_model.generators.structure.pixels import surface_of_pixels
from geo_world_model.generators.structure.plane import along, CEILING, FLOOR
from geo_world_model.generators.structure.plane_map import build_map
from geo_world_model.generators.structure.relief import with_relief
from geo_world_model.generators.structure.side_colours import paint_sides
from geo_world_model.generators.structure.texture import paint, Source
from geo_world_model.generators.surface_colours import fill_colours
from geo_world_model.generators.surfaces import SKY, Surfaces, complete_surfaces, limited_depth
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.view import UNKNOWN

REFERENCES = 4
#: Measured views whose planes are kept at hand.
FRAMES = 16


class Structure:
    """Planes, nearest depth and the classical continuation, weighed against each other.

    texture: strength of the grain in holes, 0 = smooth colour only.
    Notes: the planes of the scene (memory.to_notes); or ``no_depth``, ``no_hole`` or
    ``no_plane`` = [1], why the answer is the classical one.
    """

    def __init__(self, texture: float = 1.0) -> None:
        self.classical = Classical(texture)
        self.abilities = Abilities('structure', ('complete',), references=REFERENCES)
        self._frames = OrderedDict()

    def complete(self, request: Request) -> Answer:
        """Fill colour where provenance is 0 and depth where it is NaN; the rest stays as it is."""
        check_task(self.abilities, request)
        view = request.view
        unknown = np.isnan(view.depth)
        if not np.isfinite(view.depth).any():
            return self._classical(request, 'no_depth')
        if not unknown.any():
            return self._classical(request, 'no_hole')
        remembered = from_notes(request.notes)
        seen = self._frames_of(request)
        scene = build_map(seen, remembered, request.ground)
        if scene is None or not scene.planes:
            return self._classical(request, 'no_plane')
        planes = scene.planes + hidden_faces(scene)
        if not _outdoors((view,) + request.references):
            planes += close_room(replace(scene, planes=planes), view.pose.matrix[:3, 3])
        known = label_known(view, normals_from_depth(view.depth, view.camera), planes,
                            scene.scale)
        simple = complete_surfaces(request)
        shown = _inverse(simple.depth)
        blocks = Blocks.of(unknown)
        frames = reference_frames(view, request.references)
        said = find_hypotheses(view, request.bound, known, planes, blocks, frames, scene.scale)
        rays = view.camera.rays()[blocks.row, blocks.column]
        choice = arbitrate(said, planes, shown[blocks.row, blocks.column],
                           float(np.quantile(scene.cloud.depth, 0.98)), blocks,
                           blocks.beside(_inverse(view.depth)),
                           lambda depth: in_pictures(rays, depth, *frames))
        label, inverse, confidence = surface_of_pixels(view, planes, choice, blocks, shown)
        label = np.where(unknown, label, known)
        sky = (simple.label == SKY) & ~(unknown & (label >= 0))
        with np.errstate(divide='ignore'):
            depth = np.where(unknown, 1 / inverse, view.depth).astype(np.float32)
        surfaces = Surfaces(depth, confidence, np.where(sky, SKY, 0).astype(np.uint8),
                            simple.front)
        # Tables are covered with things and walls change colour without a crease: these share.
        level = np.array([plane.kind in (FLOOR, CEILING) for plane in planes] + [False])[label]
        hole = view.provenance == UNKNOWN
        rgb = fill_colours(view.rgb, hole, _slots(np.where(level, label, -1), sky, hole),
                           surfaces.front, self.classical.texture, request.noise_seed)
        sources = tuple(Source(frame.view, label_known(frame.view, frame.normals, planes,
                                                       scene.scale)) for frame in seen)
        rgb = paint_sides(rgb, label, hole, planes, sources)
        painting = paint(view, label, depth, hole, planes, sources, rgb, self.classical.texture)
        depth = with_relief(view, depth, label, painting.relief, planes)
        return Answer(painting.rgb, limited_depth(replace(surfaces, depth=depth), request),
                      confidence, to_notes(_kept(planes, label[unknown])))

    def _frames_of(self, request):
        """The measured references, or the view itself with the measured pixels it has."""
        views = [view for view in request.references if measured(view).any()] or [request.view]
        frames = (self._frame(view) for view in views)
        return list({frame.digest: frame for frame in frames}.values())

    def _frame(self, view):
        digest = content_digest(view)
        frame = self._frames.pop(digest, None) or observe(view)
        self._frames[digest] = frame
        while len(self._frames) > FRAMES:
            self._frames.popitem(last=False)
        return frame

    def _classical(self, request, reason):
        answer = self.classical.complete(request)
        return Answer(answer.rgb, answer.depth, answer.confidence, {reason: np.ones(1, np.uint8)})


def _outdoors(views):
    """Whether most of what was seen above the horizon has no end: more than a window shows."""
    sky = above = 0
    for view in views:
        upward = (along(view.camera.rays(), view.pose.matrix[2, :3]) > 0) & ~np.isnan(view.depth)
        above += np.count_nonzero(upward)
        sky += np.count_nonzero(upward & np.isposinf(view.depth))
    return 2 * sky > above


def _kept(planes, used):
    """Measured planes, and the invented ones that the answer shows: these are fixed from now."""
    return [plane for index, plane in enumerate(planes)
            if not plane.invented or np.any(used == index)]


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
    with np.errstate(divide='ignore'):
        return np.where(np.isinf(depth), 0, 1 / depth).astype(np.float32)
