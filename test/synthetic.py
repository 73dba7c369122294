# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A small textured room, ray cast exactly: truth at every pose for the tests."""

import json

import numpy as np

from geo_world_model.datasets.images import depth_to_millimetres, write_image
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

CAMERA = PinholeCamera(90.0, 90.0, 79.5, 59.5, 160, 120)
_LOW, _HIGH = np.array([-2.0, -2.5, 0.0]), np.array([4.0, 2.5, 2.6])


def room_view(pose, camera=CAMERA):
    """Return rgb (H, W, 3) uint8 and depth (H, W) float32 of a room of 6 x 5 x 2.6 m."""
    m = pose.matrix
    direction = camera.rays() @ m[:3, :3].T
    with np.errstate(divide='ignore', invalid='ignore'):
        along = np.where(direction > 0, _HIGH - m[:3, 3], _LOW - m[:3, 3]) / direction
    wall = np.nanargmin(np.where(direction == 0, np.inf, along), -1)
    depth = np.take_along_axis(along, wall[..., None], -1)[..., 0]
    point = m[:3, 3] + direction * depth[..., None]
    side = np.take_along_axis(direction, wall[..., None], -1)[..., 0] > 0
    base = np.array([[150, 120, 90], [90, 140, 150], [170, 170, 160]])[wall] + side[..., None] * 30
    checks = np.sin(point * 7.0).prod(-1) + np.sin(point.sum(-1) * 23.0) * 0.3
    rgb = np.clip(base + 35.0 * checks[..., None], 0, 255).astype(np.uint8)
    return rgb, depth.astype(np.float32)


def pose_at(x=0.0, y=0.0, z=1.2, yaw_deg=0.0):
    """A level camera at x, y, z (m), turned left by yaw_deg from looking along +x."""
    yaw = np.radians(yaw_deg)
    matrix = Pose.level(z).matrix
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    matrix[:3, :3] = turn @ matrix[:3, :3]
    matrix[:2, 3] = x, y
    return Pose.from_matrix(matrix)


def write_recording(folder, poses):
    """Write the room as a camera saw it at `poses`, laid out as a recording; returns folder."""
    for name in ('color', 'depth', 'poses'):
        (folder / name).mkdir(parents=True)
    (folder / 'intrinsics.json').write_text(json.dumps({**CAMERA.as_dict(), 'depth_scale': 1000}))
    for i, pose in enumerate(poses):
        rgb, depth = room_view(pose)
        write_image(folder / 'color' / f'{i:06d}.png', rgb)
        write_image(folder / 'depth' / f'{i:06d}.png', depth_to_millimetres(depth))
        np.savetxt(folder / 'poses' / f'{i:06d}.txt', pose.matrix)
    return folder
