# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace

import numba
import numpy as np
import pytest

from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.fusion import fuse
from geo_world_model.cache.fusion_reference import fuse_slowly
from geo_world_model.cache.chunks import ALIVE
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import GENERATED, OBSERVED
from geo_world_model.seed import make_keyframe, measured_keyframe
from scenes import random_camera, random_keyframe, random_pose
from synthetic import CAMERA, pose_at, room_view


def measured(pose, camera=CAMERA):
    rgb, depth = room_view(pose, camera)
    return measured_keyframe(rgb, depth, camera, pose)


def observed_only(keyframe):
    return replace(keyframe, provenance=np.where(keyframe.provenance == OBSERVED, 1, 0).astype(
        np.uint8))


def add(cloud, number, keyframe):
    """Fuse a keyframe; returns the share of its pixels that entered and how many points went."""
    asked = keyframe.admitted
    keyframe, retired = fuse(cloud, number - 1, keyframe)
    cloud.add(number, keyframe)
    cloud.surfaces.retire(retired[:, 0].astype(np.int64), number)
    return keyframe.admitted / asked, len(retired)


def seen_again(keyframe, rng, scene):
    """The keyframe of a second view: a hostile relation to what the first one left."""
    shape = keyframe.depth_code.shape
    if scene == 'equal depth':
        return replace(keyframe, provenance=rng.integers(0, 4, shape).astype(np.uint8))
    if scene == 'flying pixels':
        code = keyframe.depth_code.astype(int)
        step = rng.choice([-4000, -300, -60, 0, 60, 300, 4000], shape)
        return replace(keyframe, depth_code=np.where(
            code < UNBOUNDED, np.clip(code + step, 1, UNBOUNDED - 1), code).astype(np.uint16))
    if scene == 'grazing':
        matrix = keyframe.pose.matrix
        matrix[:3, 3] += 1.2 * matrix[:3, 0] + 1.5 * matrix[:3, 2]
        matrix[:3, :3] = matrix[:3, :3] @ np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]])
        return random_keyframe(rng, Pose.from_matrix(matrix), keyframe.camera, rough=0.02)
    if scene == 'huge splats':
        matrix = keyframe.pose.matrix
        matrix[:3, 3] += 1.7 * matrix[:3, 2]
        return random_keyframe(rng, Pose.from_matrix(matrix), keyframe.camera.scaled(90, 60))
    if scene == 'behind the camera':
        matrix = keyframe.pose.matrix
        matrix[:3, [0, 2]] *= -1
        matrix[:3, 3] -= 2.0 * matrix[:3, 2]
        return random_keyframe(rng, Pose.from_matrix(matrix), keyframe.camera)
    return random_keyframe(rng, random_pose(rng, 0.4), random_camera(rng, 36, 28))


@pytest.mark.parametrize('scene', ['random', 'equal depth', 'flying pixels', 'grazing',
                                   'huge splats', 'behind the camera'])
@pytest.mark.parametrize('seed', range(2))
def test_the_kernels_keep_and_retire_what_the_slow_rule_does(scene, seed):
    rng = np.random.default_rng(seed)
    cloud = PointCloud()
    first = random_keyframe(rng, random_pose(rng, 0.3), rough=0.1)
    cloud.add(1, first)
    cloud.add(2, random_keyframe(rng, random_pose(rng, 0.3)))
    cloud.surfaces.retire(np.flatnonzero(rng.random(cloud.surfaces.count) < 0.2), 2)
    cloud.surfaces.retire(np.flatnonzero(rng.random(cloud.surfaces.count) < 0.05), 4)
    keyframe = seen_again(first, rng, scene)
    outcome = fuse(cloud, 3, keyframe), fuse_slowly(cloud, 3, keyframe)
    np.testing.assert_array_equal(outcome[0][0].provenance, outcome[1][0].provenance)
    np.testing.assert_array_equal(outcome[0][1], outcome[1][1])
    left_out = keyframe.admitted - outcome[0][0].admitted
    assert (left_out > 5 and len(outcome[0][1]) > 5) or scene == 'behind the camera'


def test_looking_twice_from_one_place_adds_nothing():
    cloud = PointCloud()
    assert add(cloud, 1, observed_only(measured(pose_at())))[0] == 1.0
    share, gone = add(cloud, 2, observed_only(measured(pose_at())))
    assert share < 0.01 and gone == 0


@pytest.mark.parametrize('yaw', [0.0, 12.0])
def test_a_sharper_view_replaces_what_it_sees_whole_and_leaves_no_hole(yaw):
    cloud = PointCloud()
    first, near = pose_at(-1.5), pose_at(2.0, yaw_deg=yaw)
    add(cloud, 1, observed_only(measured(first)))
    before = render(cloud, CAMERA, first, 1)
    share, gone = add(cloud, 2, observed_only(measured(near)))
    assert share > 0.9 and gone > 200
    after = render(cloud, CAMERA, first, 2)
    assert np.mean((before.operation > 0) & (after.operation == 0)) < 0.002
    assert np.mean(after.operation == 2) > 0.03
    _, depth = room_view(first)
    known = after.operation > 0
    assert np.quantile(np.abs(after.depth / depth - 1)[known], 0.99) < 0.02


