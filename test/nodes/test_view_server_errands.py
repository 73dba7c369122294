# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is done besides answering poses: views ahead, jobs, pauses, observations."""

import time

import numpy as np
import pytest
from serving import CLASSICAL, GROUND_PLANE, NEW, serve  # noqa: F401
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.clearing import Ball
from geo_world_model.errors import WorldFileError
from geo_world_model.nodes.channel import Refusal
from geo_world_model.nodes.errands import MOST_WAITING
from geo_world_model.nodes.items import Errand, Observation
from geo_world_model.world import World


def test_what_lies_ahead_is_asked_for_only_while_no_camera_waits(serve):
    served = serve(lockstep=False, deadline=60.0)
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    served.server.look_ahead(Errand(NEW[3], CAMERA))
    served.settle()
    assert len(served.requests) == 1
    served.answer(ticket, CLASSICAL.complete(request))
    served.wait_for_views(1)
    ahead, request = served.wait_for_requests(2)
    assert request.view.pose == NEW[3]
    # a camera that waits now is asked for at once, though the view ahead is on its way
    served.pose(2, NEW[1])
    ticket, request = served.wait_for_requests(3)
    assert request.view.pose == NEW[1]
    served.answer(ticket, CLASSICAL.complete(request))
    assert served.wait_for_views(2).coverage == 1
    # the late answer to what lay ahead is of use when the camera comes there
    served.answer(ahead, CLASSICAL.complete(served.requests[1][1]))
    served.settle()
    served.pose(3, NEW[3])
    assert served.wait_for_views(3).coverage == 1 and served.stamps == [1, 2, 3]
    assert served.server.counters['errands'] >= 1


def test_an_errand_ends_with_what_came_of_it(serve):
    served, ended = serve(), []
    served.server.put_errand(Errand(NEW[0], CAMERA, ended.append))
    ticket, request = served.wait_for_requests(1)
    served.answer(ticket, CLASSICAL.complete(request))
    served.wait(lambda: ended)
    assert ended[0].complete and ended[0].view.coverage == 1 and not served.shown


def test_a_refused_errand_is_asked_again_and_holds_nobody_up(serve):
    served, ended = serve(lockstep=False), []
    served.server.put_errand(Errand(NEW[0], CAMERA, ended.append))
    ticket, _ = served.wait_for_requests(1)
    served.answer(ticket, Refusal('busy'))
    served.pose(1, pose_at())
    served.wait_for_views(1)
    ticket, request = served.wait_for_requests(2)
    served.answer(ticket, CLASSICAL.complete(request))
    served.wait(lambda: ended)


def test_an_errand_that_is_always_refused_ends_and_says_so(serve):
    served, ended = serve(lockstep=False, most_refusals=2), []
    served.server.put_errand(Errand(NEW[0], CAMERA, ended.append))
    for number in (1, 2):
        ticket, _ = served.wait_for_requests(number)
        served.answer(ticket, Refusal('no memory'))
    served.wait(lambda: ended)
    assert ended == [None] and len(served.requests) == 2


def test_of_too_many_errands_the_last_is_refused_and_all_others_end(serve):
    served, ended = serve(lockstep=False), []
    poses = [pose_at(yaw_deg=angle) for angle in range(20, 20 + 3 * MOST_WAITING, 3)]
    for pose in poses:
        assert served.server.put_errand(Errand(pose, CAMERA, ended.append))
    assert not served.server.put_errand(Errand(NEW[3], CAMERA, ended.append))
    done = 0
    while len(ended) < MOST_WAITING:
        served.wait(lambda: len(served.requests) > done or len(ended) == MOST_WAITING)
        for ticket, request in served.requests[done:]:
            served.answer(ticket, CLASSICAL.complete(request))
            done += 1
    assert [look.pose for look in ended] == poses
    assert served.server.put_errand(Errand(NEW[3], CAMERA, ended.append))


