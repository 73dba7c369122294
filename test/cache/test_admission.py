# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace

import numpy as np
import pytest

from geo_world_model.cache.admission import admit, Candidates, FREE_STEPS
from geo_world_model.cache.admission_reference import admit_slowly
from geo_world_model.cache.depth_code import DEPTHS, UNBOUNDED
from geo_world_model.cache.operation import Pin
from geo_world_model.cache.renderer import render
from geo_world_model.cache.witness import protected_pixels
from geo_world_model.cache.witness_set import WitnessSet
from scenes import random_camera, random_cloud, random_keyframe, random_pose


def candidates_of(keyframe, limit=UNBOUNDED):
    pixels = keyframe.pixels()
    return Candidates(keyframe.camera, keyframe.pose, pixels,
                      keyframe.depth_code.reshape(-1)[pixels],
                      keyframe.normal_code.reshape(-1)[pixels],
                      np.full(pixels.size, limit, np.int64))


def admitted(keyframe, codes):
    depth_code = np.zeros_like(keyframe.depth_code)
    depth_code.reshape(-1)[keyframe.pixels()] = codes
    provenance = np.where(depth_code > 0, keyframe.provenance, 0).astype(np.uint8)
    return replace(keyframe, depth_code=depth_code, provenance=provenance)


def witnesses_of(cloud, views, **options):
    """views: (camera, pose, version, closed)."""
    found = WitnessSet(lambda pin: render(cloud, pin.camera, pin.pose, pin.version, pin.closed),
                       **options)
    for camera, pose, version, closed in views:
        found.add(Pin(1, version, camera, pose, closed, True))
    return found


@pytest.mark.parametrize('seed', range(8))
def test_no_known_pixel_of_any_witness_changes_when_a_random_view_is_added(seed):
    rng = np.random.default_rng(100 + seed)
    cloud = random_cloud(seed, operations=2)
    views = [(random_camera(rng, 56, 44), random_pose(rng, 0.5), 2, index == 3)
             for index in range(4)]
    images = [render(cloud, *view) for view in views]
    witnesses = witnesses_of(cloud, views)
    shares = []
    for number in range(3, 6):
        keyframe = random_keyframe(rng, random_pose(rng, 0.5))
        codes = admit(candidates_of(keyframe), witnesses)
        cloud.add(number, admitted(keyframe, codes))
        shares.append(np.mean(codes > 0))
        for (camera, pose, _, closed), before in zip(views, images):
            after = render(cloud, camera, pose, number, closed)
            known = before.provenance > 0
            for name in ('rgb', 'depth', 'provenance', 'operation', 'closed'):
                np.testing.assert_array_equal(getattr(after, name)[known],
                                              getattr(before, name)[known], err_msg=name)
    assert max(shares) > 0.25


def test_a_random_view_added_without_asking_does_change_a_witness():
    rng = np.random.default_rng(1)
    cloud = random_cloud(0, operations=2)
    camera, pose = random_camera(rng, 56, 44), random_pose(rng, 0.3)
    before = render(cloud, camera, pose, 2)
    cloud.add(3, random_keyframe(rng, random_pose(rng, 0.3)))
    after = render(cloud, camera, pose, 3)
    known = before.provenance > 0
    assert not np.array_equal(after.rgb[known], before.rgb[known])


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('ring_bytes', [1 << 24, 60_000])
def test_the_kernels_admit_what_the_slow_rule_admits(seed, ring_bytes):
    rng = np.random.default_rng(seed)
    cloud = random_cloud(seed, operations=3)
    # far and near, turned away, and of two sizes: every shortcut is taken by some
    views = [(random_camera(rng, *((56, 44), (40, 30))[index % 2]),
              random_pose(rng, 0.3 + 0.4 * index), 3, index % 3 == 0) for index in range(8)]
    keyframe = random_keyframe(rng, random_pose(rng, 0.5), random_camera(rng, 72, 40))
    candidates = candidates_of(keyframe)
    bounded = rng.random(candidates.limit.size) < 0.3
    candidates.limit[bounded] = candidates.depth_code[bounded] + rng.integers(0, 900)
    fast = admit(candidates, witnesses_of(cloud, views, ring_bytes=ring_bytes))
    slow = admit_slowly(candidates, [
        (view[0], view[1], image, protected_pixels(image))
        for view in views for image in [render(cloud, *view)]])
    np.testing.assert_array_equal(fast, slow)
    assert 0.1 < np.mean(fast == candidates.depth_code) < 0.9 and np.any(
        fast > candidates.depth_code)


