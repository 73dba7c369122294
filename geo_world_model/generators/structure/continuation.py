# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The geometry of a completed view: which plane each pixel is on, and how deep it lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo_world_model.generators.interface import Request
from geo_world_model.generators.stages import stage
from geo_world_model.generators.structure.arbitration import arbitrate
from geo_world_model.generators.structure.blocks import Blocks
from geo_world_model.generators.structure.closure import close_room
from geo_world_model.generators.structure.cuboids import hidden_faces
from geo_world_model.generators.structure.evidence import in_pictures, reference_frames
from geo_world_model.generators.structure.hypotheses import find_hypotheses
from geo_world_model.generators.structure.labelling import label_known
from geo_world_model.generators.structure.pixels import surface_of_pixels
from geo_world_model.generators.structure.plane import Plane
from geo_world_model.generators.structure.plane_map import PlaneMap
from geo_world_model.generators.surfaces import SKY, Surfaces, complete_surfaces
from geo_world_model.geometry.normals import normals_from_depth

#: Where there is sky, what belongs to no plane and lies this much farther than nearly all that was
#: measured is sky.
BEYOND = 0.5


@dataclass(frozen=True, eq=False)
class Continuation:
    """planes: of the scene, measured and invented. label: (H, W) int16, index into them of every
    pixel, -1 none. surfaces: depth without NaN, confidence, sky, and what stands before holes.
    """

    planes: list[Plane]
    label: np.ndarray
    surfaces: Surfaces


def continue_planes(request: Request, scene: PlaneMap) -> Continuation:
    """Continue the planes of a scene into the unknown depth of a view."""
    view = request.view
    unknown = np.isnan(view.depth)
    planes = all_planes(request, scene)
    with stage('labels of the view'):
        known = label_known(view, normals_from_depth(view.depth, view.camera), planes,
                            scene.scale)
    with stage('simple surfaces'):
        simple = complete_surfaces(request)
        shown = _inverse(simple.depth)
    with stage('hypotheses'):
        blocks = Blocks.of(unknown)
        frames = reference_frames(view, request.references)
        said = find_hypotheses(view, request.bound, known, planes, blocks, frames, scene.scale)
    seen = float(np.quantile(scene.cloud.depth, 0.98))
    with stage('arbitration'):
        rays = view.camera.rays_at(blocks.row, blocks.column)
        choice = arbitrate(said, planes, shown[blocks.row, blocks.column],
                           seen, blocks, blocks.beside(_inverse(view.depth)),
                           lambda depth: in_pictures(rays, depth, *frames))
    with stage('pixels'):
        chosen, inverse, confidence = surface_of_pixels(view, planes, choice, blocks, shown)
    label = np.where(unknown, chosen, known)
    sky = (simple.label == SKY) & ~(unknown & (label >= 0))
    if np.isposinf(view.depth).any():
        # between the sky and the frame of a window lies nothing that is far: that is sky
        sky |= unknown & (label < 0) & (inverse < BEYOND / seen)
    with np.errstate(divide='ignore'):
        depth = np.where(unknown, 1 / inverse, view.depth).astype(np.float32)
    depth[sky] = np.inf
    return Continuation(planes, label, Surfaces(
        depth, confidence, np.where(sky, SKY, 0).astype(np.uint8), simple.front))


def all_planes(request: Request, scene: PlaneMap) -> list[Plane]:
    """The planes of a scene, the hidden sides of its boxes, and what closes it as a room."""
    planes = scene.planes + hidden_faces(scene)
    if not outdoors((request.view,) + request.references):
        planes += close_room(replace(scene, planes=planes), request.view.pose.matrix[:3, 3])
    return planes


def outdoors(views) -> bool:
    """Whether most of what was seen above the horizon has no end: more than a window shows."""
    sky = above = 0
    for view in views:
        camera, axis = view.camera, view.pose.matrix[2, :3]
        right = (np.arange(camera.width) - camera.cx) / camera.fx
        down = (np.arange(camera.height) - camera.cy) / camera.fy
        upward = right * axis[0] + (down * axis[1] + axis[2])[:, None] > 0
        above += np.count_nonzero(upward & ~np.isnan(view.depth))
        sky += np.count_nonzero(upward & np.isposinf(view.depth))
    return 2 * sky > above


def _inverse(depth):
    with np.errstate(divide='ignore'):
        return np.where(np.isinf(depth), 0, 1 / depth).astype(np.float32)
