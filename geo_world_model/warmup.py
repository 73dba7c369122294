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
    camera = PinholeCamera(60.0, 60.0, 31.5, 23.5, 64, 48)
    row, column = np.mgrid[:48, :64]
    rgb = np.stack([row * 4, column * 3, row + column], -1).astype(np.uint8)
    depth = (2.0 + 0.01 * column).astype(np.float32)
    depth[:12] = np.inf
    generator = create_generator('classical')
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
