# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.procedural.bvh import build_tree
from geo_world_model.datasets.procedural.grammar import make_scene
from geo_world_model.datasets.procedural.recording import scene_camera, scene_views


def test_one_ray_a_pixel_sees_what_four_see_but_for_edges():
    camera = scene_camera(2, (96, 54))
    four, one = (next(scene_views('room', 2, 0, 1, camera, rays)) for rays in (4, 1))
    assert np.array_equal(four[1], one[1]) and four[2] == one[2]
    difference = np.abs(four[0].astype(int) - one[0]).mean(-1)
    assert 0 < difference.mean() < 8
    assert np.median(difference) < 4


@pytest.mark.parametrize('kind', ['room', 'street'])
def test_every_primitive_is_in_one_leaf_and_in_the_bounds_of_all_nodes_above(kind):
    scene = make_scene(kind, 3)
    tree = build_tree(scene)
    assert sorted(tree.order) == list(range(len(scene)))
    spread = np.abs(scene.rotations * scene.halves[:, None, :]).sum(-1)
    low, high = (scene.centres - spread)[tree.order], (scene.centres + spread)[tree.order]
    leaves = np.flatnonzero(tree.count)
    assert tree.count.sum() == len(scene) and tree.count.max() == 2
    for node in range(len(tree.skip)):
        inside = leaves[(leaves >= node) & (leaves < tree.skip[node])]
        members = slice(tree.first[inside[0]], tree.first[inside[-1]] + tree.count[inside[-1]])
        assert np.array_equal(tree.bounds[node, :3], low[members].min(0))
        assert np.array_equal(tree.bounds[node, 3:], high[members].max(0))
    # as many nodes as a binary tree over these leaves has
    assert len(tree.skip) == 2 * len(leaves) - 1 and tree.skip[0] == len(tree.skip)