def test_a_coarser_view_adds_nothing_where_a_sharper_one_looked():
    cloud = PointCloud()
    add(cloud, 1, observed_only(measured(pose_at(2.0))))
    far = observed_only(measured(pose_at(-1.5)))
    before = render(cloud, CAMERA, far.pose, 1)
    kept, retired = fuse(cloud, 1, far)
    sharper = (before.operation == 1) & (far.provenance > 0)
    assert sharper.sum() > 500 and np.mean(kept.provenance[sharper] > 0) < 0.05
    assert len(retired) == 0


def test_what_was_generated_goes_where_it_is_seen_to_be_wrong_and_stays_where_it_is_hidden():
    cloud, pose = PointCloud(), pose_at()
    rgb, depth = room_view(pose)
    everywhere = np.full(depth.shape, GENERATED, np.uint8)
    for number, factor in ((1, 0.6), (2, 1.0), (3, 1.02), (4, 1.5)):
        cloud.add(number, make_keyframe(rgb, (factor * depth).astype(np.float32), everywhere,
                                        CAMERA, pose))
    keyframe = observed_only(measured(pose))
    fused, retired = fuse(cloud, 4, keyframe)
    gone = np.zeros(cloud.surfaces.count, bool)
    gone[retired[:, 0]] = True
    seen = (keyframe.provenance > 0).mean()
    for number, least, most in ((1, 0.99, 1), (2, 0.99, 1), (3, 0.99, 1), (4, 0, 0)):
        share = gone[cloud.surfaces.operation == number].mean() / seen
        assert least <= share <= most * 1.01, number
    assert fused.admitted == keyframe.admitted


def test_what_was_measured_is_not_retired_by_what_is_trusted_less():
    cloud, pose = PointCloud(), pose_at()
    add(cloud, 1, observed_only(measured(pose)))
    lifted = measured(pose)
    lifted = replace(lifted, provenance=np.full_like(lifted.provenance, 2))
    fused, retired = fuse(cloud, 1, lifted)
    known = cloud.surfaces.count / lifted.provenance.size
    assert len(retired) == 0 and fused.admitted / lifted.provenance.size < 1.05 - known


def test_a_surface_seen_from_many_sides_keeps_one_layer():
    cloud = PointCloud()
    for number in range(1, 13):
        add(cloud, number, observed_only(measured(pose_at(0.05 * number, yaw_deg=2 * number))))
    everything = 12 * CAMERA.width * CAMERA.height
    live = np.count_nonzero(cloud.surfaces.retired == ALIVE)
    assert live < 0.25 * everything
    shown = render(cloud, CAMERA, pose_at(0.3, yaw_deg=12), 12)
    _, depth = room_view(pose_at(0.3, yaw_deg=12))
    assert np.mean(shown.operation > 0) > 0.97
    assert np.nanmedian(np.abs(shown.depth / depth - 1)) < 0.002


def test_threads_do_not_change_what_is_kept():
    cloud = PointCloud()
    for number in range(1, 4):
        add(cloud, number, measured(pose_at(0.2 * number, yaw_deg=5 * number)))
    keyframe = measured(pose_at(1.2, yaw_deg=3))
    before = numba.get_num_threads()
    results = []
    for threads in (1, before):
        numba.set_num_threads(threads)
        results.append(fuse(cloud, 3, keyframe))
    numba.set_num_threads(before)
    np.testing.assert_array_equal(results[0][0].provenance, results[1][0].provenance)
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert len(results[0][1]) > 0


@pytest.mark.parametrize('scale, gone_share', [(2.0, 0.95), (0.5, 0.0)])
def test_a_measured_point_goes_when_a_sharper_view_sees_through_it(scale, gone_share):
    pose, camera = pose_at(), CAMERA.scaled(int(160 * scale), int(120 * scale))
    cloud = PointCloud()
    rgb, depth = room_view(pose)
    floating = make_keyframe(rgb, (0.8 * depth).astype(np.float32),
                             np.full(depth.shape, OBSERVED, np.uint8), CAMERA, pose)
    cloud.add(1, floating)
    keyframe = observed_only(measured(pose, camera))
    _, retired = fuse(cloud, 1, keyframe)
    share = len(retired) / floating.admitted / (keyframe.provenance > 0).mean()
    assert gone_share - 0.05 <= share <= gone_share + 0.06


@pytest.mark.parametrize('depth, apart, layers', [(0.4, 0.016, 1), (2.0, 0.04, 1), (2.0, 0.09, 2)])
@pytest.mark.parametrize('nearer', [False, True])
def test_two_measurements_are_one_surface_within_the_noise_of_a_sensor(depth, apart, layers,
                                                                      nearer):
    cloud, pose = PointCloud(), pose_at()
    flat = np.full((CAMERA.height, CAMERA.width), depth, np.float32)
    rgb, trust = np.zeros(flat.shape + (3,), np.uint8), np.full(flat.shape, OBSERVED, np.uint8)
    for number, offset in enumerate((0.0, apart)[::-1 if nearer else 1], 1):
        add(cloud, number, make_keyframe(rgb, flat + np.float32(offset), trust, CAMERA, pose))
    live = np.count_nonzero(cloud.surfaces.retired == ALIVE)
    assert live == pytest.approx(layers * flat.size, rel=0.02)
