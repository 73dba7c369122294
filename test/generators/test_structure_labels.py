# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Labels: least cost on chains, changes at creases, trust by the rim, straight edges."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room import WALLS, camera, pose, render_room

from geo_world_model.generators.structure.arbitration import arbitrate, Choice
from geo_world_model.generators.structure.belief import (
    CHANGE, JUMP, most_probable_labels, NEVER)
from geo_world_model.generators.structure.blocks import Blocks
from geo_world_model.generators.structure.hypotheses import Hypotheses, ray_depth
from geo_world_model.generators.structure.labelling import label_known
from geo_world_model.generators.structure.pixels import surface_of_pixels
from geo_world_model.generators.structure.plane import FLOOR, OTHER, Plane, WALL
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.view import View

UNKNOWN_ALL = np.ones((40, 60), bool)


def plane(normal, offset, kind=OTHER, bounding=False, share=0.1, support=((0, 0, 0),),
          invented=False):
    return Plane(np.asarray(normal, np.float64), offset, kind, bounding, invented, share, False,
                 np.asarray(support, np.float64), np.array([1.0, 0, 0]))


def total(labels, cost, level, strength):
    jump = np.minimum(np.abs(np.diff(level[np.arange(len(labels)), labels])) / JUMP, 1)
    change = np.diff(labels) != 0
    return (cost[np.arange(len(labels)), labels].sum()
            + np.sum(np.minimum(strength * jump + CHANGE, strength)[change]))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 9999), upright=st.booleans())
def test_labels_of_a_chain_cost_least(seed, upright):
    random = np.random.Generator(np.random.PCG64(seed))
    cost = random.random((5, 3)).astype(np.float32)
    level = random.normal(0, 0.2, (5, 3)).astype(np.float32)
    node = np.arange(5, dtype=np.int32)[None]
    found = most_probable_labels(node.T if upright else node, cost, level, 0.6)
    best = min(total(np.array(labels), cost, level, 0.6)
               for labels in itertools.product(range(3), repeat=5))
    assert total(found, cost, level, 0.6) == pytest.approx(best, abs=1e-4)


def test_labels_change_where_surfaces_meet():
    # two planes cross at column 30; the unary costs leave the middle open
    column = np.tile(np.arange(60, dtype=np.float32), (20, 1)).reshape(-1)
    level = np.stack([0.02 * (column - 30), np.zeros_like(column)], 1)
    cost = np.where(np.stack([column < 10, column > 50], 1), np.float32(0), np.float32(0.3))
    node = np.arange(1200, dtype=np.int32).reshape(20, 60)
    found = most_probable_labels(node, cost.astype(np.float32), level, 0.6).reshape(20, 60)
    assert np.all(np.abs(np.sum(found == 0, axis=1) - 30) <= 1)


def test_an_impossible_label_is_never_taken():
    node = np.arange(40, dtype=np.int32).reshape(4, 10)
    cost = np.zeros((40, 2), np.float32)
    cost[:20, 0], cost[20:, 1] = NEVER, NEVER
    cost[:, 1] += 5
    cost[20:, 1] = NEVER
    found = most_probable_labels(node, cost, np.zeros((40, 2), np.float32), 0.6)
    assert np.all(found[:20] == 1) and np.all(found[20:] == 0)


def said(support, planes=1, free=False, away=0.05):
    blocks = Blocks.of(UNKNOWN_ALL)
    count = blocks.cell.size
    inverse = np.full((count, planes), 0.5, np.float32)
    return blocks, Hypotheses(inverse, np.full_like(inverse, support),
                              np.full(inverse.shape, free), np.full(count, 1.0, np.float32),
                              np.full(count, away, np.float32))


def everywhere(depth):
    return np.zeros(depth.shape, bool)


def chosen(support, bounding=False, share=0.1, seen=3.0, free=False):
    blocks, hypotheses = said(support, free=free)
    only = plane([0, 0, -1], 2.0, bounding=bounding, share=share)
    nowhere = np.full((4, blocks.cell.size), np.nan, np.float32)
    simple = np.full(blocks.cell.size, 0.9, np.float32)
    return arbitrate(hypotheses, [only], simple, seen, blocks, nowhere, everywhere)


def test_a_plane_decides_as_far_as_the_rim_carries_it():
    assert np.all(chosen(0.05).label == -1) and np.allclose(chosen(0.05).median, 0.9)
    assert np.all(chosen(0.8).label == 0)
    assert np.all(chosen(0.02, bounding=True).label == -1)
    assert np.all(chosen(0.2, bounding=True).label == 0)
    # hidden behind the things around the hole, but much of all that was seen
    assert np.all(chosen(0.0, bounding=True, share=0.5).label == 0)
    # beyond all that was seen, and where another view saw past it
    assert np.all(chosen(0.8, seen=0.5).label == -1)
    assert np.all(chosen(0.8, free=True).label == -1)
    for choice in (chosen(0.05), chosen(0.8), chosen(0.0, bounding=True, share=0.5)):
        assert np.all((choice.confidence >= 0) & (choice.confidence <= 1))
    assert chosen(0.8).confidence.min() > chosen(0.0, bounding=True, share=0.5).confidence.max()


