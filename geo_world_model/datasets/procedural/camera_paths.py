# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where robots' cameras stand in a scene: free of collision, at one height, nearly level."""

from math import cos, pi, radians, sin, tan

import numpy as np

from geo_world_model.datasets.procedural.primitives import turn
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: Radius (m) of the robot that carries the camera, and what it drives over.
_RADIUS, _STEP_OVER = 0.22, 0.14
#: Steps (m) and turns (degrees) between two looks; most turn between two frames of a drive.
_LOOK_STEP, _LOOK_TURN, _DRIVE_TURN = (0.15, 1.1), (8.0, 38.0), 12.0
#: A drive turns before it comes nearer to things ahead (m), by one of these (rad).
_KEEP_AWAY = 1.0
_TURNS = (0.0, 0.3, -0.3, 0.7, -0.7, 1.2, -1.2, 2.0, -2.0, 2.8, -2.8)
_TRIES, _NO_PLACE = 24, -1e3


def draw_camera(draws, width, height):
    """Return a PinholeCamera of 58 to 90 degrees, its centre about the middle of the image."""
    focal = 0.5 * width / tan(radians(draws.uniform(58.0, 90.0)) / 2)
    return PinholeCamera(focal, focal * (1 + draws.bell(0.002)),
                         (width - 1) / 2 + draws.bell(0.006 * width),
                         (height - 1) / 2 + draws.bell(0.006 * height), width, height)