def test_an_errand_runs_while_a_refused_view_is_left_alone(serve):
    served, ended = serve(lockstep=False, deadline=0.05), []
    served.pose(1, NEW[0])
    ticket, _ = served.wait_for_requests(1)
    served.answer(ticket, Refusal('busy'))
    served.settle()
    served.server.put_errand(Errand(NEW[2], CAMERA, ended.append))
    ticket, request = served.wait_for_requests(2)
    if request.view.pose == NEW[0]:
        # its rest was over first
        served.answer(ticket, Refusal('busy'))
        ticket, request = served.wait_for_requests(3)
    served.answer(ticket, CLASSICAL.complete(request))
    served.wait(lambda: ended)
    assert request.view.pose == NEW[2]


def test_an_errand_in_an_empty_world_waits_without_burning_the_processor(serve):
    served, ended = serve(seeded=False), []
    served.server.put_errand(Errand(pose_at(), CAMERA, ended.append))
    served.settle()
    used = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - used < 0.2 and not ended
    served.seed(room_view(pose_at())[1], pose_at())
    served.wait(lambda: ended)


def test_a_paused_server_does_nothing_but_jobs(serve):
    served = serve()
    served.server.pause(True)
    served.pose(1, pose_at())
    served.seed(room_view(NEW[0])[1], NEW[0])
    served.settle()
    assert not served.shown and served.server.world.version == 1
    assert served.server.state == 'paused'
    served.server.pause(False)
    served.wait_for_views(1)
    served.settle()
    assert served.server.world.version == 2


def test_a_paused_server_forgets_poses_in_realtime(serve):
    served = serve(lockstep=False)
    served.server.pause(True)
    served.pose(1, pose_at())
    served.server.pause(False)
    served.pose(2, pose_at())
    served.wait_for_views(1)
    served.settle()
    assert served.stamps == [2]


def test_an_observation_begins_a_revision_and_one_that_says_nothing_new_does_not(serve):
    served = serve()
    rgb, depth = room_view(NEW[0])
    for stamp in (1, 2):
        served.server.put_frame(Observation(stamp, rgb, CAMERA, depth, NEW[0]))
        served.settle()
        served.wait(lambda: served.server.world.revision == 2)
    served.server.put_frame(Observation(3, rgb, CAMERA, depth[:-1], NEW[0]))
    served.settle()
    assert served.server.world.revision == 2 and served.said[0][0] == 'observe/image'


def test_another_world_takes_over_and_the_pose_that_waits_is_answered_from_it(serve, tmp_path):
    served = serve()
    rgb, depth = room_view(pose_at(yaw_deg=20))
    other = World.open(tmp_path / 'other.gwm')
    other.seed(rgb, CAMERA, depth, NEW[0])
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)

    def replace_it(world):
        world.close()
        served.server.replace_world(other)

    served.server.put_job(replace_it)
    assert served.wait_for_views(1).coverage == 1
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    assert served.server.counters['foreign_answers'] == 1 and other.version == 1


def test_a_job_that_fails_does_not_cost_the_pose_that_waits(serve):
    served = serve()
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)

    def fail(world):
        raise WorldFileError('no room')

    served.server.put_job(fail)
    served.settle()
    served.answer(ticket, CLASSICAL.complete(request))
    assert served.wait_for_views(1).coverage == 1 and served.stamps == [1]
    assert ('world', 'no room') in served.said


def test_a_world_model_that_is_slower_than_the_deadline_is_asked_for_what_lies_ahead(serve):
    served = serve(lockstep=False, deadline=0.05)
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    served.wait_for_views(1)
    served.answer(ticket, CLASSICAL.complete(request))  # later than the deadline: it is slow
    served.settle()
    served.server.look_ahead(Errand(NEW[2], CAMERA))
    ahead, request = served.wait_for_requests(2)
    assert request.view.pose == NEW[2]
    # what is seen meanwhile leaves with its holes, as it would have, and is not asked for first
    served.pose(2, NEW[1])
    assert served.wait_for_views(2).coverage < 1
    assert len(served.requests) == 2
    served.answer(ahead, CLASSICAL.complete(request))
    # and once nothing more lies ahead, where the camera stands is completed
    ticket, request = served.wait_for_requests(3)
    assert request.view.pose == NEW[1]
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    for stamp, pose in ((3, NEW[2]), (4, NEW[1])):
        served.pose(stamp, pose)
        assert served.wait_for_views(stamp).coverage == 1


