# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Numba kernels before they are needed: compiled to their cache on disk, or loaded from it."""

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

#: fx, fy, cx, cy, width, height of the camera that tiny worlds are seen by.
_CAMERA = 120.0, 120.0, 79.5, 47.5, 160, 96


def warm_up():
    """Grow a tiny world; yields (step, seconds) after each. The kernels stay cached on disk."""
    start = time.perf_counter()
    from geo_world_model.generators import create_generator
    from geo_world_model.geometry.camera import PinholeCamera
    from geo_world_model.geometry.pose import Pose
    from geo_world_model.world import World
    yield 'import', time.perf_counter() - start
    camera = PinholeCamera(*_CAMERA)
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


def rehearse(world):
    """
    Do what an answer may take once, for nothing; the World stays as it is.

    Kernels are loaded when they first run: half a second, in which a camera at 30 Hz would lose
    its first views. An empty world has nothing to show: a tiny one is grown in its place.
    """
    if world.is_empty:
        with _tiny_world() as other:
            rehearse(other)
        return
    from geo_world_model.cache.background import background
    from geo_world_model.entry import admit
    from geo_world_model.geometry.camera import PinholeCamera
    from geo_world_model.geometry.pose import Pose
    from geo_world_model.geometry.view import GENERATED
    from geo_world_model.seed import make_keyframe
    camera = PinholeCamera(32.0, 32.0, 31.5, 23.5, 64, 48)
    poses = world.cache.keyframe_poses
    pose = poses[max(poses)]
    aside = pose.matrix
    aside[:3, :3] = aside[:3, :3] @ np.array([[0.5, 0, 0.75 ** 0.5], [0, 1, 0],
                                              [-0.75 ** 0.5, 0, 0.5]])
    for place in (pose, Pose.from_matrix(aside)):
        look = world.close_holes(world.look(place, camera, 1))
        world.cache.promises.is_near_a_witness(camera, place, 0.0, 0.0)
        rendering = look.rendering
        if rendering.closed.any():
            admit(world.cache, make_keyframe(
                *background(rendering), np.where(rendering.closed, GENERATED, 0).astype(np.uint8),
                camera, place), rendering)


@contextmanager
def _tiny_world():
    """A World of one seed, in a file that is removed with it."""
    from geo_world_model.geometry.camera import PinholeCamera
    from geo_world_model.geometry.pose import Pose
    from geo_world_model.world import World
    camera = PinholeCamera(*_CAMERA)
    rgb, depth = _corner(camera, Pose.level(1.2))
    with tempfile.TemporaryDirectory() as folder, World.open(Path(folder) / 'tiny.gwm') as world:
        world.seed(rgb, camera, depth)
        yield world


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
