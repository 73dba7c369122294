# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How frames are put together from messages that come one by one."""

import cv2
import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from builtin_interfaces.msg import Time  # noqa: E402
from geometry_msgs.msg import (PoseStamped, PoseWithCovarianceStamped,  # noqa: E402
                               TransformStamped)
from nav_msgs.msg import Odometry  # noqa: E402
from sensor_msgs.msg import CompressedImage  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

from geo_world_model.errors import PoseError  # noqa: E402
from geo_world_model.nodes import compressed, messages  # noqa: E402
from geo_world_model.nodes.observe_input import ObserveInput  # noqa: E402
from geo_world_model.nodes.pose_input import read_pose  # noqa: E402
from geo_world_model.nodes.seed_input import SeedInput  # noqa: E402

RGB, DEPTH = room_view(pose_at())


def header(milliseconds, frame='camera'):
    return Header(frame_id=frame, stamp=Time(sec=1, nanosec=milliseconds * 10 ** 6))


def image(ms):
    return messages.image_message(RGB, 'rgb8', header(ms))


def depth(ms, scale=1.0):
    return messages.image_message(DEPTH * np.float32(scale), '32FC1', header(ms))


def pose(ms, x=0.0):
    return messages.pose_message(pose_at(x), 'map', header(ms).stamp)


INFO = messages.info_message(CAMERA, header(0))