def keep_a_pose_waiting(served, source):
    """Hand over a known pose with every view that is shown; returns a list to clear at the end."""
    number, going = [1], [True]
    answering = served.server._answering
    publish = answering._publish

    def publish_and_come_again(item, view):
        publish(item, view)
        if going:
            number[0] += 1
            served.pose(number[0], pose_at(), source)

    answering._publish = publish_and_come_again
    served.pose(0, pose_at(), source)
    return going


def test_a_lost_request_is_asked_again_though_a_pose_is_always_waiting(serve):
    served = serve(lockstep=False, deadline=0.0, timeout=0.2)
    served.pose(1, NEW[0], 'still')
    served.wait_for_requests(1)
    going = keep_a_pose_waiting(served, 'moving')
    try:
        served.wait(lambda: len(served.requests) >= 3, 60.0)
    finally:
        going.clear()
    assert {request.view.pose for _, request in served.requests} == {NEW[0]}


def test_what_lies_ahead_is_asked_for_though_a_pose_is_always_waiting(serve):
    served = serve(lockstep=False, deadline=0.0)
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    going = keep_a_pose_waiting(served, '')
    try:
        served.wait_for_views(5)
        served.server.look_ahead(Errand(NEW[2], CAMERA))
        served.wait(lambda: any(r.view.pose == NEW[2] for _, r in served.requests), 60.0)
        ticket, request = next((t, r) for t, r in served.requests if r.view.pose == NEW[2])
        before = served.server.world.version
        served.answer(ticket, CLASSICAL.complete(request))
        served.wait(lambda: served.server.world.version > before, 60.0)
    finally:
        going.clear()


def test_a_late_answer_does_not_bring_back_what_was_cleared_or_undone(serve):
    served = serve(lockstep=False, deadline=0.05)
    served.pose(1, NEW[0])
    served.wait_for_views(1)
    ticket, request = served.wait_for_requests(1)

    def clear(world):
        world.clear(Ball((0, 0, 0), 100.0))
        served.server.world_changed()

    served.server.put_job(clear)
    again, request_again = served.wait_for_requests(2)
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    assert served.server.world.version == 2 and again != ticket
    assert served.server.counters['foreign_answers'] == 1
    assert np.count_nonzero(request_again.view.provenance) < np.count_nonzero(
        request.view.provenance)


@pytest.mark.parametrize('lockstep', [True, False])
def test_undoing_everything_succeeds_while_a_view_is_wanted_and_leaves_an_empty_world(
        serve, lockstep):
    served, done = serve(lockstep=lockstep, deadline=0.05), []
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)

    def undo(world):
        world.undo(1)
        served.server.world_changed()
        done.append(world.is_empty)

    served.server.put_job(undo)
    served.wait(lambda: done)
    served.answer(ticket, CLASSICAL.complete(request))
    served.settle()
    assert done == [True] and served.server.world.is_empty
    # a new seed starts it anew
    served.seed(room_view(pose_at())[1])
    served.pose(2, pose_at())
    served.wait(lambda: 2 in served.stamps)
    assert not [text for kind, text in served.said if kind in ('world', 'internal')]


def test_a_frame_with_depth_waits_for_nobody_who_lifts(serve):
    served = serve(seeded=False, lockstep=False)
    served.seed()
    ticket, request = served.wait_for_requests(1)
    assert request.task == 'lift'
    served.seed(room_view(pose_at())[1], pose_at())
    served.settle()
    served.wait(lambda: not served.server.world.is_empty)
    served.answer(ticket, GROUND_PLANE.complete(request))
    served.settle()
    assert served.server.world.version == 1