def test_the_nearer_of_two_sure_planes_is_seen():
    blocks, hypotheses = said(0.8, planes=2)
    inverse = hypotheses.plane.copy()
    inverse[:, 1] = 0.25
    hypotheses = Hypotheses(inverse, hypotheses.support, hypotheses.free, hypotheses.nearest,
                            hypotheses.away)
    walls = [plane([0, 0, -1], 2.0, WALL, True), plane([0, 0, -1], 4.0, WALL, True)]
    nowhere = np.full((4, blocks.cell.size), np.nan, np.float32)
    choice = arbitrate(hypotheses, walls, np.full(blocks.cell.size, 0.9, np.float32), 5.0, blocks,
                       nowhere, everywhere)
    assert np.all(choice.label == 0)


def test_blocks_know_what_lies_beside_them():
    depth = np.arange(12 * 20, dtype=np.float32).reshape(12, 20)
    unknown = np.zeros((12, 20), bool)
    unknown[4:8, 8:12] = True
    shown = np.where(unknown, np.nan, depth).astype(np.float32)
    right, left, below, above = Blocks.of(unknown).beside(shown)[:, 0]
    assert (right, left, below, above) == (depth[6, 13], depth[6, 6], depth[9, 10], depth[2, 10])
    for size in ((9, 7), (1, 1), (4, 4), (5, 13)):
        everything = Blocks.of(np.ones(size, bool))
        assert np.isnan(everything.beside(np.full(size, np.nan, np.float32))).all()


def known_room(at):
    cam = camera()
    rgb, depth = render_room(cam, at)
    return View(rgb, depth, np.ones(depth.shape, np.uint8), cam, at)


def room_planes():
    planes = [plane([0, 0, 1], 0.0, FLOOR, True)]
    for axis, place, _ in WALLS:
        normal = np.zeros(3)
        normal[axis] = -np.sign(place)
        low, high = np.array([0.0, -2, 0]), np.array([4.0, 2.5, 3])
        low[axis] = high[axis] = place
        grid = np.stack(np.meshgrid(*[np.linspace(a, b, 9) for a, b in zip(low, high)]), -1)
        planes.append(plane(normal, abs(place), WALL, True, support=grid.reshape(-1, 3)))
    return planes


def test_known_pixels_lie_on_the_planes_they_show():
    view, planes = known_room(pose(15)), room_planes()
    label = label_known(view, normals_from_depth(view.depth, view.camera), planes, 3.0)
    points = view.camera.unproject(view.depth) @ view.pose.matrix[:3, :3].T
    points = points + view.pose.matrix[:3, 3]
    off = np.stack([np.abs(p.height(points)) for p in planes])
    sure = np.sort(off, axis=0)[1] > 0.2
    assert np.mean(label[sure] == off.argmin(0)[sure]) > 0.99


def test_the_depth_of_a_shelf_belongs_to_its_wall():
    view, planes = known_room(pose(0)), room_planes()
    depth = view.depth.copy()
    depth[100:110, 140:180] += 0.25
    view = View(view.rgb, depth, view.provenance, view.camera, view.pose)
    label = label_known(view, normals_from_depth(depth, view.camera), planes, 3.0)
    assert np.mean(label[102:108, 142:178] == 1) > 0.9
    apart = [p for p in planes if p.kind == FLOOR]
    label = label_known(view, normals_from_depth(depth, view.camera), apart, 3.0)
    assert np.all(label[102:108, 142:178] == -1)


def test_a_floor_and_a_wall_meet_in_a_straight_line():
    cam, at = camera(), pose(15)
    rgb, depth = render_room(cam, at)
    hole = np.zeros(depth.shape, bool)
    hole[:, 160:] = True
    view = View(rgb, np.where(hole, np.float32(np.nan), depth), np.where(hole, 0, 1).astype(
        np.uint8), cam, at)
    planes = room_planes()
    blocks = Blocks.of(hole)
    rays = cam.rays()[blocks.row, blocks.column]
    every = np.stack([ray_depth(rays, p, view) for p in planes], 1)
    label = every.argmin(1)
    choice = Choice(label, label, (1 / every.min(1)).astype(np.float32),
                    np.ones(label.size, np.float32))
    found, inverse, _ = surface_of_pixels(view, planes, choice, blocks,
                                          np.zeros(depth.shape, np.float32))
    error = np.abs(1 / inverse[hole] / depth[hole] - 1)
    assert np.mean(error < 1e-4) > 0.998 and error.max() < 0.03
    true = np.stack([ray_depth(cam.rays(), p, view) for p in planes], -1).argmin(-1)
    assert np.mean(found[hole] == true[hole]) > 0.998
