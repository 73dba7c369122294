# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The kernel that brings blocks to pixels against plain Python, one pixel at a time."""

import numpy as np
import pytest

from geo_world_model.generators.structure import pixels
from geo_world_model.generators.structure.arbitration import Choice
from geo_world_model.generators.structure.blocks import Blocks, STEP
from geo_world_model.generators.structure.hypotheses import ray_depth, reached
from geo_world_model.generators.structure.pixels import surface_of_pixels
from geo_world_model.generators.structure.plane import FLOOR, OTHER, Plane, TABLE, WALL
from geo_world_model.generators.structure.reach import RASTER, reach_of, within_reach
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

CAMERA = PinholeCamera(60.0, 62.0, 31.0, 23.0, 64, 48)
HEADING = np.array([1.0, 0.0, 0.0])


def planes():
    r = np.random.default_rng(3)
    top = np.column_stack([r.uniform(1.0, 2.5, 800), r.uniform(-0.8, 0.9, 800),
                           np.full(800, 0.6)])
    side = np.column_stack([np.ones(90), r.uniform(-0.8, 0.9, 90), r.uniform(0, 0.6, 90)])
    nothing = np.zeros((0, 3))
    return [
        Plane(np.array([0.0, 0.0, 1.0]), 0.0, FLOOR, True, False, 0.3, True, nothing, HEADING),
        Plane(np.array([-1.0, 0.0, 0.0]), 4.0, WALL, True, False, 0.3, True, nothing, HEADING),
        Plane(np.array([0.0, 0.0, 1.0]), -0.6, TABLE, False, False, 0.1, True, top, HEADING),
        Plane(np.array([-1.0, 0.0, 0.0]), 1.0, OTHER, False, True, 0.1, False, side, HEADING),
        Plane(np.array([0.0, 1.0, 0.0]), 2.0, OTHER, False, False, 0.1, False, nothing, HEADING)]


def request(seed):
    r = np.random.default_rng(seed)
    unknown = r.random((12, 16)).repeat(4, 0).repeat(4, 1) < 0.7
    unknown &= r.random(unknown.shape) < 0.9
    depth = np.where(unknown, np.nan, 2.0).astype(np.float32)
    view = View(np.zeros((48, 64, 3), np.uint8), depth, np.where(unknown, 0, 1).astype(np.uint8),
                CAMERA, Pose.level(1.2))
    blocks = Blocks.of(unknown)
    label = r.integers(-1, 5, blocks.cell.size)
    # regions as well as noise
    label = np.where(r.random(label.size) < 0.5, label, (blocks.column // 20) - 1)
    return view, blocks, Choice(label, label, r.uniform(0.2, 1, label.size).astype(np.float32),
                                r.random(label.size).astype(np.float32))


def expected(view, every, choice, blocks, i, j):
    """Label, inverse depth of it, of the median, and confidence of one pixel."""
    grid, around, total = blocks.nodes(), [], 0.0
    y, x = (i + 0.5) / STEP - 0.5, (j + 0.5) / STEP - 0.5
    for p in (int(np.floor(y)), int(np.floor(y)) + 1):
        for q in (int(np.floor(x)), int(np.floor(x)) + 1):
            if 0 <= p < grid.shape[0] and 0 <= q < grid.shape[1] and grid[p, q] >= 0:
                around.append((grid[p, q], (1 - abs(y - p)) * (1 - abs(x - q))))
                total += around[-1][1]
    own = grid[i // STEP, j // STEP]
    around = [(node, share / total) for node, share in around] if total > 0 else [(own, 1.0)]
    median, confidence = (sum(values[node] * share for node, share in around)
                          for values in (choice.median, choice.confidence))
    votes = {}
    for node, share in around:
        votes[int(choice.label[node])] = votes.get(int(choice.label[node]), 0) + share
    ray = view.camera.rays()[i, j][None]
    depth = {k: ray_depth(ray, plane, view) for k, plane in enumerate(every)}
    label = int(choice.label[own])
    if set(votes) != {label}:
        worth = {}
        for k, share in votes.items():
            if k < 0:
                worth[k] = share
            elif np.isinf(depth[k][0]):
                continue
            elif every[k].bounding:
                worth[k] = 1 + 1 / depth[k][0] if share > pixels.VOTE else share
            elif reached(ray, depth[k], every[k], view)[0]:
                worth[k] = 1e6 + 1 / depth[k][0] if share > pixels.VOTE else share
        label = max(sorted(worth), key=worth.get) if worth else label
        label = -1 if votes.get(-1, 0) > 0.5 else label
    if label >= 0 and np.isfinite(depth[label][0]):
        return label, 1 / depth[label][0], median, confidence
    return label, median, median, confidence


@pytest.mark.parametrize('seed', range(4))
def test_every_pixel_gets_what_plain_python_gives_it(seed, monkeypatch):
    # blending is a matter of neighbours, and not asked here
    monkeypatch.setattr(pixels, '_blend', lambda *arguments: None)
    every = planes()
    view, blocks, choice = request(seed)
    label, inverse, confidence = surface_of_pixels(view, every, choice, blocks,
                                                   np.zeros(view.depth.shape, np.float32))
    unknown = np.isnan(view.depth)
    assert (label[~unknown] == -1).all() and (confidence[~unknown] == 1).all()
    seen = set()
    for i, j in np.argwhere(unknown):
        theirs = expected(view, every, choice, blocks, i, j)
        assert label[i, j] == theirs[0], (i, j)
        np.testing.assert_allclose([inverse[i, j], confidence[i, j]], [theirs[1], theirs[3]],
                                   rtol=1e-5)
        seen.add(theirs[0])
    assert len(seen) >= 4


def test_the_reach_of_planes_in_a_table_is_that_of_each_alone():
    every = planes()
    table = reach_of(every)
    r = np.random.default_rng(1)
    for index in (2, 3, 4):
        plane = every[index]
        points = r.uniform(-3, 4, (4000, 3))
        points -= plane.height(points)[:, None] * plane.normal
        u, v = (((points @ table.axes[index, 3 * k:3 * k + 3]) - table.origin[index, k])
                / table.cell[index, k] for k in range(2))
        inside = (u >= 0) & (v >= 0) & (u < RASTER) & (v < RASTER)
        found = inside & (table.away[index, np.where(inside, v, 0).astype(int),
                                     np.where(inside, u, 0).astype(int)] <= table.within[index])
        alone = within_reach(points, plane)
        assert np.mean(found == alone) > 0.999
        assert alone.any() == (index < 4)
