# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Scans of a building of any number of equal rooms with open doors, and a walk through them."""

from functools import lru_cache

import numpy as np

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.normal_code import encode_normals
from geo_world_model.geometry.pose import Pose

#: Length, width and height of a room; width and height of its doors, one in each wall (m).
ROOM, DOOR = np.array([8.0, 6.0, 2.8]), (1.2, 2.1)
#: A ray that passes more doors ends in the last one.
_DOORS = 12
_SCANS = 24


class Building:
    """
    Rooms in a square grid; room 0 begins at the origin.

    rooms: how many at least; apart: from one to the next so many rooms, 1: they are one building;
    columns: how many of them a row has.
    """

    def __init__(self, rooms, apart=1):
        self.apart = apart
        self.columns = max(1, int(np.ceil(np.sqrt(rooms))))
        self.rows = -(-rooms // self.columns)

    def corner(self, room):
        """Lowest corner of a room in a serpentine through all of them, (3,) float64."""
        row, column = divmod(room, self.columns)
        column = column if row % 2 == 0 else self.columns - 1 - column
        return np.array([column, row, 0]) * ROOM * self.apart

    def scan(self, camera, room, number, share=1.0):
        """
        Return one of 24 Keyframes of a room; share: of its pixels, one band of rows.

        All rooms look alike and have a door in each wall, so each is cast only once.
        """
        place, yaw, rgb, depth_code, normal_code = _cast(camera, number % _SCANS)
        kept = int(round(share * camera.height))
        first = number * 7 % (camera.height - kept + 1)
        provenance = np.zeros(depth_code.shape, np.uint8)
        provenance[first:first + kept] = 3
        return Keyframe(camera, level_pose(self.corner(room) + place, yaw), rgb, depth_code,
                        normal_code, provenance)

    def walk(self, step):
        """Poses at eye height, `step` metres apart, through the doors of all rooms in turn."""
        middle = [self.corner(room)[:2] + ROOM[:2] / 2 for room in range(self.columns * self.rows)]
        for a, b in zip(middle, middle[1:]):
            length = float(np.hypot(*(b - a)))
            yaw = np.arctan2(*(b - a)[::-1])
            for along in np.arange(0.0, length, step):
                x, y = a + (b - a) * along / length
                # looking about a little, as a robot does that turns
                yield level_pose(np.array([x, y, 1.3]), yaw + 0.5 * np.sin(along))


@lru_cache(maxsize=64)
def _cast(camera, number):
    """Place in a room (3,), yaw, rgb, depth code and normal code of one scan."""
    rng = np.random.default_rng(number)
    place = ROOM * [*rng.uniform(0.2, 0.8, 2), rng.uniform(0.3, 0.7)]
    yaw = 2 * np.pi * (number * 7 % _SCANS + rng.uniform()) / _SCANS
    rotation = level_pose(place, yaw).matrix[:3, :3]
    direction = (camera.rays() @ rotation.T).reshape(-1, 3)
    ahead, each = direction > 0, np.arange(len(direction))
    room = np.zeros((len(direction), 3))
    for _ in range(_DOORS):
        with np.errstate(divide='ignore', invalid='ignore'):
            along = np.where(direction == 0, np.inf, ((room + ahead) * ROOM - place) / direction)
        axis = along.argmin(1)
        point = place + direction * along.min(1)[:, None]
        other = 1 - np.minimum(axis, 1)
        beside = (point - room * ROOM)[each, other] - ROOM[other] / 2
        through = (axis < 2) & (np.abs(beside) < DOOR[0] / 2) & (point[:, 2] < DOOR[1])
        if not through.any():
            break
        step = np.where(ahead, 1, -1) * (np.arange(3) == axis[:, None])
        room[through] += step[through]
    normal = np.where(ahead, -1.0, 1.0) * (np.arange(3) == axis[:, None])
    shade = 128 + 60 * np.sin(point @ [2.1, 1.3, 3.7]) + 30 * np.sin(point @ [9.0, -7.0, 5.0])
    rgb = np.stack([shade, 0.8 * shade + 20, 255 - shade], -1).astype(np.uint8)
    shape = (camera.height, camera.width)
    return (place, yaw, rgb.reshape(*shape, 3), encode_depth(along.min(1).reshape(shape)),
            encode_normals((normal @ rotation).reshape(*shape, 3)))


def level_pose(place, yaw):
    """Return the Pose of a level camera at `place` (3,) that looks along the angle `yaw`."""
    pose = Pose.level(0.0).matrix
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    pose[:3, :3] = turn @ pose[:3, :3]
    pose[:3, 3] = place
    return Pose.from_matrix(pose)
