# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import time

from geo_world_model.nodes.audience import Audience
from serving import serve  # noqa: F401
from synthetic import CAMERA, pose_at, room_view

PATIENT = 60.0


class Hall:
    """Counts of subscriptions as the test says."""

    def __init__(self, patience=PATIENT):
        self.count, self.said = 0, []
        self.audience = Audience(lambda: self.count, patience,
                                 lambda kind, text: self.said.append(kind))

    def waits(self):
        return self.audience.look() is not None


def test_nobody_is_waited_for_and_said_once():
    hall = Hall()
    assert all(hall.waits() for _ in range(5)) and hall.said == ['views']
    hall.count = 1
    assert hall.waits()
    time.sleep(0.3)
    assert not hall.waits()


def test_patience_ends_and_begins_anew_when_the_last_one_has_left():
    hall = Hall(patience=0.1)
    assert hall.waits()
    time.sleep(0.12)
    assert not hall.waits() and not hall.waits()
    hall.count = 2
    time.sleep(0.3)
    assert hall.waits()
    hall.count = 0
    assert hall.waits()
    time.sleep(0.12)
    assert not hall.waits() and hall.said == ['views', 'views']


def test_one_more_that_comes_lets_its_other_topics_be_found():
    hall = Hall()
    for hall.count in (1, 2, 3):
        assert hall.waits()
    time.sleep(0.3)
    assert not hall.waits()
    hall.count = 2
    assert not hall.waits()


def test_without_patience_a_pose_does_not_wait():
    hall = Hall(patience=0.0)
    assert not hall.waits() and not hall.said


def test_poses_of_lockstep_wait_for_a_subscriber_and_come_in_order(serve):  # noqa: F811
    hall = Hall()
    served = serve(audience=hall.audience)
    for stamp in (1, 2, 3):
        served.pose(stamp, pose_at())
    served.settle()
    time.sleep(0.3)
    assert not served.shown and served.server.queue_length == 3 and hall.said == ['views']
    hall.count = 1
    served.wait_for_views(3)
    assert served.stamps == [1, 2, 3]


def test_in_realtime_nobody_is_waited_for(serve):  # noqa: F811
    served = serve(audience=Hall().audience, lockstep=False)
    served.pose(1, pose_at())
    served.wait_for_views(1)


def test_a_stamp_whose_view_nobody_took_is_answered_again(serve):  # noqa: F811
    taken = []
    served = serve(audience=None)
    show = served.server._answering._publish
    served.server._answering._publish = lambda item, view: show(item, view) or bool(taken)
    served.pose(5, pose_at())
    served.wait_for_views(1)
    taken.append(True)
    served.pose(5, pose_at())
    served.wait_for_views(2)
    served.pose(5, pose_at())
    served.pose(6, pose_at())
    served.wait_for_views(3)
    assert served.stamps == [5, 5, 6]
    assert served.server.counters['repeated_stamps'] == 1


def test_a_recorder_that_comes_late_in_lockstep_misses_no_view(nodes):
    cache, robot = nodes.cache(subscriber_wait_s=60.0), nodes.client(topics=())
    robot.connect()
    rgb, depth = room_view(pose_at())
    robot.send_seed(rgb, CAMERA, depth, pose_at())
    cache.wait_for_text('RGB-D seed')
    stamps = [robot.send_pose(number, pose_at()) for number in range(5)]
    cache.wait_for_text('nobody has subscribed to a view')
    recorder = nodes.client(lockstep=True)
    assert recorder.spin(90.0, lambda: all(
        list(received) == stamps for received in recorder.received.values()))
