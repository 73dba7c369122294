# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where frames stand by /tf: what was sent, what lies between, and what nobody knows."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from synthetic import pose_at

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from geometry_msgs.msg import TransformStamped  # noqa: E402

from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.geometry.motion import compose  # noqa: E402
from geo_world_model.geometry.pose import Pose  # noqa: E402
from geo_world_model.nodes import tf_input  # noqa: E402
from geo_world_model.nodes.tf_input import TfInput  # noqa: E402
from geo_world_model.nodes.tf_output import TfOutput  # noqa: E402
from geo_world_model.nodes.transforms import TransformTree  # noqa: E402

MOUNT = Pose.from_quaternion((0.2, 0.0, 0.5), (-0.5, 0.5, -0.5, 0.5))
S = 10 ** 9


def robot(tree, stamp, x):
    tree.add('odom', 'base_link', stamp, Pose.from_quaternion((x, 0, 0), (0, 0, 0, 1)))


def tree_of_a_robot():
    tree = TransformTree()
    tree.add('base_link', 'camera', 0, MOUNT, static=True)
    tree.add('map', 'odom', 1 * S, pose_at(1.0, 0.0, 0.0, yaw_deg=90))
    return tree


def test_a_chain_is_followed_up_and_down_and_exact_times_are_told_from_others():
    tree = tree_of_a_robot()
    robot(tree, 1 * S, 2.0)
    found = tree.lookup('map', 'camera')
    expected = compose(pose_at(1.0, 0.0, 0.0, yaw_deg=90), compose(
        Pose.from_quaternion((2.0, 0, 0), (0, 0, 0, 1)), MOUNT))
    assert found.stamp_ns == 1 * S and not found.interpolated
    assert found.pose.distance_to(expected)[0] < 1e-5
    back = tree.lookup('camera', 'map')
    assert compose(found.pose, back.pose).distance_to(
        Pose.from_quaternion((0, 0, 0), (0, 0, 0, 1)))[0] < 1e-5


