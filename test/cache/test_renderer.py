# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numba
import numpy as np
import pytest

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.reference import reference_render
from geo_world_model.cache.renderer import render
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.seed import make_keyframe
from scenes import random_camera, random_cloud, random_keyframe, random_pose

FIELDS = ('rgb', 'depth', 'provenance', 'operation', 'bound', 'closed')


def assert_equal_to_reference(cloud, camera, pose, version, close_all=False):
    ours = render(cloud, camera, pose, version, close_all)
    slow = reference_render(cloud, camera, pose, version, close_all)
    for name, expected in zip(FIELDS, slow):
        np.testing.assert_array_equal(getattr(ours, name), expected, err_msg=name)
    return ours


@pytest.mark.parametrize('seed', range(12))
def test_equals_the_reference_bit_for_bit_on_random_scenes(seed):
    rng = np.random.default_rng(1000 + seed)
    cloud = random_cloud(seed)
    for version in (4, 2):
        ours = assert_equal_to_reference(cloud, random_camera(rng, 48, 36),
                                         random_pose(rng, 0.5), version, seed % 3 == 0)
    assert ours.provenance.any()


def test_equals_the_reference_when_magnified_and_seen_through_gaps():
    rng = np.random.default_rng(5)
    gaps = 0
    for seed in range(6):
        cloud = random_cloud(seed, operations=2, unbounded=0.02)
        camera = PinholeCamera(160.0, 150.0, 31.5, 23.5, 64, 48)
        matrix = random_pose(rng, 0.15).matrix
        matrix[:3, 3] += [1.2, 0.0, 0.0]
        ours = assert_equal_to_reference(cloud, camera, Pose.from_matrix(matrix), 2)
        gaps += np.count_nonzero(np.isfinite(ours.bound))
    assert gaps > 0


def test_equals_the_reference_with_retired_points():
    rng = np.random.default_rng(9)
    cloud = random_cloud(3)
    cloud.surfaces.retire(rng.choice(cloud.surfaces.count, 900, replace=False), 3)
    cloud.directions.retire(np.arange(20), 4)
    camera, pose = random_camera(rng), random_pose(rng, 0.2)
    before, after = (assert_equal_to_reference(cloud, camera, pose, v) for v in (2, 4))
    assert not np.array_equal(before.rgb, after.rgb)


def test_points_behind_beside_and_at_the_camera_are_not_drawn():
    cloud = random_cloud(4, operations=1)
    matrix = Pose.level(0.0).matrix
    matrix[:3, :3] = matrix[:3, :3] @ np.diag([-1.0, 1.0, -1.0])
    matrix[0, 3] = -3.0
    camera = PinholeCamera(30.0, 30.0, 19.5, 14.5, 40, 30)
    assert not assert_equal_to_reference(cloud, camera, Pose.from_matrix(matrix), 1).rgb.any()
    s = cloud.surfaces
    matrix[:3, 3] = s.x[7], s.y[7], s.z[7]
    assert_equal_to_reference(cloud, camera, Pose.from_matrix(matrix), 1)


def test_equal_depths_go_to_the_older_operation():
    rng = np.random.default_rng(0)
    pose, camera = Pose.level(1.0), PinholeCamera(40.0, 40.0, 19.5, 14.5, 40, 30)
    cloud = PointCloud()
    keyframe = random_keyframe(rng, pose, camera, admitted=1.1)
    cloud.add(1, keyframe)
    cloud.add(2, Keyframe(camera, pose, 255 - keyframe.rgb, keyframe.depth_code,
                          keyframe.normal_code, keyframe.provenance))
    ours = assert_equal_to_reference(cloud, camera, pose, 2)
    assert np.all(ours.operation[ours.provenance > 0] <= 1)


def facing_keyframe(camera, pose, depth, rgb):
    from geo_world_model.cache.normal_code import encode_normals
    ray = camera.rays()
    normal = -ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    return Keyframe(camera, pose, rgb, encode_depth(depth), encode_normals(normal),
                    np.ones(depth.shape, np.uint8))


def test_a_keyframe_seen_from_its_own_pose_comes_back_pixel_for_pixel():
    rng = np.random.default_rng(2)
    camera = PinholeCamera(70.0, 75.0, 38.2, 30.9, 80, 60)
    pose = random_pose(rng)
    depth = rng.uniform(0.5, 20.0, (60, 80)).astype(np.float32)
    rgb = rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)
    cloud = PointCloud()
    cloud.add(1, facing_keyframe(camera, pose, depth, rgb))
    ours = render(cloud, camera, pose, 1)
    np.testing.assert_array_equal(ours.rgb, rgb)
    np.testing.assert_allclose(ours.depth, depth, rtol=2e-4)


