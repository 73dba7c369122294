# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether places stay while a world grows: at answered poses, pinned and not, and between them."""

from pathlib import Path

import numpy as np

from geo_world_model.datasets.layouts import open_recording
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.generators import create_generator
from geo_world_model.geometry.pose import Pose
from geo_world_model.world import World

#: Poses are those of the recording, moved by up to this (m) and turned by up to this (degrees).
_METRES, _DEGREES = 0.25, 30.0
#: No difference at all counts as so many decibels.
_SAME = 100.0


def run(folder, scratch, generator='structure', poses=200, first=100, seed=5):
    """
    Seed with frame 0, answer `poses` random poses, look again from the `first` of them.

    Pinned answers must be equal bit for bit. Without pins: PSNR and changed depth of every view;
    and at poses between answered ones, before and after the rest. Returns the numbers by name.
    """
    recording = open_recording(folder)
    rng = np.random.default_rng(seed)
    way = [_random(recording, rng) for _ in range(poses)]
    between = [_between(a, b) for a, b in zip(way[:first - 1], way[1:first])]
    made, camera = create_generator(generator), recording.camera
    with World.open(Path(scratch) / 'world.gwm') as world:
        world.seed(recording.rgb(0), camera, recording.depth(0), recording.pose(0))
        shown = [world.view(pose, camera, made) for pose in way[:first]]
        half = world.version
        for pose in way[first:]:
            world.view(pose, camera, made)
        same = unpinned = 0
        free, beside = [], []
        for pose, view in zip(way, shown):
            look = world.look(pose, camera)
            same += look.pinned and all(
                getattr(look.view, name).tobytes() == getattr(view, name).tobytes()
                for name in ('rgb', 'depth', 'provenance'))
            free.append(_change(view, world.cache.render(camera, pose, close_all=True)))
            unpinned += int(free[-1][1] == 0.0)
        for pose in between:
            before = world.cache.render(camera, pose, half)
            known = before.operation > 0
            if known.any():
                beside.append(_change(before, world.cache.render(camera, pose), known))
        result = {'poses': poses, 'looked_again': first, 'pinned_identical': same,
                  'operations': world.version, 'points': world.point_count,
                  'unpinned_depth_identical': unpinned}
    for name, rows in (('unpinned', free), ('between_known', beside)):
        decibels, moved = np.array(rows).T
        result.update({f'{name}_psnr_{what}': round(float(value), 2) for what, value in (
            ('worst', decibels.min()), ('p1', np.quantile(decibels, 0.01)),
            ('p10', np.quantile(decibels, 0.1)), ('median', np.median(decibels)))})
        result[f'{name}_depth_changed_worst'] = round(float(moved.max()), 6)
        result[f'{name}_depth_changed_median'] = round(float(np.median(moved)), 6)
    return result


def _random(recording, rng):
    matrix = recording.pose(int(rng.integers(len(recording)))).matrix
    matrix[:3, 3] += rng.uniform(-_METRES, _METRES, 3) * [1.0, 1.0, 0.3]
    yaw = np.radians(rng.uniform(-_DEGREES, _DEGREES))
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    matrix[:3, :3] = turn @ matrix[:3, :3]
    return Pose.from_matrix(matrix)


def _between(a, b):
    """Half way between two poses."""
    a, b = a.matrix, b.matrix
    matrix = np.eye(4)
    u, _, v = np.linalg.svd(a[:3, :3] + b[:3, :3])
    matrix[:3, :3] = u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v
    matrix[:3, 3] = (a[:3, 3] + b[:3, 3]) / 2
    return Pose.from_matrix(matrix)


def _change(before, after, known=None):
    """PSNR, at most _SAME, and share of pixels whose depth is another."""
    known = np.ones(before.depth.shape, bool) if known is None else known
    a, b = before.depth[known], after.depth[known]
    moved = np.mean(~((a == b) | (np.isnan(a) & np.isnan(b))))
    return min(psnr(after.rgb, before.rgb, known), _SAME), moved
