# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns the world, with a real world and a world model that does as it is told."""

import resource
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.errors import WorldFileError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Abilities
from geo_world_model.geometry.view import LIFTED
from geo_world_model.nodes import channel
from geo_world_model.nodes.channel import Refusal, Ticket
from geo_world_model.nodes.items import Errand, Observation, PoseItem, SeedItem
from geo_world_model.nodes.view_server import ViewServer
from geo_world_model.world import World

CLASSICAL, GROUND_PLANE = create_generator('classical'), create_generator('ground_plane')
NEW = [pose_at(yaw_deg=angle) for angle in (20, 40, 60, 80)]


class Server:
    """A ViewServer with a room as its world; records what it says, shows and asks."""

    def __init__(self, path, seeded=True, **options):
        world = World.open(path)
        if seeded and world.is_empty:
            world.seed(*room_view(pose_at())[:1], CAMERA, room_view(pose_at())[1], pose_at())
        self.shown, self.requests, self.said = [], [], []
        self._news = threading.Condition()
        options = {'lockstep': True, 'deadline': 0.1, 'timeout': 5.0, 'most_refusals': 3,
                   **options}
        self.server = ViewServer(
            world, publish=lambda stamp, view: self._add(self.shown, (stamp, view)),
            send=lambda payload: self._add(self.requests, channel.decode_request(payload)),
            report=lambda kind, text: self._add(self.said, (kind, text)), **options)
        self.server.start()

    def _add(self, where, what):
        with self._news:
            where.append(what)
            self._news.notify_all()

    def pose(self, stamp, pose, source=''):
        self.server.put_pose(PoseItem(stamp, pose, CAMERA, source))

    def seed(self, depth=None, pose=None, rgb=None):
        rgb = room_view(pose or pose_at())[0] if rgb is None else rgb
        self.server.put_frame(SeedItem(1, rgb, CAMERA, depth, pose, 1.2))

    def wait(self, condition, seconds=20.0):
        end = time.monotonic() + seconds
        with self._news:
            while not condition():
                assert time.monotonic() < end, (self.stamps, len(self.requests), self.said)
                self._news.wait(0.05)

    def wait_for_requests(self, count):
        self.wait(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    def wait_for_views(self, count):
        self.wait(lambda: len(self.shown) >= count)
        return self.shown[count - 1][1]

    def answer(self, ticket, answer):
        self.server.put_answer(channel.encode_answer(ticket, answer))

    def settle(self):
        """Wait until everything that was handed over has been looked at."""
        done = threading.Event()
        self.server.put_job(lambda world: done.set())
        assert done.wait(20.0)

    @property
    def stamps(self):
        return [item.stamp_ns for item, _ in self.shown]


@pytest.fixture
def serve(tmp_path):
    made = []

    def make(**options):
        made.append(Server(tmp_path / 'w.gwm', **options))
        return made[-1]

    yield make
    for server in made:
        server.server.stop()


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


def test_a_lost_request_is_asked_again_with_the_same_ticket(serve):
    served = serve(timeout=0.2)
    served.pose(1, NEW[0])
    first, second = served.wait_for_requests(1), served.wait_for_requests(3)
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1].view.rgb, second[1].view.rgb)
    served.answer(first[0], CLASSICAL.complete(first[1]))
    served.wait_for_views(1)
    assert [kind for kind, _ in served.said].count('world_model') >= 1


def test_a_world_model_that_comes_up_is_asked_at_once(serve):
    served = serve(timeout=60.0)
    served.pose(1, NEW[0])
    served.wait_for_requests(1)
    served.server.put_abilities([Abilities('a', ('complete',), size=(80, 60))])
    ticket, request = served.wait_for_requests(2)
    assert request.view.rgb.shape == (60, 80, 3)
    served.answer(ticket, CLASSICAL.complete(request))
    assert served.wait_for_views(1).coverage == 1


