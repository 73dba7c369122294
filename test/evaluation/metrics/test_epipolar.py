# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.evaluation.metrics.epipolar import (epipolar_error, fundamental_matrix,
                                                         match, sampson_distance)
from geo_world_model.geometry.camera import PinholeCamera

WIDE = PinholeCamera(300.0, 300.0, 319.5, 239.5, 640, 480)


def test_true_matches_have_no_error_and_a_shift_across_the_line_has_half_of_it_each_way():
    pose, other = pose_at().matrix, pose_at(y=0.4).matrix
    point = np.array([3.0, 0.3, 1.0])

    def pixel(matrix):
        x, y, z = matrix[:3, :3].T @ (point - matrix[:3, 3])
        return np.array([[CAMERA.fx * x / z + CAMERA.cx, CAMERA.fy * y / z + CAMERA.cy]])

    matrix = fundamental_matrix(CAMERA, pose, CAMERA, other)
    assert sampson_distance(pixel(pose), pixel(other), matrix) == pytest.approx(0.0, abs=1e-9)
    # a move to the side has level epipolar lines: 2 px across them, shared by both images
    moved = sampson_distance(pixel(pose), pixel(other) + (5.0, 2.0), matrix)
    assert moved == pytest.approx(2.0 / np.sqrt(2.0), abs=1e-9)


def test_views_of_one_room_agree_at_their_poses_and_not_at_others():
    pose, other = pose_at(), pose_at(y=0.3, yaw_deg=8)
    image, second = room_view(pose, WIDE)[0], room_view(other, WIDE)[0]
    right = epipolar_error(image, second, WIDE, pose.matrix, WIDE, other.matrix)
    wrong = epipolar_error(image, second, WIDE, pose.matrix, WIDE,
                           pose_at(x=0.3, z=1.5, yaw_deg=8).matrix)
    assert right['matches'] >= 20 and right['median'] < 0.5 < 2.0 < wrong['median']


def test_what_cannot_be_measured_is_not_a_number():
    pose = pose_at().matrix
    flat = np.full((120, 160, 3), 90, np.uint8)
    found = epipolar_error(flat, flat, CAMERA, pose, CAMERA, pose_at(y=1).matrix)
    assert found['matches'] == 0 and np.isnan(found['median'])
    image = room_view(pose_at(), WIDE)[0]
    still = epipolar_error(image, image, WIDE, pose, WIDE, pose)
    assert np.isnan(still['median']) and still['matches'] > 0


def test_the_published_error_does_not_see_a_camera_that_went_elsewhere():
    pose, other = pose_at(), pose_at(y=0.3, yaw_deg=8)
    image, second = room_view(pose, WIDE)[0], room_view(other, WIDE)[0]
    elsewhere = pose_at(x=0.3, z=1.5, yaw_deg=8).matrix
    right, wrong = (epipolar_error(image, second, WIDE, pose.matrix, WIDE, where)
                    for where in (other.matrix, elsewhere))
    assert right['fitted'] == wrong['fitted'] > 0
    # eight points, no outlier removed: one way to compute it, by hand on the same matches
    points, others = match(image, second)
    matrix, _ = cv2.findFundamentalMat(points, others, cv2.FM_8POINT)
    assert right['fitted'] == pytest.approx(np.mean(np.sqrt([
        (b @ matrix @ a) ** 2 / ((matrix @ a)[:2] @ (matrix @ a)[:2]
                                 + (b @ matrix)[:2] @ (b @ matrix)[:2])
        for a, b in zip(np.c_[points, np.ones(len(points))], np.c_[others, np.ones(len(others))])
    ])))
