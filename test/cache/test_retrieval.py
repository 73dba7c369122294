# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from geo_world_model.cache.retrieval import choose_references
from synthetic import pose_at


def test_the_keyframe_that_is_seen_most_comes_first():
    poses = {1: pose_at(0), 2: pose_at(5), 3: pose_at(9)}
    operation = np.array([[0, 3, 3], [3, 2, 0]], np.uint32)
    assert choose_references(operation, pose_at(0), poses, 2) == [3, 2]


def test_what_is_not_seen_is_ranked_by_distance_and_turn():
    poses = {1: pose_at(3), 2: pose_at(1, yaw_deg=170), 3: pose_at(1)}
    nothing = np.zeros((2, 2), np.uint32)
    assert choose_references(nothing, pose_at(0), poses, 3) == [3, 1, 2]
    assert choose_references(nothing, pose_at(0), poses, 0) == []


def test_half_of_the_references_are_seeds():
    poses = {1: pose_at(9), **{number: pose_at(0.1 * number) for number in range(2, 8)}}
    operation = np.repeat(np.arange(2, 8, dtype=np.uint32), 10)[None]
    operation[0, :12] = 5
    assert 1 not in choose_references(operation, pose_at(0), poses, 3)
    chosen = choose_references(operation, pose_at(0), poses, 3, {1})
    assert len(chosen) == 3 and 1 in chosen and chosen[0] == 5
    assert choose_references(operation, pose_at(0), poses, 1, {1}) == [1]