def test_a_surface_from_behind_is_unknown_and_bounds_the_depth():
    camera, pose = PinholeCamera(40.0, 40.0, 19.5, 14.5, 40, 30), Pose.level(1.0)
    cloud = PointCloud()
    cloud.add(1, facing_keyframe(camera, pose, np.full((30, 40), 2.0, np.float32),
                                 np.full((30, 40, 3), 200, np.uint8)))
    matrix = pose.matrix
    matrix[:3, :3] = matrix[:3, :3] @ np.diag([-1.0, 1.0, -1.0])
    matrix[0, 3] = 4.0
    behind = render(cloud, camera, Pose.from_matrix(matrix), 1)
    centre = behind.provenance[5:25, 5:35]
    assert not centre.any()
    np.testing.assert_allclose(behind.bound[5:25, 5:35], 2.0, rtol=1e-3)


def test_the_number_of_threads_changes_no_bit():
    cloud = random_cloud(8, operations=6)
    rng = np.random.default_rng(3)
    camera, pose = random_camera(rng, 96, 72), random_pose(rng, 0.3)
    most = numba.config.NUMBA_NUM_THREADS
    images = []
    for threads in sorted({1, max(1, most // 2), most}):
        numba.set_num_threads(threads)
        images.append(render(cloud, camera, pose, 6))
    numba.set_num_threads(most)
    for other in images[1:]:
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(images[0], name), getattr(other, name))


def test_walls_that_are_passed_closely_stay_whole():
    # a corridor seen down its length: the walls are 78 to 86 degrees oblique in the source
    camera = PinholeCamera(240.0, 240.0, 159.5, 87.5, 320, 176)
    pose = Pose.level(1.2)
    rays = camera.rays()
    with np.errstate(divide='ignore'):
        depth = np.minimum(1.0 / np.abs(rays[..., 0]), np.minimum(
            1.2 / np.abs(rays[..., 1]), 16.0)).astype(np.float32)
    rgb = np.full((176, 320, 3), 90, np.uint8)
    cloud = PointCloud()
    cloud.add(1, make_keyframe(rgb, depth, np.ones(depth.shape, np.uint8), camera, pose))
    matrix = pose.matrix
    matrix[0, 3] += 4.0
    rendering = render(cloud, camera, Pose.from_matrix(matrix), 1)
    # what the source did see: all but its own border
    inner = rendering.unknown[8:-8, 8:-8]
    assert inner.mean() < 0.02


def test_a_floor_that_is_approached_slopes_instead_of_falling_into_steps():
    camera, pose = PinholeCamera(240.0, 240.0, 159.5, 87.5, 320, 176), Pose.level(0.5)
    with np.errstate(divide='ignore'):
        depth = np.where(camera.rays()[..., 1] > 0, 0.5 / camera.rays()[..., 1], 9.0)
    depth = np.minimum(depth, 9.0).astype(np.float32)
    cloud = PointCloud()
    cloud.add(1, make_keyframe(np.full((176, 320, 3), 90, np.uint8), depth,
                               np.ones(depth.shape, np.uint8), camera, pose))
    matrix = pose.matrix
    matrix[0, 3] += 1.5
    rendering = render(cloud, camera, Pose.from_matrix(matrix), 1)
    floor = np.zeros(depth.shape, bool)
    floor[120:, 20:-20] = True
    floor &= ~rendering.unknown
    error = np.abs(rendering.depth / depth - 1)[floor]
    centres = np.abs(rendering.drawn_depth / depth - 1)[floor]
    assert floor.mean() > 0.2 and np.median(centres) > 0.01
    assert np.median(error) < 0.1 * np.median(centres) and np.quantile(error, 0.95) < 0.005


def test_a_magnified_surface_is_known_up_to_the_border_of_the_image():
    camera, pose = PinholeCamera(60.0, 60.0, 39.5, 29.5, 80, 60), Pose.level(1.0)
    rgb = np.full((60, 80, 3), 90, np.uint8)
    cloud = PointCloud()
    cloud.add(1, facing_keyframe(camera, pose, np.full((60, 80), 4.0, np.float32), rgb))
    matrix = pose.matrix
    matrix[0, 3] += 3.0
    ours = assert_equal_to_reference(cloud, camera, Pose.from_matrix(matrix), 1)
    assert not np.isnan(ours.drawn_depth).any()
    assert not ours.unknown.any() and not ours.closed.any()