def test_an_answer_to_somebody_else_changes_nothing(serve):
    served = serve()
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    answer = CLASSICAL.complete(request)
    for other in (replace(ticket, number=ticket.number + 1), replace(ticket, world='ab'),
                  replace(ticket, revision=9), Ticket(1, ticket.world, ticket.revision)):
        served.answer(other, answer)
    served.server.put_answer(b'not a message')
    served.settle()
    assert not served.shown and served.server.world.version == 1
    assert served.server.counters['foreign_answers'] == 4
    assert [kind for kind, _ in served.said] == [channel.ANSWER_TOPIC]


def test_a_duplicate_of_an_answer_is_counted_and_left_out(serve):
    served = serve()
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    for _ in range(3):
        served.answer(ticket, CLASSICAL.complete(request))
    served.wait_for_views(1)
    served.settle()
    assert served.server.counters['foreign_answers'] == 2 and len(served.shown) == 1


def test_two_servers_start_their_tickets_at_different_numbers(serve, tmp_path):
    first = serve()
    first.pose(1, NEW[0])
    ticket, _ = first.wait_for_requests(1)
    first.server.stop()
    second = serve()
    second.pose(1, NEW[0])
    again, _ = second.wait_for_requests(1)
    assert again.number != ticket.number and again.world == ticket.world


def test_after_enough_refusals_lockstep_completes_the_view_itself(serve):
    served = serve(most_refusals=2, timeout=0.1)
    served.pose(1, NEW[0])
    refused = 0
    while not served.shown:
        ticket, _ = served.wait_for_requests(refused + 1)
        served.answer(ticket, Refusal('no memory'))
        refused += 1
        served.wait(lambda: served.shown or len(served.requests) > refused)
    assert served.shown[0][1].coverage == 1 and served.server.counters['refusals'] == 2
    assert ('refusal', 'the world model refused: no memory') in served.said


def test_an_answer_of_no_use_counts_as_a_refusal(serve):
    served = serve(most_refusals=1)
    served.pose(1, NEW[0])
    ticket, request = served.wait_for_requests(1)
    answer = CLASSICAL.complete(request)
    object.__setattr__(answer, 'depth', answer.depth[:-1])
    payload = channel.save({'rgb': answer.rgb, 'depth': answer.depth,
                            'confidence': answer.confidence})
    served.server.put_answer(payload)
    served.settle()
    assert not served.shown
    served.answer(ticket, CLASSICAL.complete(request))
    assert served.wait_for_views(1).coverage == 1


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
    served.settle()
    served.wait(lambda: served.server.world.version == 1)
    assert [kind for kind, _ in served.said] == ['seed/image', 'seed/image', 'seed']


def test_a_second_seed_at_its_own_pose_is_added_and_a_repeated_one_is_not(serve):
    served = serve()
    for pose in (pose_at(), NEW[0], NEW[0]):
        served.seed(room_view(pose)[1], pose)
    served.settle()
    served.wait(lambda: served.server.world.version == 2)
    served.settle()
    assert served.server.world.version == 2


def test_lockstep_keeps_a_pose_that_could_not_be_written_down(serve, monkeypatch):
    served = serve()
    world = served.server.world
    original, failures = world.cache.pin, []

    def pin(*arguments):
        if not failures:
            failures.append(1)
            raise WorldFileError('the disk is full')
        original(*arguments)

    monkeypatch.setattr(world.cache, 'pin', pin)
    served.pose(1, pose_at())
    served.pose(2, pose_at())
    served.wait_for_views(2)
    assert served.stamps == [1, 2] and ('world', 'the disk is full') in served.said


