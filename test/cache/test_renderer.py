# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.reference import reference_render
from geo_world_model.cache.renderer import render, render_many
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


def wall(camera, pose, depth, rgb=None, seed=0):
    """A surface that faces its camera everywhere; depth a number or (H, W)."""
    shape = camera.height, camera.width
    if rgb is None:
        rgb = np.random.default_rng(seed).integers(0, 256, shape + (3,)).astype(np.uint8)
    return facing_keyframe(camera, pose, np.full(shape, depth, np.float32), rgb)


def moved(pose, forward):
    matrix = pose.matrix
    matrix[:3, 3] += forward * matrix[:3, 2]
    return Pose.from_matrix(matrix)


def test_equals_the_reference_with_points_on_every_border_between_pixels():
    camera, pose = PinholeCamera(32.0, 32.0, 15.5, 11.5, 32, 24), Pose.level(1.0)
    cloud = PointCloud()
    cloud.add(1, wall(camera, pose, decoded(2.0)))
    for shift in (0.0, 0.5, 16.0, 16.5, -16.5, -4.5):
        # u and v are whole or half numbers, and some lie on the border of image and margin
        seen = PinholeCamera(32.0, 32.0, 15.5 + shift, 11.5 - shift, 32, 24)
        assert_equal_to_reference(cloud, seen, pose, 1)


def decoded(metres):
    from geo_world_model.cache.depth_code import decode_depth
    return decode_depth(encode_depth(metres))


def test_equals_the_reference_where_many_points_of_one_operation_are_equally_deep():
    camera, pose = PinholeCamera(64.0, 64.0, 31.5, 23.5, 64, 48), Pose.level(1.0)
    cloud = PointCloud()
    cloud.add(1, wall(camera, pose, 2.0))
    cloud.add(2, wall(camera, pose, 2.0, seed=1))
    small = PinholeCamera(11.0, 11.0, 5.2, 3.9, 12, 9)
    ours = assert_equal_to_reference(cloud, small, pose, 2)
    assert np.all(ours.operation[ours.provenance > 0] == 1)


def test_equals_the_reference_with_footprints_larger_than_they_may_reach():
    camera, pose = PinholeCamera(24.0, 24.0, 11.5, 8.5, 24, 18), Pose.level(1.0)
    cloud = random_cloud(11, operations=2)
    cloud.add(3, wall(camera, pose, 1.0))
    for forward in (0.8, 0.93):
        seen = PinholeCamera(70.0, 66.0, 35.5, 26.5, 72, 54)
        ours = assert_equal_to_reference(cloud, seen, moved(pose, forward), 3)
        assert ours.centre_box.max() == 16


def test_equals_the_reference_with_thousands_of_operations():
    rng = np.random.default_rng(6)
    camera = PinholeCamera(6.0, 6.0, 2.5, 1.5, 6, 4)
    cloud = PointCloud()
    for number in range(1, 5001):
        cloud.add(number, random_keyframe(rng, random_pose(rng, 0.3), camera, admitted=0.1))
    view = random_camera(rng, 40, 30), random_pose(rng, 0.2)
    for version in (5000, 1700):
        ours = assert_equal_to_reference(cloud, *view, version)
        assert ours.operation.max() <= version and np.unique(ours.operation).size > 30


def test_what_is_left_out_behind_a_near_wall_changes_no_bit():
    rng = np.random.default_rng(12)
    camera, pose = PinholeCamera(60.0, 60.0, 31.5, 23.5, 64, 48), Pose.level(0.0)
    cloud = PointCloud()
    cloud.add(1, wall(PinholeCamera(40.0, 40.0, 47.5, 39.5, 96, 80), pose, 0.7))
    for number in range(2, 14):
        cloud.add(number, random_keyframe(rng, random_pose(rng, 0.2), camera, unbounded=0.02))
    numba.set_num_threads(1)
    try:
        view = PinholeCamera(20.0, 20.0, 11.5, 8.5, 24, 18)
        ours = assert_equal_to_reference(cloud, view, pose, 13)
        before = assert_equal_to_reference(cloud, view, moved(pose, 0.9), 13)
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    assert np.all(ours.operation[2:-2, 2:-2] == 1) and not np.any(before.operation == 1)


