# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From the pose of a robot to the pose of each of its cameras."""

import numpy as np
import pytest
from synthetic import CAMERA, pose_at

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from std_msgs.msg import Header  # noqa: E402

from geo_world_model.errors import CameraError, ConfigError  # noqa: E402
from geo_world_model.geometry.motion import compose  # noqa: E402
from geo_world_model.geometry.pose import optical_to_body, Pose  # noqa: E402
from geo_world_model.nodes import camera_station, messages  # noqa: E402
from geo_world_model.nodes.camera_station import CameraStation, Rig  # noqa: E402
from geo_world_model.nodes.parameters import CameraParameters  # noqa: E402
from geo_world_model.nodes.tf_input import TfInput  # noqa: E402
from geo_world_model.nodes.transforms import TransformTree  # noqa: E402

SIZE = dict(width=160, height=120, fx=90.0)
MOUNT = (0.2, -0.1, 0.9, -0.5, 0.5, -0.5, 0.5)
ROBOT = Pose.from_quaternion((1.0, 2.0, 0.0), (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5)))


class Transforms:
    """What a Rig needs of a TfInput."""

    def __init__(self):
        self.tree = TransformTree()

    stand, may_tell = TfInput.stand, TfInput.may_tell
    _interpolate = True


def station(settings, rig, name='', most_waiting=None):
    given, said = [], []
    made = CameraStation(None, name, settings, rig, lambda *what: said.append(what), given.append,
                         most_waiting)
    return made, given, said


def test_a_camera_with_a_mount_stands_there_on_the_robot():
    made, given, said = station(CameraParameters('eye', MOUNT, **SIZE), Rig('body', '', None))
    made.take(7, ROBOT)
    [item] = given
    assert (item.stamp_ns, item.camera, item.source) == (7, CAMERA, '') and not said
    expected = compose(ROBOT, Pose.from_quaternion(MOUNT[:3], MOUNT[3:]))
    assert item.pose == expected
    # the robot looks along +y, 0.2 m before it and 0.1 m to its right is the camera
    np.testing.assert_allclose(item.pose.translation, [1.1, 2.2, 0.9], atol=1e-5)
    np.testing.assert_allclose(item.pose.matrix[:3, 2], [0, 1, 0], atol=1e-6)


@pytest.mark.parametrize('axes', ['optical', 'body'])
def test_a_camera_without_a_mount_is_what_the_pose_is_of(axes):
    made, given, _ = station(CameraParameters('eye', **SIZE), Rig(axes, '', None))
    pose = pose_at(1.0, yaw_deg=30)
    made.take(1, pose if axes == 'optical' else optical_to_body(pose))
    assert given[0].pose.distance_to(pose)[0] < 1e-5


def test_a_camera_is_looked_up_on_the_robot_and_one_that_is_not_there_is_said(
        monkeypatch):
    tf = Transforms()
    monkeypatch.setattr(camera_station, '_LONG_S', 0.0)
    made, given, said = station(CameraParameters(**SIZE), Rig('body', 'base_link', tf), 'left')
    made.take(1, ROBOT)
    assert not given and '"left_optical_frame" stands in "base_link"' in said[0][1]
    tf.tree.add('base_link', 'left_optical_frame', 0,
                Pose.from_quaternion(MOUNT[:3], MOUNT[3:]), static=True)
    made.take(2, ROBOT)
    assert [item.stamp_ns for item in given] == [1, 2]
    np.testing.assert_allclose(given[0].pose.translation, [1.1, 2.2, 0.9], atol=1e-5)
    assert given[0].source == 'left'


def moving(tf, stamp_ns):
    tf.tree.add('base_link', 'left_optical_frame', stamp_ns,
                Pose.from_quaternion((stamp_ns * 1e-3, *MOUNT[1:3]), MOUNT[3:]))


def test_a_pose_waits_until_tf_says_where_a_moving_camera_stood_and_none_is_lost_or_passed():
    tf = Transforms()
    made, given, said = station(CameraParameters(**SIZE), Rig('body', 'base_link', tf), 'left')
    for stamp in (100, 150, 300):
        made.take(stamp, ROBOT)
    moving(tf, 100)
    made.poll()
    assert [item.stamp_ns for item in given] == [100] and made.waiting == 2
    moving(tf, 200)
    made.poll()
    assert [item.stamp_ns for item in given] == [100, 150] and made.waiting == 1
    # the robot looks along +y, so the mount's x is the world's y
    np.testing.assert_allclose([item.pose.translation[1] for item in given], [2.1, 2.15],
                               atol=1e-5)
    made.take(50, ROBOT)  # of which TF knows nothing, and will not: it is said in its turn
    moving(tf, 400)
    made.poll()
    assert [item.stamp_ns for item in given] == [100, 150, 300] and made.waiting == 0
    assert len(said) == 1 and '"left_optical_frame" stands in "base_link"' in said[0][1]


def test_the_newest_poses_wait_in_realtime_and_a_long_wait_is_said(monkeypatch):
    tf = Transforms()
    made, given, said = station(CameraParameters(**SIZE), Rig('body', 'base_link', tf), 'left', 3)
    for stamp in range(1, 6):
        made.take(stamp, ROBOT)
    assert made.waiting == 3 and not said
    monkeypatch.setattr(camera_station, '_LONG_S', 0.0)
    made.take(6, ROBOT)
    assert 'poses wait' in said[0][1]
    moving(tf, 1), moving(tf, 9)
    made.poll()
    assert [item.stamp_ns for item in given] == [4, 5, 6]
    made.take(20, ROBOT)
    made.clear()
    assert made.waiting == 0


def test_a_camera_that_is_not_known_yet_is_asked_for_by_name(monkeypatch):
    heard = {}
    monkeypatch.setattr(camera_station, 'subscribe_to_any',
                        lambda node, kind, topic, take: heard.__setitem__(topic, take))
    made, given, said = station(CameraParameters(), Rig('optical', '', None), 'left')
    made.take(1, pose_at())
    assert not given and 'left/camera/camera_info' in said[0][1]
    info = messages.info_message(CAMERA, Header())
    info.d = [-0.2, 0.05, 0.0, 0.0, 0.0]
    heard['left/camera/camera_info'](info)
    assert 'the camera distorts' in said[1][1]
    info.k = [float('nan')] * 9
    heard['left/camera/camera_info'](info)
    assert 'K is' in said[2][1]
    made.take(2, pose_at())
    assert given[0].camera.width == 160 and given[0].camera.fx < CAMERA.fx + 90


@pytest.mark.parametrize('settings, error, reason', [
    (CameraParameters('eye', (0.0,) * 6 + (0.5,), **SIZE), ConfigError, '"mount".*length 0.5'),
    (CameraParameters('eye', width=160, height=0, fx=90.0), CameraError, 'height')])
def test_what_cannot_be_a_camera_ends_the_node_with_a_sentence(settings, error, reason):
    with pytest.raises(error, match=reason):
        station(settings, Rig('optical', '', None))
