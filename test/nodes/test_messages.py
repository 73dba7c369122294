# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Conversions between ROS messages and arrays."""

import os

import numpy as np
import pytest

# read when the message classes are imported: whatever is assigned must pass every check
os.environ['ROS_PYTHON_CHECK_FIELDS'] = '1'
pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from geometry_msgs.msg import PoseStamped
from hypothesis import given, settings, strategies as st
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from synthetic import CAMERA, pose_at

from geo_world_model.errors import CameraError, ImageError, PoseError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import optical_to_body, Pose
from geo_world_model.geometry.view import View
from geo_world_model.nodes import messages
from geo_world_model.nodes.pose_input import read_pose

HEADER = Header(frame_id='camera_optical_frame')
RGB = np.random.default_rng(1).integers(0, 256, (6, 5, 3), np.uint8)


def image(encoding, data, height=6, width=5, step=None, big_endian=False):
    return Image(encoding=encoding, height=height, width=width, is_bigendian=int(big_endian),
                 step=len(data) // height if step is None else step, data=data)


@pytest.mark.parametrize('encoding, pixels, expected', [
    ('rgb8', RGB, RGB),
    ('bgr8', RGB[..., ::-1], RGB),
    ('rgba8', np.dstack([RGB, RGB[..., 0]]), RGB),
    ('bgra8', np.dstack([RGB[..., ::-1], RGB[..., 0]]), RGB),
    ('mono8', RGB[..., 0], np.repeat(RGB[..., :1], 3, -1))])
def test_every_colour_encoding_becomes_rgb(encoding, pixels, expected):
    found = messages.rgb_from_image(image(encoding, pixels.tobytes()))
    np.testing.assert_array_equal(found, expected)
    assert found.flags.c_contiguous and found.dtype == np.uint8


def test_padding_at_the_end_of_rows_is_left_out():
    padded = np.zeros((6, 32), np.uint8)
    padded[:, :15] = RGB.reshape(6, 15)
    found = messages.rgb_from_image(image('rgb8', padded.tobytes(), step=32))
    np.testing.assert_array_equal(found, RGB)


@pytest.mark.parametrize('big_endian', [False, True])
def test_depth_in_millimetres_becomes_metres_and_zero_unknown(big_endian):
    raw = np.array([[0, 1, 1000], [65535, 5, 2500]], np.uint16)
    data = raw.astype('>u2' if big_endian else '<u2').tobytes()
    found = messages.depth_from_image(image('16UC1', data, 2, 3, big_endian=big_endian))
    np.testing.assert_allclose(found, [[np.nan, .001, 1], [65.535, .005, 2.5]], rtol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize('big_endian', [False, True])
def test_depth_in_metres_keeps_beyond_range_and_nothing_else_that_is_no_depth(big_endian):
    raw = np.array([[np.nan, np.inf, -np.inf], [0.0, -1.0, 2.5]], np.float32)
    data = raw.astype('>f4' if big_endian else '<f4').tobytes()
    found = messages.depth_from_image(image('32FC1', data, 2, 3, big_endian=big_endian))
    np.testing.assert_array_equal(found, [[np.nan, np.inf, np.nan], [np.nan, np.nan, 2.5]])
    assert found.dtype == np.float32


@pytest.mark.parametrize('message, reason', [
    (image('yuv422', bytes(60)), 'encoding "yuv422"'),
    (image('32FC1', bytes(120)), 'encoding "32FC1"'),
    (image('rgb8', bytes(89), step=15), '89 bytes of data'),
    (image('rgb8', bytes(84), step=14), 'step 14'),
    (image('rgb8', b'', height=0, width=0, step=0), '0x0'),
    (image('rgb8', b'', height=2 ** 31, width=2 ** 31, step=3), 'pixels')])
def test_an_image_that_is_none_is_refused_with_the_reason(message, reason):
    with pytest.raises(ImageError, match=reason):
        messages.rgb_from_image(message)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(['rgb8', 'bgra8', 'mono8', '16UC1', '32FC1', '', 'x']),
       st.integers(0, 40), st.integers(0, 40), st.integers(0, 400), st.binary(max_size=500),
       st.integers(0, 1))
def test_no_image_message_leads_to_anything_but_pixels_or_an_image_error(
        encoding, height, width, step, data, big_endian):
    message = image(encoding, data, height, width, step, big_endian)
    for read in (messages.rgb_from_image, messages.depth_from_image):
        try:
            assert read(message).shape[:2] == (height, width)
        except ImageError:
            pass


def test_a_camera_survives_its_message():
    info = messages.info_message(CAMERA, HEADER)
    assert messages.camera_from_info(info) == CAMERA
    assert info.distortion_model == 'plumb_bob' and list(info.d) == [0.0] * 5
    assert list(info.r) == list(np.eye(3).reshape(-1)) and info.header == HEADER
    np.testing.assert_array_equal(np.array(info.p).reshape(3, 4),
                                  np.column_stack([CAMERA.matrix, np.zeros(3)]))


def info(**changes):
    message = messages.info_message(CAMERA, HEADER)
    for name, value in changes.items():
        setattr(message, name, value)
    return message


@pytest.mark.parametrize('message, reason', [
    (CameraInfo(), 'not calibrated'),
    (info(k=[0.0] * 9), 'not calibrated'),
    (info(k=[float('nan')] * 9), 'K is'),
    (info(k=[-90.0, 0.0, 80.0, 0.0, 90.0, 60.0, 0.0, 0.0, 1.0]), 'fx'),
    (info(width=0), 'width'),
    (info(d=[0.1, 0.0, 0.0, 0.0, 0.0]), 'rectified'),
    (info(distortion_model='equidistant', d=[0.0] * 4), 'rectified'),
    (info(distortion_model='ftheta', d=[0.0] * 4), 'ftheta'),
    (info(binning_x=2), 'binning')])
def test_a_camera_info_that_is_no_pinhole_camera_is_refused(message, reason):
    with pytest.raises(CameraError, match=reason):
        messages.camera_from_info(message)


def test_an_ideal_camera_may_leave_its_distortion_out():
    assert messages.camera_from_info(info(d=[], distortion_model='')) == CAMERA


@given(st.tuples(*[st.floats(-1000, 1000)] * 3), st.tuples(*[st.floats(-1, 1)] * 4).filter(
    lambda q: sum(x * x for x in q) > 1e-3))
def test_a_pose_survives_its_message_bit_for_bit(translation, quaternion):
    q = np.array(quaternion) / np.linalg.norm(quaternion)
    pose = Pose.from_quaternion(translation, q)
    message = messages.pose_message(pose, 'map', HEADER.stamp)
    assert read_pose(message, 'map') == pose


def test_body_axes_are_converted_at_the_border():
    pose = pose_at(1.0, 2.0, yaw_deg=30)
    message = messages.pose_message(optical_to_body(pose), 'map', HEADER.stamp)
    metres, radians = read_pose(message, 'map', 'body').distance_to(pose)
    assert metres < 1e-5 and radians < 1e-4
    assert read_pose(message, 'map', 'optical').distance_to(pose)[1] > 1


def pose_message(frame='map', x=0.0, q=(0.0, 0.0, 0.0, 1.0)):
    message = PoseStamped()
    message.header.frame_id = frame
    message.pose.position.x = x
    (message.pose.orientation.x, message.pose.orientation.y, message.pose.orientation.z,
     message.pose.orientation.w) = q
    return message


@pytest.mark.parametrize('message, reason', [
    (pose_message(''), 'frame_id ""'),
    (pose_message('odom'), 'frame_id "odom"'),
    (pose_message(x=float('nan')), 'finite'),
    (pose_message(x=float('inf')), 'finite'),
    (pose_message(q=(0.0, 0.0, 0.0, 0.0)), 'length 0'),
    (pose_message(q=(0.0, 0.0, 0.5, 1.0)), 'expected 1')])
def test_a_pose_that_is_none_is_refused_with_the_reason(message, reason):
    with pytest.raises(PoseError, match=reason):
        read_pose(message, 'map')


def test_images_of_a_view_have_the_encodings_that_others_read():
    depth = np.array([[1.5, np.nan], [np.inf, 2.0]], np.float32)
    for pixels, encoding, step in ((RGB, 'rgb8', 15), (RGB[..., 0], 'mono8', 5),
                                   (depth, '32FC1', 8), (np.ones((2, 2), np.uint16), '16UC1', 4)):
        message = messages.image_message(pixels, encoding, HEADER)
        assert (message.height, message.width) == pixels.shape[:2]
        assert (message.step, message.encoding, message.header) == (step, encoding, HEADER)
        assert bytes(message.data) == np.ascontiguousarray(pixels).tobytes()


def view(depth, provenance=None):
    camera = PinholeCamera(4.0, 4.0, 2.0, 2.5, 5, 6)
    if provenance is None:
        provenance = np.where(np.isnan(depth), 0, 1)
    return View(RGB, depth.astype(np.float32), provenance.astype(np.uint8), camera, pose_at())


def points_of(message):
    return np.frombuffer(bytes(message.data), np.float32).reshape(-1, 4)


def test_a_cloud_holds_the_finite_points_where_the_camera_sees_them():
    depth = np.full((6, 5), 2.0)
    depth[0, 0], depth[1, 1] = np.nan, np.inf
    shown = view(depth)
    message = messages.view_cloud_message(shown, HEADER)
    assert (message.height, message.width, message.point_step) == (1, 28, 16)
    assert message.row_step == 28 * 16 and message.is_dense and message.header == HEADER
    assert [(f.name, f.offset, f.datatype, f.count) for f in message.fields] == [
        ('x', 0, 7, 1), ('y', 4, 7, 1), ('z', 8, 7, 1), ('rgb', 12, 7, 1)]
    points = points_of(message)
    uv, z = shown.camera.project(points[:, :3])
    rows, columns = np.nonzero(np.isfinite(depth))
    np.testing.assert_allclose(uv, np.stack([columns, rows], 1), atol=1e-5)
    np.testing.assert_allclose(z, 2.0)
    packed = points.view(np.uint32)[:, 3]
    np.testing.assert_array_equal(
        np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], 1), RGB[rows, columns])


def test_a_view_without_surfaces_has_an_empty_cloud():
    message = messages.view_cloud_message(view(np.full((6, 5), np.inf)), HEADER)
    assert message.width == 0 and len(message.data) == 0


def test_a_stamp_is_read_as_nanoseconds():
    message = PoseStamped()
    message.header.stamp.sec, message.header.stamp.nanosec = 7, 5
    assert messages.stamp_ns(message.header.stamp) == 7_000_000_005
