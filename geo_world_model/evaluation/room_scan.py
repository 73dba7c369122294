# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Scans of a bare room with exact depth and random colours: as many points as benchmarks ask."""

import numpy as np

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.normal_code import encode_normals
from geo_world_model.cache.points import PointCloud
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.pose import Pose

_ROOM = np.array([8.0, 6.0, 2.8])
_SCAN = PinholeCamera(420.0, 420.0, 319.5, 239.5, 640, 480)


def scan_keyframes(points, seed=0):
    """
    Yield keyframes of a room of 8 x 6 x 2.8 m until they hold `points` points together.

    Every scan is a 640x480 view from a random place inside, exact depth, random colours.
    """
    rng = np.random.default_rng(seed)
    total = 0
    while total < points:
        pose = room_pose(rng)
        depth = room_depth(_SCAN, pose)
        rgb = rng.integers(0, 256, depth.shape + (3,), np.uint8)
        provenance = np.ones(depth.shape, np.uint8)
        surplus = max(0, total + depth.size - points)
        provenance.reshape(-1)[:surplus] = 0
        total += depth.size - surplus
        yield Keyframe(_SCAN, pose, rgb, encode_depth(depth),
                       encode_normals(normals_from_depth(depth, _SCAN)), provenance)


def scan_room(points):
    """Return the PointCloud of scan_keyframes, one operation a scan."""
    cloud = PointCloud()
    for number, keyframe in enumerate(scan_keyframes(points), 1):
        cloud.add(number, keyframe)
    return cloud


def room_pose(rng):
    """Return a level pose somewhere in the room."""
    yaw = rng.uniform(-np.pi, np.pi)
    pose = Pose.level(rng.uniform(0.5, 1.8)).matrix
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    pose[:3, :3] = turn @ pose[:3, :3]
    pose[:2, 3] = rng.uniform(-0.35, 0.35, 2) * _ROOM[:2]
    return Pose.from_matrix(pose)


def room_depth(camera, pose):
    """Return the exact depth of the room's walls, floor and ceiling, (H, W) float32."""
    m = pose.matrix
    direction = camera.rays() @ m[:3, :3].T
    low = np.array([-_ROOM[0] / 2, -_ROOM[1] / 2, 0.0])
    high = low + _ROOM
    with np.errstate(divide='ignore'):
        along = np.where(direction > 0, (high - m[:3, 3]) / direction,
                         (low - m[:3, 3]) / direction)
    return along.min(-1).astype(np.float32)
