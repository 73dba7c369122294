# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from geo_world_model.evaluation.metrics.poses import (absolute_trajectory_error, align_trajectory,
                                                      area_under_curve, pose_errors,
                                                      relative_angles, relative_pose_error)
from geo_world_model.geometry.similarity import Similarity


def turn_z(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def walk(count=12, seed=0, noise=0.0):
    random = np.random.RandomState(seed)
    poses = np.tile(np.eye(4), (count, 1, 1))
    for i in range(count):
        poses[i, :3, :3] = turn_z(7.0 * i + noise * random.normal())
        poses[i, :3, 3] = (0.3 * i, np.sin(0.5 * i), 0.1 * i * i) + noise * random.normal(size=3)
    return poses


def test_a_turn_and_a_shift_are_measured_as_they_are():
    truth, poses = walk(3), walk(3)
    poses[1, :3, :3] = poses[1, :3, :3] @ turn_z(5.0)
    poses[2, :3, 3] += (0.3, 0.0, 0.4)
    found = pose_errors(poses, truth)
    np.testing.assert_allclose(found['rotation'], [0, 5, 0], atol=1e-6)
    np.testing.assert_allclose(found['translation'], [0, 0, 0.5], atol=1e-12)


def test_a_trajectory_in_another_frame_and_scale_is_the_same_after_alignment():
    truth = walk()
    moved = np.stack([Similarity(3.0, turn_z(40), np.array([1.0, 2, 3])).move(p) for p in truth])
    assert absolute_trajectory_error(moved, truth, 'similarity') < 1e-9
    assert absolute_trajectory_error(moved, truth, 'rigid') > 0.1
    np.testing.assert_allclose(align_trajectory(moved, truth), truth, atol=1e-9)


def test_relative_errors_see_one_bad_step_twice():
    truth, poses = walk(5), walk(5)
    poses[2, :3, 3] += truth[2, :3, :3] @ (0.1, 0.0, 0.0)
    assert relative_pose_error(poses, truth)['translation'] == pytest.approx(
        np.sqrt(2 * 0.1 ** 2 / 4))
    assert np.isnan(relative_pose_error(poses[:1], truth[:1])['rotation'])


def test_angles_of_pairs_do_not_know_the_scale():
    truth, poses = walk(4), walk(4)
    poses[:, :3, 3] *= 7.0
    found = relative_angles(poses, truth)
    assert len(found['rotation']) == 6
    np.testing.assert_allclose(found['direction'], 0, atol=1e-5)
    poses[1:, :3, 3] = poses[0, :3, 3]
    assert np.isnan(relative_angles(poses, truth)['direction']).all()


def test_the_area_under_the_curve_is_exact():
    assert area_under_curve([0.0, 0.0]) == 1.0
    assert area_under_curve([15.0, 45.0, np.nan, 0.0]) == pytest.approx((0.5 + 0 + 0 + 1) / 4)
    assert np.isnan(area_under_curve([]))


@pytest.mark.parametrize('align', ['none', 'rigid', 'similarity'])
def test_it_agrees_with_evo(align):
    metrics = pytest.importorskip('evo.core.metrics', reason='the oracle: pip install evo')
    from evo.core.trajectory import PosePath3D
    truth, poses = walk(30), walk(30, seed=4, noise=0.05)
    reference, estimate = PosePath3D(poses_se3=list(truth)), PosePath3D(poses_se3=list(poses))
    if align != 'none':
        estimate.align(reference, correct_scale=align == 'similarity')
    ape = metrics.APE(metrics.PoseRelation.translation_part)
    ape.process_data((reference, estimate))
    assert absolute_trajectory_error(poses, truth, align) == pytest.approx(
        ape.get_statistic(metrics.StatisticsType.rmse))
    if align == 'none':
        for part, relation in (('translation', metrics.PoseRelation.translation_part),
                               ('rotation', metrics.PoseRelation.rotation_angle_deg)):
            rpe = metrics.RPE(relation, delta=1, delta_unit=metrics.Unit.frames, all_pairs=True)
            rpe.process_data((reference, estimate))
            assert relative_pose_error(poses, truth)[part] == pytest.approx(
                rpe.get_statistic(metrics.StatisticsType.rmse))
