# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A small room with true depth, and the requests that the tests make of it."""

import numpy as np

from geo_world_model.generators import Request
from geo_world_model.generators.tilt import Tilt
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

WALLS = ((0, 4.0, (200, 180, 130)), (1, 2.5, (90, 140, 190)), (1, -2.0, (190, 90, 80)))
FLOOR = (95, 100, 98)


def camera(width=320, height=240, focal=0.75):
    return PinholeCamera(focal * width, focal * width, (width - 1) / 2, (height - 1) / 2,
                         width, height)


def pose(pitch=0.0, roll=0.0, height=1.2):
    """Camera at (0, 0, height), heading +x; degrees, pitch > 0 looks down."""
    matrix = np.eye(4)
    matrix[:3, :3] = Tilt(np.radians(pitch), np.radians(roll), 1).rotation
    matrix[2, 3] = height
    return Pose.from_matrix(matrix)


def render_room(cam, at, box=None):
    """(rgb, depth) of a floor at z = 0, a wall ahead, one at either side, and maybe a box.

    box: (x, y, half width, height): an upright dark panel across the view.
    """
    matrix = at.matrix
    rays = cam.rays() @ matrix[:3, :3].T
    origin = matrix[:3, 3]
    depth = np.full(rays.shape[:2], np.inf)
    colour = np.zeros(rays.shape, np.float64)
    with np.errstate(divide='ignore', invalid='ignore'):
        surfaces = [(-origin[2] / rays[..., 2], FLOOR)]
        for axis, place, paint in WALLS:
            surfaces.append(((place - origin[axis]) / rays[..., axis], paint))
        if box is not None:
            distance = (box[0] - origin[0]) / rays[..., 0]
            y = origin[1] + distance * rays[..., 1]
            z = origin[2] + distance * rays[..., 2]
            hit = (np.abs(y - box[1]) < box[2]) & (z < box[3])
            surfaces.append((np.where(hit, distance, np.inf), (30, 30, 40)))
    for distance, paint in surfaces:
        nearer = (distance > 0) & (distance < depth)
        depth = np.where(nearer, distance, depth)
        colour[nearer] = paint
    v, u = np.mgrid[:cam.height, :cam.width]
    grain = ((u * 7919 + v * 104729 + u * v * 31) % 13 - 6)[..., None]
    return np.clip(colour + grain, 0, 255).astype(np.uint8), depth.astype(np.float32)


def lift_request(rgb, cam, at, **more):
    shape = rgb.shape[:2]
    view = View(rgb, np.full(shape, np.nan, np.float32), np.full(shape, 2, np.uint8), cam, at)
    return Request('lift', view, np.full(shape, np.inf, np.float32), **more)


def complete_request(rgb, depth, hole, cam, at, bound=None, **more):
    rgb = rgb.copy()
    rgb[hole] = 0
    view = View(rgb, np.where(hole, np.float32(np.nan), depth),
                np.where(hole, 0, 1).astype(np.uint8), cam, at)
    bound = np.full(hole.shape, np.inf, np.float32) if bound is None else bound
    return Request('complete', view, bound, **more)
