# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Several cameras at one world."""

import threading

from serving import CLASSICAL, NEW, serve  # noqa: F401
from synthetic import pose_at


def test_the_newest_pose_of_one_camera_does_not_push_out_that_of_another(serve):
    served = serve(lockstep=False, deadline=60.0)
    gate = threading.Event()
    served.server.put_job(lambda world: gate.wait(20.0))
    for stamp, source in ((1, 'left'), (1, 'right'), (2, 'left'), (3, 'left')):
        served.pose(stamp, pose_at(), source, arrived=0.1 * stamp)
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