class Observing:
    """An ObserveInput whose rate and clock are the test's."""

    def __init__(self, tolerance=0.05, rate=1e9, stand=None):
        self.rate, self.said, self.given = rate, [], []
        self.input = ObserveInput('map', tolerance, lambda: self.rate, stand,
                                  lambda *what: self.said.append(what), self.given.append)
        self.input.on_info(INFO)

    @property
    def stamps(self):
        return [item.stamp_ns // 10 ** 6 - 1000 for item in self.given]


def test_a_frame_is_whole_with_the_depth_and_pose_of_its_stamp_in_any_order():
    o = Observing(tolerance=0.0)
    o.input.on_pose(pose(10))
    o.input.on_image(image(10))
    o.input.on_depth(depth(9))
    assert not o.given
    o.input.on_depth(depth(10))
    o.input.on_depth(depth(43))
    o.input.on_image(image(43))
    o.input.on_pose(pose(43, 0.1))
    assert o.stamps == [10, 43] and o.given[1].pose == pose_at(0.1)
    np.testing.assert_array_equal(o.given[0].rgb, RGB)
    np.testing.assert_array_equal(o.given[0].depth, DEPTH)
    assert o.given[0].camera == CAMERA


def test_a_neighbour_is_not_taken_while_the_exact_one_may_still_come():
    o = Observing()
    o.input.on_pose(pose(0))
    o.input.on_depth(depth(33))
    o.input.on_image(image(33))
    assert not o.given, 'the pose of 0 ms is within the tolerance, but 33 ms may come'
    o.input.on_pose(pose(33, 0.1))
    assert o.given[0].pose == pose_at(0.1)
    o.input.on_image(image(66))
    o.input.on_depth(depth(66))
    o.input.on_pose(pose(80, 0.2))
    assert o.stamps == [33, 66] and o.given[1].pose == pose_at(0.2)


def test_exact_means_exact():
    o = Observing(tolerance=0.0)
    for ms in (0, 33):
        o.input.on_image(image(ms))
        o.input.on_depth(depth(ms + 1))
        o.input.on_pose(pose(ms))
    assert not o.given


def test_frames_come_no_faster_than_the_rate_allows():
    o = Observing(rate=1e-3)
    for ms in (0, 33, 66):
        o.input.on_image(image(ms))
        o.input.on_depth(depth(ms))
        o.input.on_pose(pose(ms))
    assert o.stamps == [0] and o.input.counts['observed_too_fast'] == 2
    o.rate = 0.0
    o.input.on_image(image(99))
    assert image(99) not in o.input._kept['image'], 'nothing is kept that nobody wants'


def test_poses_by_tf_are_asked_for_at_the_stamp_of_the_image():
    asked, known = [], []

    def stand(frame, stamp_ns):
        asked.append((frame, stamp_ns))
        return known[0] if known else None

    o = Observing(stand=stand)
    o.input.on_image(image(5))
    o.input.on_depth(depth(5))
    assert not o.given and asked[-1] == ('camera', 1_005_000_000)
    known.append(pose_at(0.3))
    o.input.poll()
    assert o.given[0].pose == pose_at(0.3)


def test_hostile_frames_are_said_and_the_next_good_one_is_taken():
    o = Observing()
    short = image(0)
    short.data = short.data[:100]
    wide = messages.image_message(RGB[:, :80], 'rgb8', header(1))
    nan = pose(3)
    nan.pose.position.x = float('nan')
    for ms, picture, where in ((0, short, pose(0)), (1, wide, pose(1)), (3, image(3), nan)):
        o.input.on_image(picture)
        o.input.on_depth(depth(ms))
        o.input.on_pose(where)
    for ms in (100, 101, 102):  # after a jump back the clock starts again
        o.input.on_image(image(ms))
    o.input.clear()
    o.input.on_image(image(2))
    o.input.on_depth(depth(2))
    o.input.on_pose(pose(2))
    assert o.stamps == [2]
    assert {kind for kind, _ in o.said} == {'observe/image', 'observe/pose'}


def compressed_image(kind, data, ms):
    return messages.with_bytes(CompressedImage(header=header(ms), format=kind), data)


def test_a_seed_may_come_compressed_and_distorted():
    given, said = [], []
    seed = SeedInput(1.2, 'map', 0.0, 0.05, lambda *what: said.append(what), given.append)
    info = messages.info_message(CAMERA, header(0))
    info.d = [-0.2, 0.05, 0.0, 0.0, 0.0]
    seed.on_info(info)
    seed.on_depth(compressed_image(*compressed.encode_depth(DEPTH), 0))
    seed.on_image(compressed_image(*compressed.encode_colour(RGB, 'png'), 0))
    seed.poll(1, 0)
    [item] = given
    assert item.camera != CAMERA and item.rgb.shape == RGB.shape and not said
    # the middle of the picture is where distortion does least
    assert np.abs(item.depth[55:65, 75:85] - DEPTH[55:65, 75:85]).max() < 0.02


def test_depth_of_a_neighbouring_frame_is_a_matter_of_the_tolerance():
    for tolerance, expected in ((0.05, True), (0.0, False)):
        given, said = [], []
        seed = SeedInput(1.2, 'map', 0.0, tolerance, lambda *what: said.append(what), given.append)
        seed.on_info(INFO)
        seed.on_depth(depth(20))
        seed.on_image(image(0))
        seed.poll(1, 0)
        assert (given[0].depth is not None) == expected
        assert bool(said) != expected


def poses_of_all_kinds(frame='map', x=0.5):
    stamped = messages.pose_message(pose_at(x), frame, header(7).stamp)
    with_covariance, odometry = PoseWithCovarianceStamped(), Odometry()
    transform = TransformStamped(child_frame_id='camera')
    for message in (with_covariance, odometry, transform):
        message.header = stamped.header
    with_covariance.pose.pose = odometry.pose.pose = stamped.pose
    t, p = transform.transform.translation, stamped.pose.position
    t.x, t.y, t.z = p.x, p.y, p.z
    transform.transform.rotation = stamped.pose.orientation
    return [stamped, with_covariance, odometry, transform]


def test_every_kind_of_pose_message_says_the_same():
    assert [read_pose(m, 'map') for m in poses_of_all_kinds()] == [pose_at(0.5)] * 4
    for message in poses_of_all_kinds('odom'):
        with pytest.raises(PoseError, match='frame_id "odom": expected "map"'):
            read_pose(message, 'map')
    for message in poses_of_all_kinds()[1:3]:
        message.pose.pose.orientation.w = float('inf')
        with pytest.raises(PoseError, match='not finite'):
            read_pose(message, 'map')
    assert isinstance(poses_of_all_kinds()[0], PoseStamped)


def test_a_png_bomb_as_a_seed_costs_no_memory():
    given, said = [], []
    seed = SeedInput(1.2, 'map', 0.0, 0.05, lambda *what: said.append(what), given.append)
    seed.on_info(INFO)
    png = bytearray(cv2.imencode('.png', RGB)[1].tobytes())
    png[16:24] = b'\x00\x00\xff\xff' * 2
    seed.on_image(compressed_image('png', np.frombuffer(bytes(png), np.uint8), 0))
    seed.poll(0, 0)
    assert not given and said[0][0] == 'seed/image' and '65535x65535' in said[0][1]
