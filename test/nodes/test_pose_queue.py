# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which poses are answered when more come than can be."""

import pytest

from geo_world_model.nodes.items import PoseItem
from geo_world_model.nodes.pose_queue import MOST_WAITING, OLDEST_S, PoseQueue


def item(number, arrived, source=''):
    return PoseItem(number, None, None, source, arrived)


def take_all(queue):
    return [queue.take().stamp_ns for _ in range(len(queue))]


def test_every_pose_of_an_even_stream_is_answered_though_one_view_was_slow():
    queue = PoseQueue(keep_all=False)
    assert not any(queue.put(item(k, k / 30)) for k in range(2))
    assert take_all(queue) == [0, 1]


def test_what_is_older_than_the_newest_by_too_much_gives_way():
    queue = PoseQueue(keep_all=False)
    queue.put(item(1, 0.0))
    assert queue.put(item(2, 1.01 * OLDEST_S)) == 1
    assert take_all(queue) == [2]


def test_a_flood_leaves_few_poses_and_the_newest_among_them():
    queue = PoseQueue(keep_all=False)
    dropped = sum(queue.put(item(k, k * 1e-3)) for k in range(1000))
    assert len(queue) == MOST_WAITING == 1000 - dropped
    assert take_all(queue)[-1] == 999


@pytest.mark.parametrize('often, rare', [('left', 'right'), ('right', 'left')])
def test_a_camera_that_asks_more_often_does_not_starve_another(often, rare):
    queue = PoseQueue(keep_all=False)
    queue.put(item(1, 0.0, often))
    queue.put(item(2, 0.0, rare))
    for number in range(3, 9):
        queue.put(item(number, 0.001, often))
    assert [queue.take().source for _ in range(3)] == [often, rare, often]


def test_lockstep_keeps_every_pose_in_its_order():
    queue = PoseQueue(keep_all=True)
    assert not any(queue.put(item(k, float(k))) for k in range(100))
    first = queue.take()
    queue.put_back(first)
    assert take_all(queue) == list(range(100))
