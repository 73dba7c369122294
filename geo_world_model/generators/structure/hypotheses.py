# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What each way of continuing a view says about the depth of its unknown pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.generators.interface import Request
from geo_world_model.generators.structure.blocks import Blocks
from geo_world_model.generators.structure.evidence import look_around, reference_frames
from geo_world_model.generators.structure.labelling import label_known, label_rays
from geo_world_model.generators.structure.planes import OrientedPoints, Plane, find_planes
from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.view import LIFTED, UNKNOWN, View

#: Blur of what is found along single rays, as a share of the picture's width.
SMOOTH = 0.015
#: Points taken from each view, about, and the border of a picture as a share of its width.
POINTS, BORDER = 7000, 0.02


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """What is said of unknown pixels.

    nearest, plane: (H, W) float32, inverse depth, 1/m, of the nearest at the rim that stands in
    no free space, and of a plane; NaN when silent. support: (H, W) float32 in 0..1, share of the
    rim on that plane. label: (H, W) int16, index into `found` of known and unknown pixels, -1
    none. seen: metres, up to which nearly all depth was measured.
    """

    nearest: np.ndarray
    plane: np.ndarray
    support: np.ndarray
    label: np.ndarray
    found: list[Plane]
    seen: float


def find_hypotheses(request: Request) -> Hypotheses | None:
    """Planes and nearest depth of a request; None when no plane is found."""
    view = request.view
    usable = [reference for reference in request.references if _measured(reference).any()]
    normals = normals_from_depth(view.depth, view.camera)
    clouds = [_oriented_points(view, normals, view.pose)]
    clouds += [_oriented_points(reference, normals_from_depth(reference.depth, reference.camera),
                                view.pose) for reference in usable]
    cloud = OrientedPoints(*(np.concatenate([getattr(part, name) for part in clouds])
                             for name in ('points', 'normals', 'depth', 'border')))
    world = view.pose.matrix
    to_camera = np.linalg.inv(world)
    eyes = np.array([np.zeros(3)] + [(to_camera @ reference.pose.matrix)[:3, 3]
                                     for reference in usable])
    up = world[2, :3] / np.sqrt(np.sum(world[2, :3] ** 2))
    planes = find_planes(cloud, eyes, up, request.ground - world[2, 3])
    if not planes:
        return None
    return _along_rays(request, normals, planes, cloud,
                       reference_frames(view, tuple(usable)))


def _along_rays(request, normals, planes, cloud, frames):
    scale = cloud.scale
    view = request.view
    unknown = np.isnan(view.depth)
    rays = view.camera.rays()
    label = label_known(view.depth, normals, rays.astype(np.float32), planes, scale)
    blocks = Blocks.of(unknown)
    row, column = blocks.row, blocks.column
    asking = rays[row, column]
    met, weight, nearest = look_around(view.depth, _away(unknown), label, row, column, asking,
                                       *frames)
    # The few directions of a look draw fans into a hole: neighbours decide together.
    support = np.stack([blocks.mean(np.sum((met == index) * weight, axis=1), SMOOTH)
                        for index in range(len(planes))])
    claimed = label_rays(asking, planes, request.bound[row, column], support, frames, scale)
    claimed = blocks.most_frequent(claimed, SMOOTH)
    support = np.where(claimed < 0, 0, support[claimed, np.arange(claimed.size)])
    label[unknown] = claimed[blocks.block]
    inverse = np.full(label.shape, np.nan, np.float32)
    for index, plane in enumerate(planes):
        own = unknown & (label == index)
        inverse[own] = -(rays[own] * plane.normal).sum(-1) / plane.offset
    inverse[~(inverse > 0)] = np.nan
    near = np.where(np.isnan(nearest), np.float32(np.nan), blocks.mean(1 / nearest, SMOOTH))
    spread = np.zeros((2,) + label.shape, np.float32)
    spread[0][unknown], spread[1][unknown] = support[blocks.block], near[blocks.block]
    return Hypotheses(spread[1], inverse, spread[0], label, planes,
                      float(np.quantile(cloud.depth, 0.98)))


def _away(unknown):
    """Distance to the nearest known pixel, a little less for the error of the transform."""
    if unknown.all():
        return np.zeros(unknown.shape, np.float32)
    exact = cv2.distanceTransform(unknown.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.maximum(np.float32(0.95) * exact - 1, 0)


def _measured(view: View):
    return (view.provenance != UNKNOWN) & (view.provenance <= LIFTED) & np.isfinite(view.depth)


def _oriented_points(view, normals, target):
    """Measured points with a normal, thinned, in the frame of the target pose."""
    rays = view.camera.rays()
    toward = np.einsum('hwc,hwc->hw', normals.astype(np.float64), rays)
    # a normal straight towards the camera means that none was found
    lost = toward < -(1 - 1e-7) * np.sqrt(np.einsum('hwc,hwc->hw', rays, rays))
    use = np.flatnonzero((_measured(view) & ~lost & ~depth_edges(view.depth)).reshape(-1))
    use = use[::max(1, use.size // POINTS)]
    depth = view.depth.reshape(-1)[use].astype(np.float64)
    motion = np.linalg.inv(target.matrix) @ view.pose.matrix
    points = rays.reshape(-1, 3)[use] * depth[:, None]
    turned = np.einsum('nc,dc->nd', normals.reshape(-1, 3)[use].astype(np.float64),
                       motion[:3, :3])
    row, column = np.divmod(use, view.camera.width)
    margin = BORDER * view.camera.width
    border = ((np.minimum(row, view.camera.height - 1 - row) < margin)
              | (np.minimum(column, view.camera.width - 1 - column) < margin))
    return OrientedPoints(np.einsum('nc,dc->nd', points, motion[:3, :3]) + motion[:3, 3],
                          turned, depth, border)
