# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.memory_bank import MemoryBank
from geo_world_model.cache.nearby import GROUP, Nearby, SHORT_LIST
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from scenes import random_pose

CAMERA = PinholeCamera(30.0, 32.0, 20.0, 11.5, 40, 24)


def placed(rng, place, spread):
    matrix = random_pose(rng, spread).matrix
    matrix[:3, 3] += place
    return Pose.from_matrix(matrix)


def drive(rng, keyframes, step, seeds):
    """A bank of keyframes along a way, some with sky, and where they stand."""
    bank, way = MemoryBank(), []
    for number in range(keyframes):
        depth = rng.uniform(1, 9, (24, 40))
        if number % 3 == 0:
            depth[:rng.integers(1, 24)] = np.inf
        pose = placed(rng, np.array([number * step, 0, 0]), 1.0)
        shape = depth.shape
        bank.add(number + 1, Keyframe(CAMERA, pose, np.zeros(shape + (3,), np.uint8),
                                      encode_depth(depth), np.zeros(shape, np.uint16),
                                      np.ones(shape, np.uint8)), number % seeds == 0)
        way.append(pose)
    return bank, way


@pytest.mark.parametrize('step', [0.0, 0.05, 3.0])
@pytest.mark.parametrize('seeds', [5, 1000])
def test_the_list_is_the_one_that_trying_all_would_give(monkeypatch, step, seeds):
    rng = np.random.default_rng(3)
    bank, way = drive(rng, 1500, step, seeds)
    looked_at, lists = [], []
    chosen = Nearby.short_list

    def listed(nearby, is_seed, places, eye, tried):
        def counted(indices):
            looked_at.append(len(indices))
            return tried(indices)

        found, far = chosen(nearby, is_seed, places, eye, counted)
        all_far, all_seen = tried(np.arange(len(is_seed)))
        rank = all_far / (1 + all_far) - all_seen
        order = np.lexsort((np.arange(len(rank)), rank))
        best = [order[is_seed[order] == kind][:SHORT_LIST // 2] for kind in (False, True)]
        np.testing.assert_array_equal(found, np.sort(np.concatenate(best)))
        np.testing.assert_array_equal(far, all_far[found])
        lists.append(len(found))
        return found, far

    monkeypatch.setattr(Nearby, 'short_list', listed)
    for kind in range(12):
        pose = placed(rng, way[rng.integers(len(way))].matrix[:3, 3], 1.0)
        depth = rng.uniform(1, 9, (24, 40)).astype(np.float32)
        depth[:, :kind * 4] = np.inf
        depth[kind * 3:] = np.nan
        assert len(bank.choose(depth, CAMERA, pose, 4)) == 4
    assert min(lists) > SHORT_LIST // 2
    if step > 1:
        # most of a long way is not looked at
        assert np.sum(looked_at) < 12 * 1500 / 2


def test_boxes_taken_in_at_once_are_those_taken_in_one_by_one():
    low = np.random.default_rng(1).uniform(-5, 5, (3 * GROUP + 7, 3))
    boxes = np.concatenate([low, low + 1], 1)
    together, single = Nearby(), Nearby()
    together.extend(boxes[:GROUP + 3])
    together.extend(boxes[GROUP + 3:])
    for box in boxes:
        single.extend(box[None])
    np.testing.assert_array_equal(together._boxes.rows, single._boxes.rows)
    assert len(single._boxes) == 4
