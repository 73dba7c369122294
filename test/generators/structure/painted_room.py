# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A wall and a floor with patterns, seen by one camera, to be painted as another one sees them."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.generators.structure.plane import CEILING, FLOOR, Plane, WALL
from geo_world_model.generators.structure.texture import paint, Source
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

CAMERA = PinholeCamera(200.0, 200.0, 159.5, 119.5, 320, 240)
AHEAD, HEIGHT = 3.0, 1.2
#: Metres of one stripe of the wall and of one board of the floor, which run along y.
STRIPE, BOARD = 0.45, 0.3
HEADING = np.array([0.0, 1.0, 0.0])
NOWHERE = np.zeros((0, 3))
PLANES = [Plane(np.array([0.0, 0.0, 1.0]), 0.0, FLOOR, True, False, 0.4, True, NOWHERE, HEADING),
          Plane(np.array([-1.0, 0.0, 0.0]), AHEAD, WALL, True, False, 0.5, True, NOWHERE, HEADING),
          Plane(np.array([0.0, 1.0, 0.0]), 2.5, WALL, True, True, 0.0, False, NOWHERE, HEADING),
          Plane(np.array([0.0, 0.0, -1.0]), 2.6, CEILING, True, True, 0.0, False, NOWHERE,
                HEADING)]


def pose(yaw_deg=0.0, x=0.0):
    """Level, at (x, 0, 1.2), turned left from looking along +x."""
    yaw = np.radians(yaw_deg)
    matrix = Pose.level(HEIGHT).matrix
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    matrix[:3, :3] = turn @ matrix[:3, :3]
    matrix[0, 3] = x
    return Pose.from_matrix(matrix)


def meet(at, camera=CAMERA):
    """Surface (H, W) int16, depth (H, W) float32 and points (H, W, 3) of the planes at a pose."""
    matrix = at.matrix
    rays = camera.rays() @ matrix[:3, :3].T
    depth = np.full(rays.shape[:2], np.inf)
    surface = np.full(rays.shape[:2], -1, np.int16)
    for index, plane in enumerate(PLANES):
        toward = rays @ plane.normal
        with np.errstate(divide='ignore'):
            z = np.where(toward < -1e-6, -(matrix[:3, 3] @ plane.normal + plane.offset) / toward,
                         np.inf)
        surface[z < depth] = index
        depth = np.minimum(depth, z)
    return surface, depth.astype(np.float32), matrix[:3, 3] + rays * depth[..., None]


def colours(surface, points):
    """(H, W, 3) uint8: stripes on the wall, boards on the floor."""
    wall = 150 + 60 * np.sin(2 * np.pi * points[..., 1] / STRIPE)
    floor = 110 + 40 * np.sin(2 * np.pi * points[..., 0] / BOARD)
    value = np.select([surface == 0, surface == 1], [floor, wall], 0)
    return np.clip(value[..., None] * np.array([1.0, 0.9, 0.7]), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Scene:
    """view: known where the source looked. surface, depth: of every pixel. truth: (H, W, 3)."""

    view: View
    surface: np.ndarray
    depth: np.ndarray
    hole: np.ndarray
    truth: np.ndarray
    points: np.ndarray
    source: Source

    def paint(self, texture=1.0, planes=PLANES, sources=None):
        base = np.where(self.hole[..., None], 128, self.view.rgb).astype(np.uint8)
        sources = (self.source,) if sources is None else sources
        return paint(self.view, self.surface, self.depth, self.hole, planes, sources, base,
                     texture)


def scene(yaw_deg, x=0.0, deepen=None):
    """What a camera turned by yaw_deg sees of the room that one at yaw 0 has seen.

    deepen: points -> metres by which the wall lies behind its plane there.
    """
    at, first = pose(yaw_deg, x), pose()
    surface, depth, points = meet(first)
    known = surface < 2
    seen = depth if deepen is None else np.where(
        surface == 1, depth + deepen(points), depth).astype(np.float32)
    source = Source(View(colours(surface, points), np.where(known, seen, np.float32(np.nan)),
                         np.where(known, 1, 0).astype(np.uint8), CAMERA, first),
                    np.where(known, surface, -1).astype(np.int16))
    surface, depth, points = meet(at)
    inverse = np.linalg.inv(first.matrix)
    uv, z = CAMERA.project(points @ inverse[:3, :3].T + inverse[:3, 3])
    inside = (z > 0) & (uv >= 0).all(-1) & (uv[..., 0] < 319) & (uv[..., 1] < 239)
    hole = ~inside | (surface > 1)
    truth = colours(surface, points)
    view = View(np.where(hole[..., None], 0, truth).astype(np.uint8),
                np.where(hole, np.float32(np.nan), depth).astype(np.float32),
                np.where(hole, 0, 1).astype(np.uint8), CAMERA, at)
    return Scene(view, surface, depth, hole, truth, points, source)
