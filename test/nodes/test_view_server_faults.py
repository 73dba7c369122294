# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What answers, disks and steps that fail cost: never more than a pose."""

import resource
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from serving import CLASSICAL, NEW, serve  # noqa: F401
from synthetic import pose_at

from geo_world_model.errors import WorldFileError
from geo_world_model.nodes import channel
from geo_world_model.nodes.channel import Refusal, Ticket


def test_a_lost_request_is_asked_again_with_the_same_ticket(serve):
    served = serve(timeout=0.2)
    served.pose(1, NEW[0])
    first, second = served.wait_for_requests(1), served.wait_for_requests(3)
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1].view.rgb, second[1].view.rgb)
    served.answer(first[0], CLASSICAL.complete(first[1]))
    served.wait_for_views(1)
    assert [kind for kind, _ in served.said].count('world_model') >= 1


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
        assert (world.version, len(world.cache.promises)) == (1, 1)
    np.testing.assert_array_equal(served.shown[0][1].rgb, served.shown[2][1].rgb)
    served.pose(5, pose_at(0.01))
    served.wait_for_views(5)
    assert len(world.cache.promises) == 2 and served.server.counters['unpromised'] == 1
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
    assert 'test_view_server_faults.py, line ' in text
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
    # such depth jumps at the border of the holes: so many refusals and no more
    assert seen == 3 == served.server.counters['refusals']
