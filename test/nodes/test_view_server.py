# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns the world, with a real world and a world model that does as it is told."""

import time

import numpy as np
import pytest
from serving import CLASSICAL, GROUND_PLANE, NEW, serve  # noqa: F401
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.asking import noise_seed
from geo_world_model.generators.interface import Abilities
from geo_world_model.geometry.view import LIFTED
from geo_world_model.nodes.channel import Refusal


def test_lockstep_waits_for_the_answer_and_then_shows_a_complete_view(serve):
    served = serve()
    served.pose(1, NEW[0])
    served.pose(2, pose_at())
    ticket, request = served.wait_for_requests(1)
    served.settle()
    assert not served.shown and served.server.queue_length == 1
    assert 'waiting for the world model' in served.server.state
    served.answer(ticket, CLASSICAL.complete(request))
    served.wait_for_views(2)
    assert served.stamps == [1, 2] and all(view.coverage == 1 for _, view in served.shown)
    assert served.server.state == 'ready'


def test_a_world_model_that_comes_up_is_asked_at_once(serve):
    served = serve(timeout=60.0)
    served.pose(1, NEW[0])
    served.wait_for_requests(1)
    served.server.put_abilities([Abilities('a', ('complete',), size=(80, 60))])
    ticket, request = served.wait_for_requests(2)
    assert request.view.rgb.shape == (60, 80, 3)
    served.answer(ticket, CLASSICAL.complete(request))
    assert served.wait_for_views(1).coverage == 1


def test_two_servers_start_their_tickets_at_different_numbers(serve, tmp_path):
    first = serve()
    first.pose(1, NEW[0])
    ticket, _ = first.wait_for_requests(1)
    first.server.stop()
    second = serve()
    second.pose(1, NEW[0])
    again, _ = second.wait_for_requests(1)
    assert again.number != ticket.number and again.world == ticket.world


def test_realtime_shows_holes_at_the_deadline_and_the_answer_at_the_next_look(serve):
    served = serve(lockstep=False, deadline=0.15)
    start = time.monotonic()
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    first = served.wait_for_views(1)
    assert 0.14 < time.monotonic() - start < 1.5
    assert 0 < first.coverage < 1 and np.isnan(first.depth[first.provenance == 0]).all()
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    assert len(served.shown) == 1 and served.server.world.version == 2
    served.pose(2, NEW[0])
    assert served.wait_for_views(2).coverage == 1 and len(served.requests) == 1


def test_realtime_shows_the_complete_view_when_the_answer_is_in_time(serve):
    served = serve(lockstep=False, deadline=30.0)
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    served.answer(ticket, CLASSICAL.complete(request))
    assert served.wait_for_views(1).coverage == 1 and served.stamps == [1]


def test_a_newer_pose_sends_the_one_that_waits_on_its_way(serve):
    served = serve(lockstep=False, deadline=30.0)
    served.pose(1, NEW[0])
    served.wait_for_requests(1)
    served.pose(2, pose_at())
    served.wait_for_views(2)
    assert served.stamps == [1, 2]
    assert served.shown[0][1].coverage < 1 == served.shown[1][1].coverage


def test_realtime_uses_an_answer_that_comes_after_it_was_given_up(serve):
    served = serve(lockstep=False, timeout=0.2, deadline=0.05)
    served.pose(1, NEW[0])
    late = served.wait_for_requests(1)
    served.pose(2, NEW[3])
    served.wait(lambda: any(t != late[0] for t, _ in served.requests))
    served.answer(late[0], CLASSICAL.complete(late[1]))
    served.settle()
    assert served.server.counters['late_answers'] == 1
    assert served.server.world.look(NEW[0], CAMERA).view.coverage > 0.99


def test_realtime_asks_for_where_the_robot_stopped_once_the_world_model_is_free(serve):
    served = serve(lockstep=False, deadline=0.05)
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    served.pose(2, NEW[3])
    served.wait_for_views(2)
    assert len(served.requests) == 1
    served.answer(ticket, CLASSICAL.complete(request))
    ticket, request = served.wait_for_requests(2)
    assert request.view.pose == NEW[3]
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    assert len(served.shown) == 2 and served.server.world.version == 3