class PathFinder:
    """
    Finds poses in one scene.

    scene: Scene; renderer: its Renderer; camera: PinholeCamera; draws: Draws. The height of the
    camera (0.2 to 1.8 m), its mount's pitch and roll are drawn once.
    """

    def __init__(self, scene, renderer, camera, draws):
        self._renderer, self._draws, self._floors = renderer, draws, scene.floors
        # who sees farther looks out of a window
        self._extent = float(np.hypot(*(scene.floors[:, [1, 3]].max(0)
                                        - scene.floors[:, [0, 2]].min(0))))
        self._camera = camera.scaled(20, max(4, round(20 * camera.height / camera.width)))
        self.height = draws.pick([draws.uniform(0.2, 0.6), draws.uniform(0.6, 1.3),
                                  draws.uniform(1.2, 1.8)])
        self._pitch, self._roll = draws.bell(0.06) - 0.04, draws.bell(0.012)
        spread = np.abs(scene.rotations * scene.halves[:, None, :]).sum(-1)
        low, high = scene.centres[:, 2] - spread[:, 2], scene.centres[:, 2] + spread[:, 2]
        stands = (high > _STEP_OVER) & (low < self.height + 0.15)
        self._centres, self._rotations = scene.centres[stands], scene.rotations[stands]
        self._halves = scene.halves[stands]

    def looks(self, count):
        """Return `count` Pose: places near each other, turned 8 to 38 degrees from one to next."""
        draws = self._draws
        _, place, yaw = max(self._starts(_TRIES), key=lambda start: start[0])
        poses = [self._pose(place, yaw)]
        while len(poses) < count:
            found = None
            for _ in range(10):
                away, step = draws.uniform(-pi, pi), draws.uniform(*_LOOK_STEP)
                there = place[0] + step * cos(away), place[1] + step * sin(away)
                turned = yaw + draws.pick([-1, 1]) * radians(draws.uniform(*_LOOK_TURN))
                if self._free_way(place, there):
                    score = self._interest(there, turned)
                    if found is None or score > found[0]:
                        found = score, there, turned
            if found is None:
                found = 0, place, yaw + draws.pick([-1, 1]) * radians(draws.uniform(*_LOOK_TURN))
            _, place, yaw = found
            poses.append(self._pose(place, yaw))
        return poses

    def drive(self, count, step):
        """Return `count` Pose of a robot that drives on by `step` (m) and turns where it must."""
        draws = self._draws
        starts = []
        for score, place, yaw in self._starts(3 * _TRIES):
            if score > _NO_PLACE:
                score += self._clear(place, yaw, min(20.0, step * count))
            starts.append((score, place, yaw))
        _, place, yaw = max(starts, key=lambda start: start[0])
        most, poses, turning = radians(_DRIVE_TURN), [], 0
        while len(poses) < count:
            poses.append(self._pose(place, yaw, 0.3))
            best = max(_TURNS, key=lambda change: self._clear(place, yaw + change, 3.0)
                       - abs(change))
            if self._clear(place, yaw, _KEEP_AWAY) >= _KEEP_AWAY:
                place = place[0] + step * cos(yaw), place[1] + step * sin(yaw)
                yaw += min(max(best, -most), most) + draws.bell(0.01)
                turning = 0
            else:
                # once begun, a turn goes on to the same side
                turning = turning or (1 if best > 0 else -1)
                yaw += turning * most
        return poses

    def _starts(self, tries):
        """Return starts, at least one of them free unless that is hardly to be found."""
        starts = [self._start() for _ in range(tries)]
        while max(starts)[0] <= _NO_PLACE and len(starts) < 50 * tries:
            starts.append(self._start())
        return starts

    def _start(self):
        """Return a free place and a direction with their score."""
        draws = self._draws
        x0, x1, y0, y1 = draws.pick(self._floors)
        place = draws.uniform(x0, x1), draws.uniform(y0, y1)
        yaw = draws.uniform(-pi, pi)
        if not self._free(place):
            return 2 * _NO_PLACE, place, yaw
        return self._interest(place, yaw) + 0.5 * draws.unit(), place, yaw

    def _interest(self, place, yaw):
        """Score what is seen: things at several distances, neither a wall nor only the sky."""
        depth, shape = self._renderer.depth_and_shape(self._camera, self._pose(place, yaw, 0.0))
        near, out = np.mean(depth < 0.7), np.mean(depth > self._extent)
        depth = np.clip(depth, 0.05, min(self._extent, 30.0)).astype(np.float64)
        return (min(float(np.median(depth)), 5.0) / 4 + float(np.log(depth).std())
                + min(np.unique(shape).size, 40) / 15 - 4.0 * float(near)
                - 4.0 * max(float(out) - 0.3, 0.0))

    def _pose(self, place, yaw, sway=1.0):
        """Pose of the camera; sway: share of the draws' own unsteadiness."""
        draws = self._draws
        pitch, roll = self._pitch, self._roll
        if sway:
            pitch += sway * draws.bell(0.03)
            roll += sway * draws.bell(0.008)
        # optical axes of a level camera that looks along +x
        level = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
        tilt = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
        matrix = np.eye(4)
        matrix[:3, :3] = np.einsum('ij,jk,kl,lm->im', turn(yaw), level, tilt, turn(roll))
        matrix[:3, 3] = *place, self.height
        return Pose.from_matrix(matrix)

    def _clear(self, place, yaw, most):
        """How far (m) the robot can drive straight on."""
        steps = max(1, int(most / 0.25))
        for k in range(1, steps + 1):
            if not self._free((place[0] + 0.25 * k * cos(yaw), place[1] + 0.25 * k * sin(yaw))):
                return 0.25 * (k - 1)
        return most

    def _free_way(self, a, b):
        steps = max(1, int(np.hypot(b[0] - a[0], b[1] - a[1]) / 0.1))
        return all(self._free((a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps))
                   for k in range(1, steps + 1))

    def _free(self, place):
        """Whether the robot may stand at a place (x, y)."""
        x, y = place
        floors = self._floors
        if not np.any((floors[:, 0] < x) & (x < floors[:, 1]) & (floors[:, 2] < y)
                      & (y < floors[:, 3])):
            return False
        away = np.array([x, y, 0.0]) - self._centres
        away[:, 2] = 0.0
        local = np.abs(np.einsum('nji,nj->ni', self._rotations, away))
        gap = np.maximum(local - self._halves, 0.0)
        return bool(((gap * gap).sum(-1) > _RADIUS ** 2).all())
