# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Canonical poses: equal poses are equal bytes, and what was published maps to itself."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.errors import PoseError
from geo_world_model.geometry.pose import (
    OPTICAL_FROM_BODY, Pose, ROTATION_TICK, TRANSLATION_TICK, body_to_optical, optical_to_body)
from strategies import poses, POSITIONS, ROTATIONS

UNIT = (0.0, 0.0, 0.0, 1.0)


@settings(deadline=None)
@given(poses())
def test_a_canonical_pose_maps_to_itself_through_bytes_floats_and_text(pose):
    assert Pose.from_bytes(pose.to_bytes()) == pose
    assert len(pose.to_bytes()) == 40
    assert Pose.from_quaternion(pose.translation, pose.quaternion) == pose
    text = [repr(float(value)) for value in (*pose.translation, *pose.quaternion)]
    values = [float(part) for part in text]
    assert Pose.from_quaternion(values[:3], values[3:]) == pose


@settings(deadline=None)
@given(POSITIONS, ROTATIONS)
def test_opposite_quaternions_are_the_same_pose(position, q):
    q = np.array(q) / np.linalg.norm(q)
    pose = Pose.from_quaternion(position, q)
    assert Pose.from_quaternion(position, -q) == pose
    x, y, z, w = pose.rotation_ticks
    assert next(value for value in (w, x, y, z) if value) > 0


@settings(deadline=None)
@given(POSITIONS, ROTATIONS)
def test_rounding_moves_a_pose_by_half_a_tick_at_most(position, q):
    q = np.array(q) / np.linalg.norm(q)
    pose = Pose.from_quaternion(position, q)
    assert np.abs(pose.translation - position).max() <= TRANSLATION_TICK / 2
    near = min(np.abs(pose.quaternion - q).max(), np.abs(pose.quaternion + q).max())
    assert near <= 0.51 * ROTATION_TICK


@settings(deadline=None)
@given(poses())
def test_a_pose_survives_its_matrix_within_a_few_ticks(pose):
    again = Pose.from_matrix(pose.matrix)
    assert again.translation_ticks == pose.translation_ticks
    assert pose.distance_to(again)[1] < 1e-7
    rotation = pose.matrix[:3, :3]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


@settings(deadline=None)
@given(poses())
def test_body_and_optical_axes_are_each_others_inverse(pose):
    metres, radians = pose.distance_to(optical_to_body(body_to_optical(pose)))
    assert metres == 0.0 and radians < 1e-7


def test_a_body_that_looks_along_x_has_the_default_seed_camera():
    camera = body_to_optical(Pose.from_quaternion((0, 0, 1.2), UNIT))
    assert camera == Pose.level(1.2)
    assert camera.quaternion.tolist() == [0.5, -0.5, 0.5, -0.5] or \
        (-camera.quaternion).tolist() == [0.5, -0.5, 0.5, -0.5]
    np.testing.assert_array_equal(camera.matrix[:3, :3], OPTICAL_FROM_BODY.T)


def test_the_default_seed_camera_is_level_and_looks_along_x():
    m = Pose.level(1.5).matrix
    np.testing.assert_array_equal(m[:3, 2], [1, 0, 0])
    np.testing.assert_array_equal(m[:3, 0], [0, -1, 0])
    np.testing.assert_array_equal(m[:3, 1], [0, 0, -1])
    np.testing.assert_array_equal(m[:3, 3], [0, 0, 1.5])


@settings(deadline=None)
@given(st.floats(-3.1, 3.1), POSITIONS)
def test_distance_is_the_turned_angle_and_the_way(angle, step):
    turned = Pose.from_quaternion(step, (0, 0, np.sin(angle / 2), np.cos(angle / 2)))
    metres, radians = Pose.from_quaternion((0, 0, 0), UNIT).distance_to(turned)
    assert metres == pytest.approx(np.linalg.norm(step), abs=1e-5)
    assert radians == pytest.approx(abs(angle), abs=1e-7)


@pytest.mark.parametrize('translation, quaternion', [
    ((0, 0, float('nan')), UNIT), ((0, float('inf'), 0), UNIT), ((1e7, 0, 0), UNIT),
    ((0, 0, 0), (0, 0, 0, 0)), ((0, 0, 0), (0, 0, 0, 1.02)), ((0, 0, 0), (0, 0, float('nan'), 1)),
    ((0, 0), UNIT), ((0, 0, 0), (0, 0, 1)), (('a', 0, 0), UNIT), (None, UNIT)])
def test_what_is_no_pose_is_refused(translation, quaternion):
    with pytest.raises(PoseError):
        Pose.from_quaternion(translation, quaternion)


@pytest.mark.parametrize('change', [
    lambda m: m[:3], lambda m: m * 2, lambda m: m * np.array([-1, 1, 1, 1]),
    lambda m: m + np.eye(4)[3][:, None] * 0.1, lambda m: m * np.nan])
def test_a_matrix_that_is_not_rigid_is_refused(change):
    with pytest.raises(PoseError):
        Pose.from_matrix(change(np.eye(4)))


@pytest.mark.parametrize('data', [
    b'', b'\0' * 40, b'\0' * 39, struct.pack('<3q4i', 0, 0, 0, 0, 0, 0, -2 ** 30),
    struct.pack('<3q4i', 2 ** 62, 0, 0, 0, 0, 0, 2 ** 30)])
def test_bytes_that_are_no_canonical_pose_are_refused(data):
    with pytest.raises(PoseError):
        Pose.from_bytes(data)


@pytest.mark.parametrize('ticks', [
    ((0, 0), (0, 0, 0, 2 ** 30)), ((0, 0, 0.5), (0, 0, 0, 2 ** 30)), ((0, 0, 0), (0, 0, 0, 0)),
    ((0, 0, 0), (0, 0, 0, -2 ** 30)), ((0, 0, 0), (-2 ** 30, 0, 0, 0))])
def test_ticks_that_are_not_canonical_are_refused(ticks):
    with pytest.raises(PoseError):
        Pose(*ticks)
