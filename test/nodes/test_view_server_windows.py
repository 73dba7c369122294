# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""World models that complete the views of a path together are asked for them together."""

from dataclasses import replace

import numpy as np
from serving import CLASSICAL, NEW, serve  # noqa: F401
from synthetic import CAMERA, pose_at

from geo_world_model.generators.interface import Abilities
from geo_world_model.nodes.channel import Refusal
from geo_world_model.nodes.items import Errand

VIDEO = Abilities('video', ('complete',), window=3)


def answered(request):
    """The answers to a request and to what it has ahead."""
    first, *others = (CLASSICAL.complete(replace(one, ahead=()))
                      for one in (request, *request.ahead))
    return replace(first, ahead=tuple(others))


def test_lockstep_asks_for_the_poses_that_wait_behind_one(serve):
    served = serve()
    served.server.put_abilities([VIDEO])
    served.pose(1, pose_at())
    served.wait_for_views(1)
    served.server.pause(True)
    for stamp, pose in enumerate(NEW, 2):
        served.pose(stamp, pose)
        served.pose(stamp, pose_at(0.1), source='another')
    served.server.pause(False)
    # the four poses were there before the first of them was taken, or came one after the other
    ticket, request = served.wait_for_requests(1)
    path = [one.view.pose for one in (request, *request.ahead)]
    assert path == NEW[:len(path)] and len(path) <= 3
    while len(served.shown) < 9:
        before = len(served.requests)
        served.answer(ticket, answered(request))
        served.wait(lambda: len(served.requests) > before or len(served.shown) == 9)
        ticket, request = served.requests[-1]
    assert all(view.coverage == 1 for _, view in served.shown)
    # more than one view came out of an answer
    assert any(request.ahead for _, request in served.requests)
    assert len({ticket.number for ticket, _ in served.requests}) < 8


def test_a_world_model_without_windows_is_asked_for_one_view(serve):
    served = serve()
    served.server.pause(True)
    for stamp, pose in enumerate(NEW, 1):
        served.pose(stamp, pose)
    served.server.pause(False)
    assert not served.wait_for_requests(1)[1].ahead


def test_the_predicted_path_is_asked_for_from_its_first_view_with_holes(serve):
    served = serve(lockstep=False, deadline=60.0)
    served.server.put_abilities([VIDEO])
    served.server.look_ahead(Errand(NEW[2], CAMERA, path=(pose_at(), NEW[0], NEW[1])))
    ticket, request = served.wait_for_requests(1)
    assert [one.view.pose for one in (request, *request.ahead)] == NEW[:3]
    served.answer(ticket, answered(request))
    served.settle()
    served.pose(1, NEW[1])
    assert served.wait_for_views(1).coverage == 1
    assert np.all(served.shown[0][1].provenance > 0)


def test_a_path_that_is_refused_leaves_what_lies_ahead_to_be_asked_for_alone(serve):
    served = serve(lockstep=False, deadline=60.0)
    served.server.put_abilities([VIDEO])
    served.server.look_ahead(Errand(NEW[2], CAMERA, path=(NEW[0],)))
    ticket, request = served.wait_for_requests(1)
    assert [one.view.pose for one in (request, *request.ahead)] == [NEW[0], NEW[2]]
    served.answer(ticket, Refusal('no'))
    ticket, request = served.wait_for_requests(2)
    served.server.look_ahead(None)
    assert len({ticket.number for ticket, _ in served.requests}) == 2