@pytest.mark.parametrize('seed', range(4))
def test_what_moves_far_ends_right_behind_a_surface_that_a_witness_shows(seed):
    rng = np.random.default_rng(40 + seed)
    cloud = random_cloud(seed, operations=2, unbounded=0.0)
    views = [(random_camera(rng, 56, 44), random_pose(rng, 0.3), 2, False) for _ in range(3)]
    keyframe = random_keyframe(rng, random_pose(rng, 0.3), unbounded=0.0)
    nearer = replace(keyframe, depth_code=(keyframe.depth_code - 4000).astype(np.uint16))
    candidates = candidates_of(nearer)
    codes = admit(candidates, witnesses_of(cloud, views)).astype(int)
    far = np.flatnonzero(codes - candidates.depth_code > FREE_STEPS[-1])
    assert far.size > 20
    behind = np.zeros(far.size, bool)
    for view in views:
        image, (camera, pose) = render(cloud, *view), view[:2]
        matrix = np.linalg.inv(pose.matrix)
        place = candidates.ray[:, far] * DEPTHS[codes[far]] + candidates.centre[:, None]
        uv, depth = camera.project((matrix[:3, :3] @ place).T + matrix[:3, 3])
        column, row = np.floor(uv + 0.5).astype(int).T
        inside = (depth > 0) & (column >= 0) & (column < camera.width) & (row >= 0) & (
            row < camera.height)
        shown = image.drawn_depth[np.clip(row, 0, camera.height - 1),
                                  np.clip(column, 0, camera.width - 1)]
        behind |= inside & (shown <= depth * 1.001) & (shown > depth * 0.95)
    assert behind.all()


def test_a_candidate_in_the_way_is_pushed_behind_what_the_witness_sees():
    rng = np.random.default_rng(4)
    cloud = random_cloud(2, operations=1, unbounded=0.0, admitted=1.1)
    camera, pose = random_camera(rng), random_pose(rng, 0.1)
    before = render(cloud, camera, pose, 1)
    keyframe = random_keyframe(rng, pose, camera, unbounded=0.0, admitted=1.1)
    shown = np.where(np.isfinite(before.drawn_depth), before.drawn_depth, 3.0)
    near = replace(keyframe, depth_code=np.searchsorted(
        DEPTHS[1:UNBOUNDED], 0.8 * shown).astype(np.uint16))
    candidates = candidates_of(near)
    codes = admit(candidates, witnesses_of(cloud, [(camera, pose, 1, False)]))
    known = (before.operation > 0).reshape(-1)[candidates.pixels]
    moved = codes != candidates.depth_code
    assert known.any() and moved[known].all() and (codes[known] > 0).mean() > 0.5
    cloud.add(2, admitted(near, codes))
    after = render(cloud, camera, pose, 2)
    np.testing.assert_array_equal(after.rgb[before.provenance > 0],
                                  before.rgb[before.provenance > 0])


def test_one_more_view_is_protected_only_for_a_while():
    rng = np.random.default_rng(9)
    cloud = random_cloud(3, operations=2, unbounded=0.0)
    camera, pose = random_camera(rng, 56, 44), random_pose(rng, 0.2)
    image = render(cloud, camera, pose, 2)
    keyframe = random_keyframe(rng, pose, camera)
    candidates = candidates_of(keyframe)
    witnesses = witnesses_of(cloud, [])
    guarded = admit(candidates, witnesses, image, image.provenance > 0)
    assert np.any(guarded != candidates.depth_code) and len(witnesses) == 0
    np.testing.assert_array_equal(admit(candidates, witnesses), candidates.depth_code)
