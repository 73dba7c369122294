# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Distorted images become those of an ideal camera, whatever their coefficients claim."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from synthetic import pose_at, room_view

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from sensor_msgs.msg import CameraInfo, RegionOfInterest  # noqa: E402

from geo_world_model.errors import CameraError, ImageError  # noqa: E402
from geo_world_model.geometry.camera import PinholeCamera  # noqa: E402
from geo_world_model.nodes.lens import Lens  # noqa: E402

RAW = PinholeCamera(150.0, 155.0, 161.0, 117.0, 320, 240)
COEFFICIENTS = {'plumb_bob': [-0.25, 0.06, 0.001, -0.002, 0.0],
                'rational_polynomial': [0.4, 0.05, 0.0005, -0.0003, 0.01, 0.7, 0.1, 0.02],
                'equidistant': [0.02, -0.004, 0.001, -0.0002]}


def info(model, coefficients, camera=RAW, **changes):
    message = CameraInfo(width=camera.width, height=camera.height, distortion_model=model,
                         d=coefficients, k=camera.matrix.reshape(-1).tolist())
    for name, value in changes.items():
        setattr(message, name, value)
    return message


def distorted_view(model, coefficients):
    """What a distorting camera sees of the room: every raw pixel looks along its own ray."""
    k, d = RAW.matrix, np.array(coefficients)
    u, v = np.meshgrid(np.arange(320.0), np.arange(240.0))
    pixels = np.stack([u, v], -1).reshape(-1, 1, 2)
    if model == 'equidistant':
        straight = cv2.fisheye.undistortPoints(pixels, k, d)
    else:
        criteria = cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-9
        # OpenCV 5 has one function where 4 has two
        if hasattr(cv2, 'undistortPointsIter'):
            straight = cv2.undistortPointsIter(pixels, k, d, None, None, criteria)
        else:
            straight = cv2.undistortPoints(pixels, k, d, None, None, None, criteria)
    wide = PinholeCamera(300.0, 300.0, 999.5, 799.5, 2000, 1600)
    at = straight.reshape(240, 320, 2) * 300.0 + [999.5, 799.5]
    assert at.min() > 0 and (at.reshape(-1, 2).max(0) < (1999, 1599)).all()
    rgb, depth = room_view(pose_at(), wide)
    maps = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
    return (cv2.remap(rgb, *maps, cv2.INTER_LINEAR), cv2.remap(depth, *maps, cv2.INTER_LINEAR))


@pytest.mark.parametrize('model', COEFFICIENTS)
def test_a_straightened_view_is_what_the_ideal_camera_would_have_seen(model):
    lens = Lens(info(model, COEFFICIENTS[model]))
    raw_rgb, raw_depth = distorted_view(model, COEFFICIENTS[model])
    rgb, depth = lens.straighten(raw_rgb, raw_depth)
    true_rgb, true_depth = room_view(pose_at(), lens.camera)
    assert not lens.is_straight and (lens.camera.width, lens.camera.height) == (320, 240)
    assert np.mean(np.isnan(depth)) < 0.01
    known = np.isfinite(depth)
    assert np.median(np.abs(rgb.astype(int) - true_rgb)[known]) <= 3
    wrong = np.abs(depth - true_depth)[known] / true_depth[known]
    assert np.percentile(wrong, 95) < 0.02
    # and it was needed: the raw image is far from it
    assert np.percentile(np.abs(raw_depth - true_depth) / true_depth, 95) > 0.04


def test_depth_is_taken_from_one_pixel_and_never_mixed():
    lens = Lens(info('plumb_bob', COEFFICIENTS['plumb_bob']))
    depth = np.where(np.indices((240, 320)).sum(0) % 2, np.float32(1), np.float32(np.nan))
    depth[100:] = np.inf
    _, found = lens.straighten(np.zeros((240, 320, 3), np.uint8), depth.astype(np.float32))
    assert (np.isnan(found) | (found == 1) | np.isposinf(found)).all()


def test_a_straight_image_is_passed_through_untouched():
    lens = Lens(info('plumb_bob', [0.0] * 5))
    rgb, depth = np.ones((240, 320, 3), np.uint8), np.ones((240, 320), np.float32)
    assert lens.straighten(rgb, depth)[0] is rgb and lens.straighten(rgb, depth)[1] is depth
    assert lens.camera == RAW
    # some drivers name the whole image as the region of interest
    assert Lens(info('plumb_bob', [], roi=RegionOfInterest(width=320, height=240))).camera == RAW


@pytest.mark.parametrize('message, reason', [
    (info('plumb_bob', [0.1]), '1 coefficients for "plumb_bob": expected 4 or 5'),
    (info('equidistant', [0.1] * 5), '5 coefficients for "equidistant": expected 4'),
    (info('ftheta', [0.1] * 4), 'distortion model "ftheta"'),
    (info('', [0.1] * 5), 'distortion model ""'),
    (info('plumb_bob', [float('nan')] * 5), 'finite'),
    (info('plumb_bob', [1e300] * 5), 'finite, moderate'),
    (info('plumb_bob', [0.1] * 5, PinholeCamera(9e3, 9e3, 8e3, 8e3, 16384, 16384)), 'too large'),
    (info('plumb_bob', [0.1] * 5, binning_x=2), 'binning'),
    (info('plumb_bob', [0.1] * 5, roi=RegionOfInterest(width=3)), 'region of interest')])
def test_a_camera_that_cannot_be_straightened_is_refused_with_the_reason(message, reason):
    with pytest.raises(CameraError, match=reason):
        Lens(message)


def test_an_image_of_another_size_than_its_camera_is_refused():
    for model in ('plumb_bob', 'equidistant'):
        lens = Lens(info(model, COEFFICIENTS[model]))
        with pytest.raises(ImageError, match='image 32x24: expected 320x240'):
            lens.straighten(np.zeros((24, 32, 3), np.uint8), None)
        with pytest.raises(ImageError, match='depth 5x4: expected 320x240'):
            lens.straighten(np.zeros((240, 320, 3), np.uint8), np.zeros((4, 5), np.float32))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(['plumb_bob', 'rational_polynomial', 'equidistant', 'x']),
       st.lists(st.floats(-1100, 1100) | st.floats(-1, 1), min_size=0, max_size=14),
       st.integers(0, 40), st.integers(0, 40), st.floats(allow_nan=True, allow_infinity=True))
def test_no_camera_info_leads_to_anything_but_an_image_or_an_error(model, d, width, height, f):
    message = CameraInfo(width=width, height=height, distortion_model=model, d=d,
                         k=[f, 0.0, width / 2, 0.0, f, height / 2, 0.0, 0.0, 1.0])
    try:
        lens = Lens(message)
        rgb, depth = lens.straighten(np.zeros((height, width, 3), np.uint8),
                                     np.ones((height, width), np.float32))
    except (CameraError, ImageError):
        return
    assert rgb.shape == (height, width, 3) and depth.shape == (height, width)