def test_a_time_between_two_transforms_is_interpolated_only_when_allowed():
    tree = tree_of_a_robot()
    tree.add('map', 'odom', 3 * S, pose_at(1.0, 0.0, 0.0, yaw_deg=90))
    robot(tree, 1 * S, 2.0)
    robot(tree, 2 * S, 3.0)
    found = tree.lookup('map', 'camera')
    assert found.stamp_ns == 2 * S and found.interpolated
    assert tree.lookup('map', 'camera', interpolate=False).stamp_ns == 1 * S
    half = tree.lookup('odom', 'base_link', 3 * S // 2)
    assert half.interpolated and abs(half.pose.translation[0] - 2.5) < 1e-5
    assert tree.lookup('odom', 'base_link', 3 * S // 2, interpolate=False) is None
    assert tree.lookup('odom', 'base_link', 9 * S) is None, 'nothing is extrapolated'


def test_what_is_not_connected_has_no_place():
    tree = tree_of_a_robot()
    robot(tree, 1 * S, 0.0)
    for outer, inner in (('map', 'nobody'), ('nobody', 'camera'), ('other', 'map')):
        assert tree.lookup(outer, inner) is None
    tree.add('camera', 'map', 1 * S, MOUNT)
    assert tree.lookup('map', 'camera') is None, 'a circle has no root'


def test_a_clock_that_jumps_back_is_noticed_and_what_is_static_stays():
    tree = tree_of_a_robot()
    robot(tree, 100 * S, 1.0)
    assert tree.add('odom', 'base_link', 99 * S, MOUNT), 'late is not a jump'
    assert not tree.add('odom', 'base_link', 1 * S, MOUNT)
    assert tree.lookup('base_link', 'camera').pose == MOUNT
    assert tree.lookup('odom', 'base_link').stamp_ns == 1 * S


def test_memory_is_bounded_whatever_is_sent():
    tree = TransformTree()
    for i in range(3000):
        tree.add('map', f'frame{i}', i, MOUNT)
        tree.add('map', 'frame0', 10 ** 9 + i, MOUNT)
    assert len(tree._links) <= 1000
    assert all(len(link.samples) <= 2000 for link in tree._links.values())


class Publisher:
    def __init__(self):
        self.sent = []

    def publish(self, message):
        self.sent.append(message)


class FakeNode:
    """What TfInput and TfOutput need of a node."""

    def __init__(self):
        self.publishers, self.callbacks = {}, {}

    def create_publisher(self, kind, topic, profile):
        self.publishers[topic] = Publisher()
        return self.publishers[topic]

    def create_subscription(self, kind, topic, callback, profile):
        self.callbacks[topic] = callback

    def get_clock(self):
        return SimpleNamespace(now=lambda: SimpleNamespace(
            to_msg=lambda: TransformStamped().header.stamp))


@pytest.fixture
def with_tf2(monkeypatch):
    """A tf2_msgs with the one message that is used, where the real one is not installed."""
    package, module = ModuleType('tf2_msgs'), ModuleType('tf2_msgs.msg')
    module.TFMessage = type('TFMessage', (SimpleNamespace,), {})
    package.msg = module
    monkeypatch.setitem(sys.modules, 'tf2_msgs', package)
    monkeypatch.setitem(sys.modules, 'tf2_msgs.msg', module)
    return module.TFMessage


def stamped(parent, child, seconds, x=0.0, w=1.0):
    message = TransformStamped(child_frame_id=child)
    message.header.frame_id = parent
    message.header.stamp.sec = seconds
    message.transform.translation.x = x
    message.transform.rotation.w = w
    return message


def test_every_new_place_of_a_followed_frame_is_told_once(with_tf2):
    node, said, got = FakeNode(), [], []
    tf = TfInput(node, True, lambda *what: said.append(what))
    tf.follow('map', 'camera', lambda stamp, pose: got.append((stamp, pose.translation[0])))
    node.callbacks['/tf_static'](with_tf2(transforms=[stamped('base', 'camera', 0, 0.5)]))
    for _ in range(3):
        node.callbacks['/tf'](with_tf2(transforms=[stamped('map', 'base', 7, 1.0)]))
    node.callbacks['/tf'](with_tf2(transforms=[stamped('map', 'base', 8, 2.0),
                                               stamped('map', 'wheel', 9, 3.0)]))
    assert got == [(7 * S, 1.5), (8 * S, 2.5)] and not said
    assert tf.counts == {'tf_exact': 2, 'tf_interpolated': 0}
    node.callbacks['/tf'](with_tf2(transforms=[stamped('map', 'base', 100, 1.0)]))
    node.callbacks['/tf'](with_tf2(transforms=[stamped('map', 'base', 1, 4.0)]))
    assert got[-1] == (1 * S, 4.5) and 'jumped back' in said[0][1]


def test_transforms_that_are_none_are_said_and_left_out(with_tf2):
    node, said = FakeNode(), []
    tf = TfInput(node, True, lambda *what: said.append(what))
    for bad in (stamped('map', 'a', 1, float('nan')), stamped('map', 'a', 1, w=0.0),
                stamped('map', 'a', 1, 1e9), stamped('', 'a', 1), stamped('a', 'a', 1)):
        node.callbacks['/tf'](with_tf2(transforms=[bad]))
    assert len(said) == 3 and tf.stand('map', 'a') is None


def test_without_tf2_msgs_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(tf_input, 'message_type', lambda: None)
    with pytest.raises(ConfigError, match='tf2_msgs is not installed: install ros-jazzy-tf2-msgs'):
        TfInput(FakeNode(), True, print)


def test_what_is_published_leads_back_to_the_pose_of_the_optical_frame(with_tf2):
    node = FakeNode()
    output = TfOutput(node, 'map', ['front_optical_frame'])
    output.publish(stamped('', '', 5).header.stamp, 'front_optical_frame',
                   pose_at(1.0, yaw_deg=30))
    reader = FakeNode()
    tf = TfInput(reader, True, print)
    for topic in ('/tf_static', '/tf'):
        reader.callbacks[topic](node.publishers[topic].sent[0])
    found = tf.stand('map', 'front_optical_frame')
    assert found.distance_to(pose_at(1.0, yaw_deg=30))[0] < 1e-5
    link = tf.stand('map', 'front_link')
    np.testing.assert_allclose(link.matrix[:3, 0], [np.cos(np.pi / 6), 0.5, 0], atol=1e-6)