@pytest.mark.parametrize('kept', [0, 1500])
def test_equals_the_reference_when_whole_chunks_are_retired(kept):
    cloud = random_cloud(3, operations=6)
    cloud.surfaces.retire(np.arange(kept, cloud.surfaces.count), 5)
    cloud.directions.retire(np.arange(cloud.directions.count), 5)
    rng = np.random.default_rng(9)
    camera, pose = random_camera(rng), random_pose(rng, 0.2)
    before, after = (assert_equal_to_reference(cloud, camera, pose, v) for v in (4, 6))
    assert before.provenance.any() and after.provenance.any() == bool(kept)


def test_a_cloud_without_points_shows_nothing():
    camera, pose = PinholeCamera(30.0, 30.0, 19.5, 14.5, 40, 30), Pose.level(0.0)
    ours = assert_equal_to_reference(PointCloud(), camera, pose, 0)
    assert ours.unknown.all() and np.isinf(ours.centre_depth).all()
    assert_equal_to_reference(random_cloud(1), camera, pose, 0)


def test_equals_the_reference_with_directions_alone():
    rng = np.random.default_rng(3)
    cloud = random_cloud(5, operations=3, unbounded=1.1)
    assert cloud.surfaces.count == 0
    ours = assert_equal_to_reference(cloud, random_camera(rng), random_pose(rng, 0.3), 3)
    assert np.isinf(ours.depth).any()


def test_a_rendering_stays_as_it_is_while_others_are_made():
    cloud = random_cloud(2)
    rng = np.random.default_rng(1)
    camera = random_camera(rng)
    first = render(cloud, camera, random_pose(rng, 0.3), 4)
    part = first.depth[3:9]
    kept = {name: getattr(first, name).copy() for name in FIELDS}
    kept_part = part.copy()
    for index in range(12):
        render(cloud, camera, random_pose(rng, 0.3), 4)
        if index == 6:
            for name in FIELDS:
                np.testing.assert_array_equal(getattr(first, name), kept[name])
            del first
    np.testing.assert_array_equal(part, kept_part)


def test_a_rig_is_drawn_as_its_cameras_one_by_one():
    cloud, rng = random_cloud(8, operations=6), np.random.default_rng(2)
    views = [(random_camera(rng, 20 + 30 * k, 90 - 15 * k), random_pose(rng, 0.3))
             for k in range(5)]
    for version, close_all in ((6, False), (3, True)):
        many = render_many(cloud, views, version, close_all)
        assert len(many) == 5
        for ours, view in zip(many, views):
            single = render(cloud, *view, version, close_all)
            for name in FIELDS:
                np.testing.assert_array_equal(getattr(ours, name), getattr(single, name))


DIGEST = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from geo_world_model.cache.renderer import render
from scenes import random_camera, random_cloud, random_pose
cloud, rng, content = random_cloud(8, operations=6), np.random.default_rng(3), hashlib.sha256()
for size in ((96, 72), (40, 5), (5, 40)):
    image = render(cloud, random_camera(rng, *size), random_pose(rng, 0.3), 6)
    for name in ('rgb', 'depth', 'provenance', 'operation', 'bound', 'closed', 'centre_depth',
                 'centre_box', 'drawn_depth'):
        content.update(np.ascontiguousarray(getattr(image, name)).tobytes())
print(content.hexdigest())
"""


def test_other_processes_with_more_threads_than_rows_render_the_same_bytes():
    found = set()
    for threads in ('1', '3', '11'):
        environment = dict(os.environ, NUMBA_NUM_THREADS=threads)
        run = subprocess.run([sys.executable, '-c', DIGEST, os.path.dirname(__file__)],
                             env=environment, capture_output=True, text=True, check=True)
        found.add(run.stdout.strip())
    assert len(found) == 1 and len(found.pop()) == 64