@contextmanager
def full_disk(path):
    """No file may become larger than the world's log is now: the disk has no room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f'{path}-wal').stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_realtime_goes_on_showing_while_the_disk_is_full_and_grows_again_afterwards(serve):
    served = serve(lockstep=False)
    world = served.server.world
    served.pose(1, pose_at())
    served.wait_for_views(1)
    with full_disk(world.cache.log.path):
        served.pose(2, pose_at(0.01))
        assert served.wait_for_views(2).coverage == 1
        assert any(kind == 'world' and 'could not be written' in text and 'look different' in text
                   for kind, text in served.said)
        # what was promised before is, and what is incomplete leaves with its holes
        served.pose(3, pose_at())
        served.wait_for_views(3)
        served.pose(4, NEW[0])
        ticket, request = served.wait_for_requests(1)
        served.answer(ticket, CLASSICAL.complete(request))
        served.wait(lambda: served.server.counters['failures'] == 1)
        assert served.wait_for_views(4).coverage < 1
        assert (world.version, world.cache.pin_count) == (1, 1)
    np.testing.assert_array_equal(served.shown[0][1].rgb, served.shown[2][1].rgb)
    served.pose(5, pose_at(0.01))
    served.wait_for_views(5)
    assert world.cache.pin_count == 2 and served.server.counters['unpromised'] == 1
    served.pose(6, NEW[0])
    served.wait(lambda: len(served.requests) > 1)
    ticket, request = served.requests[-1]
    served.answer(ticket, CLASSICAL.complete(request))
    served.wait(lambda: world.version > 1)


def test_a_fault_that_nobody_foresaw_costs_one_pose_and_is_said(serve):
    served = serve()

    def fail(world):
        raise sqlite3.ProgrammingError('what now')

    served.server.put_job(fail)
    served.pose(1, pose_at())
    served.wait_for_views(1)
    [(kind, text)] = served.said
    assert kind == 'internal' and text.startswith('ProgrammingError: what now (')
    assert 'test_view_server.py, line ' in text
    assert served.server.counters['failures'] == 1


def test_asking_ends_when_nothing_helps(serve):
    served = serve()
    served.pose(1, NEW[0])
    seen = 0
    while not served.shown:
        seen += 1
        ticket, request = served.wait_for_requests(seen)
        answer = CLASSICAL.complete(request)
        known = request.view.provenance > 0
        nothing = replace(answer, depth=np.where(known, answer.depth, np.float32(1e-3)))
        served.answer(ticket, nothing)
        served.wait(lambda: served.shown or len(served.requests) > seen)
    assert served.shown[0][1].coverage == 1
    assert seen <= served.server.world.config.attempts


def test_the_newest_pose_of_one_camera_does_not_push_out_that_of_another(serve):
    served = serve(lockstep=False, deadline=60.0)
    gate = threading.Event()
    served.server.put_job(lambda world: gate.wait(20.0))
    for stamp, source in ((1, 'left'), (1, 'right'), (2, 'left'), (3, 'left')):
        served.pose(stamp, pose_at(), source)
    gate.set()
    served.wait_for_views(2)
    served.settle()
    assert [(item.source, item.stamp_ns) for item, _ in served.shown] == [
        ('left', 3), ('right', 1)]
    assert served.server.counters['superseded'] == 2


def test_each_camera_waits_for_its_own_view_in_realtime(serve):
    served = serve(lockstep=False, deadline=60.0)
    for source, pose in (('left', NEW[0]), ('right', NEW[2])):
        served.pose(1, pose, source)
    for number in (1, 2):
        ticket, request = served.wait_for_requests(number)
        served.answer(ticket, CLASSICAL.complete(request))
    served.wait_for_views(2)
    assert {(item.source, view.coverage) for item, view in served.shown} == {
        ('left', 1.0), ('right', 1.0)}


def test_lockstep_answers_one_stamp_for_every_camera(serve):
    served = serve()
    for source in ('left', 'right', 'left'):
        served.pose(1, pose_at(), source)
    served.settle()
    served.wait_for_views(2)
    served.settle()
    assert [item.source for item, _ in served.shown] == ['left', 'right']


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
