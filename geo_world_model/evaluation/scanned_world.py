# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world file of a scanned room and places in it that show no holes, for benchmarks of nodes."""

from geo_world_model.evaluation.room_scan import scan_keyframes
from geo_world_model.generators import create_generator
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.world import World


def benchmark_camera(width, height):
    """Return the PinholeCamera that benchmarks of nodes look through."""
    return PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                         height)


def make_scanned_world(path, points, camera, places):
    """Write a world of about `points` points; returns at most `places` complete Poses in it."""
    with World.open(path) as world:
        frames = list(scan_keyframes(points))
        for frame in frames:
            world.cache.commit('seed', frame, 1)
        generator = create_generator('classical')
        poses = [frame.pose for frame in frames[:places]]
        for pose in poses:
            world.view(pose, camera, generator)
    return poses
