# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from geo_world_model.evaluation.metrics.clouds import cloud_distances, thin

pytest.importorskip('scipy', reason='nearest neighbours: pip install scipy')


def test_distances_of_two_small_clouds_are_those_of_a_hand():
    truth = np.array([[0, 0, 0], [1, 0, 0], [5, 0, 0]], float)
    cloud = np.array([[0, 0, 0.1], [1, 0, 0.3]], float)
    found = cloud_distances(cloud, truth, 0.2)
    assert found['accuracy'] == pytest.approx(0.2)
    assert found['completeness'] == pytest.approx((0.1 + 0.3 + np.hypot(4, 0.3)) / 3)
    assert found['precision'] == 0.5 and found['recall'] == pytest.approx(1 / 3)
    assert found['f_score'] == pytest.approx(0.4)


def test_nothing_reconstructed_scores_nothing():
    found = cloud_distances(np.zeros((0, 3)), np.zeros((4, 3)), 0.1)
    assert found['f_score'] == 0.0 and np.isnan(found['chamfer'])
    assert cloud_distances(np.full((3, 3), np.nan), np.zeros((4, 3)), 0.1)['recall'] == 0.0


def test_thinning_leaves_the_mean_of_each_voxel():
    points = np.array([[0.1, 0.1, 0.1], [0.3, 0.1, 0.1], [1.5, 0.1, 0.1], [-0.2, 0.1, 0.1]])
    np.testing.assert_allclose(thin(points, 1.0), [[-0.2, 0.1, 0.1], [0.2, 0.1, 0.1],
                                                   [1.5, 0.1, 0.1]])


def test_it_agrees_with_open3d():
    open3d = pytest.importorskip('open3d', reason='the oracle: pip install open3d',
                                 exc_type=ImportError)
    random = np.random.RandomState(0)
    truth, cloud = random.rand(300, 3), random.rand(200, 3)
    ours, theirs = (open3d.geometry.PointCloud(open3d.utility.Vector3dVector(p))
                    for p in (cloud, truth))
    there = np.asarray(ours.compute_point_cloud_distance(theirs))
    back = np.asarray(theirs.compute_point_cloud_distance(ours))
    found = cloud_distances(cloud, truth, 0.08)
    assert found['accuracy'] == pytest.approx(there.mean())
    assert found['completeness'] == pytest.approx(back.mean())
    assert found['precision'] == np.mean(there < 0.08)
    assert found['recall'] == np.mean(back < 0.08)
