# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Compile every numba kernel once, into its cache on disk, so that later starts are fast."""

import tempfile
import time
from pathlib import Path

import numpy as np


def warm_up():
    """Grow a tiny world; yields (step, seconds) after each. The kernels stay cached on disk."""
    start = time.perf_counter()
    from geo_world_model.generators import create_generator
    from geo_world_model.geometry.camera import PinholeCamera
    from geo_world_model.geometry.pose import Pose
    from geo_world_model.world import World
    yield 'import', time.perf_counter() - start
    camera = PinholeCamera(120.0, 120.0, 79.5, 47.5, 160, 96)
    rgb, depth = _corner(camera, Pose.level(1.2))
    generator = create_generator('structure')
    with tempfile.TemporaryDirectory() as folder:
        with World.open(Path(folder) / 'warmup.gwm') as world:
            start = time.perf_counter()
            world.seed(rgb, camera, depth)
            yield 'seed', time.perf_counter() - start
            for name, x in (('first view', 0.3), ('later views', 0.6)):
                start = time.perf_counter()
                pose = Pose.level(1.2).matrix
                turn = np.array([[np.cos(x), -np.sin(x), 0], [np.sin(x), np.cos(x), 0], [0, 0, 1]])
                pose[:3, :3] = turn @ pose[:3, :3]
                world.view(Pose.from_matrix(pose), camera, generator)
                yield name, time.perf_counter() - start
            start = time.perf_counter()
            world.observe(rgb, camera, depth * np.float32(0.9), Pose.level(1.2))
            yield 'observe', time.perf_counter() - start


def _corner(camera, pose):
    """rgb and depth of a floor and two walls with stripes, and a window."""
    rays = camera.rays() @ pose.matrix[:3, :3].T
    with np.errstate(divide='ignore', invalid='ignore'):
        reach = np.stack([-1.2 / rays[..., 2], 3.0 / rays[..., 0], 1.5 / rays[..., 1]])
    reach = np.where(reach > 0, reach, np.inf)
    depth = reach.min(0).astype(np.float32)
    place = rays * depth[..., None]
    stripes = 40 * np.sin(9 * place[..., :2].sum(-1)) + 20 * np.sin(25 * place[..., 2])
    shade = np.array([90, 140, 190])[reach.argmin(0)]
    rgb = np.clip(shade + stripes, 0, 255).astype(np.uint8)
    depth[8:24, 60:90] = np.inf
    return np.stack([rgb, rgb // 2 + 60, rgb // 3 + 90], -1), depth
