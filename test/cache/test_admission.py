# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache.admission import admit, Candidates, make_witness
from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.renderer import render
from scenes import random_camera, random_cloud, random_keyframe, random_pose


def grow(cloud, number, keyframe, witnesses):
    """Admit a keyframe's pixels against witnesses and add what is left; returns the share."""
    pixels = keyframe.pixels()
    candidates = admit(
        Candidates(keyframe.camera, keyframe.pose, pixels,
                   keyframe.depth_code.reshape(-1)[pixels],
                   keyframe.normal_code.reshape(-1)[pixels],
                   np.full(pixels.size, UNBOUNDED, np.int64)), witnesses)
    code = np.zeros_like(keyframe.depth_code)
    code.reshape(-1)[pixels] = candidates.depth_code
    provenance = np.where(code > 0, keyframe.provenance, 0).astype(np.uint8)
    cloud.add(number, Keyframe(keyframe.camera, keyframe.pose, keyframe.rgb, code,
                               keyframe.normal_code, provenance))
    return np.count_nonzero(code) / pixels.size, candidates


@pytest.mark.parametrize('seed', range(8))
def test_no_known_pixel_of_any_witness_changes_when_a_random_view_is_added(seed):
    rng = np.random.default_rng(100 + seed)
    cloud = random_cloud(seed, operations=2)
    witnesses = []
    for index in range(4):
        camera, pose = random_camera(rng, 56, 44), random_pose(rng, 0.5)
        before = render(cloud, camera, pose, 2, close_all=index == 3)
        witnesses.append((camera, pose, before, index == 3))
    shares = []
    for number in range(3, 6):
        keyframe = random_keyframe(rng, random_pose(rng, 0.5))
        share, _ = grow(cloud, number, keyframe, [
            (c, p, lambda c=c, p=p, r=r: make_witness(c, p, r)) for c, p, r, _ in witnesses])
        shares.append(share)
        for camera, pose, before, closed in witnesses:
            after = render(cloud, camera, pose, number, closed)
            known = before.provenance > 0
            for name in ('rgb', 'depth', 'provenance', 'operation', 'closed'):
                np.testing.assert_array_equal(getattr(after, name)[known],
                                              getattr(before, name)[known], err_msg=name)
    assert max(shares) > 0.3


def test_a_random_view_added_without_asking_does_change_a_witness():
    rng = np.random.default_rng(1)
    cloud = random_cloud(0, operations=2)
    camera, pose = random_camera(rng, 56, 44), random_pose(rng, 0.3)
    before = render(cloud, camera, pose, 2)
    share, _ = grow(cloud, 3, random_keyframe(rng, random_pose(rng, 0.3)), [])
    after = render(cloud, camera, pose, 3)
    known = before.provenance > 0
    assert share == 1.0
    assert not np.array_equal(after.rgb[known], before.rgb[known])


def test_a_candidate_in_the_way_is_pushed_behind_what_the_witness_sees():
    rng = np.random.default_rng(4)
    cloud = random_cloud(2, operations=1, unbounded=0.0, admitted=1.1)
    camera, pose = random_camera(rng), random_pose(rng, 0.1)
    before = render(cloud, camera, pose, 1)
    keyframe = random_keyframe(rng, pose, camera, unbounded=0.0, admitted=1.1)
    near = Keyframe(camera, pose, keyframe.rgb,
                    (keyframe.depth_code // 2 + 1).astype(np.uint16), keyframe.normal_code,
                    keyframe.provenance)
    _, candidates = grow(cloud, 2, near, [(camera, pose,
                                           lambda: make_witness(camera, pose, before))])
    known = (before.provenance > 0).reshape(-1)[candidates.pixels]
    moved = candidates.depth_code != near.depth_code.reshape(-1)[candidates.pixels]
    assert known.any() and moved[known].all()
    after = render(cloud, camera, pose, 2)
    np.testing.assert_array_equal(after.rgb[before.provenance > 0],
                                  before.rgb[before.provenance > 0])