def test_a_refused_view_is_not_asked_for_in_a_tight_loop_in_realtime(serve):
    served = serve(lockstep=False, deadline=0.05)
    served.pose(1, NEW[0])
    ticket, _ = served.wait_for_requests(1)
    served.answer(ticket, Refusal('busy'))
    time.sleep(0.4)
    assert len(served.requests) == 1
    served.wait_for_requests(2)


def test_a_view_that_is_refused_again_and_again_is_asked_for_ever_more_rarely(serve):
    served, times = serve(lockstep=False, deadline=0.05), []
    served.pose(1, NEW[0])
    for number in (1, 2, 3):
        ticket, _ = served.wait_for_requests(number)
        times.append(time.monotonic())
        served.answer(ticket, Refusal('no'))
    assert times[1] - times[0] > 0.9 and times[2] - times[1] > 1.9
    used = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - used < 0.2 and len(served.requests) == 3


@pytest.mark.parametrize('lockstep', [False, True])
def test_what_was_refused_is_asked_for_with_other_noise(serve, lockstep):
    served = serve(lockstep=lockstep, deadline=0.05, timeout=0.5)
    served.pose(1, NEW[0])
    ticket, first = served.wait_for_requests(1)
    served.answer(ticket, Refusal('no'))
    ticket, second = served.wait_for_requests(2)
    assert second.view.pose == first.view.pose
    assert second.noise_seed == noise_seed(first.noise_seed, 1, 0) != first.noise_seed
    served.answer(ticket, CLASSICAL.complete(second))
    served.settle()
    served.wait(lambda: served.server.world.version == 2)


@pytest.mark.parametrize('lockstep', [False, True])
def test_a_stamp_is_answered_once_but_a_missing_stamp_always(serve, lockstep):
    served = serve(lockstep=lockstep)
    for stamp in (5, 5, 0, 5, 0):
        served.pose(stamp, pose_at())
        served.settle()
    served.settle()
    assert served.stamps == [5, 0, 0] and served.server.counters['repeated_stamps'] == 2
    served.server.forget_stamps()
    served.pose(5, pose_at())
    served.wait_for_views(4)


def test_a_pose_that_came_before_the_seed_may_come_again(serve):
    served = serve(seeded=False)
    served.pose(1, pose_at())
    served.wait(lambda: any(kind == 'no_seed' for kind, _ in served.said))
    served.seed(room_view(pose_at())[1], pose_at())
    served.pose(1, pose_at())
    served.wait_for_views(1)
    assert served.stamps == [1]


def test_lockstep_keeps_poses_while_a_seed_is_coming(serve):
    served = serve(seeded=False)
    served.server.expect_seed(True)
    served.pose(1, pose_at())
    served.settle()
    assert not served.said
    served.seed(room_view(pose_at())[1], pose_at())
    served.server.expect_seed(False)
    served.wait_for_views(1)


def test_a_photograph_is_lifted_once_and_poses_wait_for_it(serve):
    served = serve(seeded=False)
    served.seed()
    served.seed()
    served.pose(1, pose_at())
    ticket, request = served.wait_for_requests(1)
    assert request.task == 'lift' and (request.view.provenance == LIFTED).all()
    served.answer(ticket, Refusal('not now'))
    again, request = served.wait_for_requests(2)
    assert again == ticket
    served.answer(ticket, GROUND_PLANE.complete(request))
    served.settle()
    served.wait(lambda: any('lifted seed' in text for _, text in served.said))
    served.wait(lambda: any(kind == 'later_seed' for kind, _ in served.said))
    assert served.server.world.cache.counts['seed'] == 1


def test_seeds_that_cannot_be_are_said_and_the_next_one_is_taken(serve):
    served = serve(seeded=False)
    rgb, depth = room_view(pose_at())
    served.seed(np.zeros_like(depth), pose_at())
    served.seed(depth[:-1], pose_at())
    served.seed(depth, pose_at())
    served.wait(lambda: len(served.said) >= 3)
    assert [kind for kind, _ in served.said] == ['seed/image', 'seed/image', 'seed']
    assert served.server.world.version == 1


def test_a_second_seed_at_its_own_pose_is_added_and_a_repeated_one_is_not(serve):
    served = serve()
    for pose in (pose_at(), NEW[0], NEW[0]):
        served.seed(room_view(pose)[1], pose)
    served.settle()
    served.wait(lambda: served.server.world.version == 2)
    served.settle()
    assert served.server.world.version == 2
