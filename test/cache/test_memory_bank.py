# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.memory_bank import MemoryBank
from synthetic import CAMERA, pose_at, room_view


def keyframe(pose, depth=None, admitted=None):
    rgb, seen = room_view(pose)
    depth = seen if depth is None else depth
    provenance = np.ones(depth.shape, np.uint8)
    if admitted is not None:
        provenance[~admitted] = 0
    return Keyframe(CAMERA, pose, rgb, encode_depth(depth), np.zeros(depth.shape, np.uint16),
                    provenance)


def bank_of(*keyframes, seeds=()):
    bank = MemoryBank()
    for number, one in enumerate(keyframes, 1):
        bank.add(number, one, number in seeds)
    return bank


def depth_at(pose):
    return room_view(pose)[1]


def test_the_keyframe_that_sees_most_comes_first():
    bank = bank_of(*(keyframe(pose_at(yaw_deg=yaw)) for yaw in (180, 50, 10)))
    assert bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 2) == [3, 2]


def test_what_was_hidden_from_a_keyframe_does_not_count():
    hidden = np.full((120, 160), 0.5, np.float32)
    bank = bank_of(keyframe(pose_at(), depth=hidden), keyframe(pose_at(yaw_deg=40)))
    assert bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 1) == [2]


def test_pixels_that_were_not_admitted_do_not_count():
    admitted = np.zeros((120, 160), bool)
    admitted[:, :20] = True
    bank = bank_of(keyframe(pose_at(), admitted=admitted), keyframe(pose_at(yaw_deg=40)))
    assert bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 1) == [2]


def test_the_second_reference_sees_what_the_first_did_not():
    left, same, right = pose_at(yaw_deg=25), pose_at(0.02, yaw_deg=24), pose_at(yaw_deg=-50)
    bank = bank_of(keyframe(left), keyframe(same), keyframe(right))
    assert 3 in bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 2)


def test_a_sharper_look_is_preferred():
    near, far = pose_at(1.0), pose_at(-1.5)
    bank = bank_of(keyframe(far), keyframe(near))
    view = pose_at(1.5)
    assert bank.choose(depth_at(view), CAMERA, view, 2)[0] == 2


def test_what_sees_nothing_is_ranked_by_distance_and_turn():
    poses = pose_at(3), pose_at(1, yaw_deg=170), pose_at(1)
    bank = bank_of(*(keyframe(pose) for pose in poses))
    unknown = np.full((120, 160), np.nan, np.float32)
    assert bank.choose(unknown, CAMERA, pose_at(), 1) == [3]
    assert sorted(bank.choose(unknown, CAMERA, pose_at(), 2)) == [1, 3]
    assert bank.choose(unknown, CAMERA, pose_at(), 0) == []
    assert MemoryBank().choose(unknown, CAMERA, pose_at(), 3) == []


def test_the_sky_is_seen_by_what_looks_into_its_direction():
    sky = np.full((120, 160), np.inf, np.float32)
    bank = bank_of(keyframe(pose_at(yaw_deg=160), depth=sky),
                   keyframe(pose_at(50, yaw_deg=20), depth=sky))
    assert bank.choose(sky, CAMERA, pose_at(), 1) == [2]


@pytest.mark.parametrize('many', [10, 200])
def test_half_of_the_references_are_seeds(many):
    around = [keyframe(pose_at(0.001 * n, yaw_deg=2)) for n in range(many)]
    bank = bank_of(keyframe(pose_at(yaw_deg=170)), *around, seeds={1})
    chosen = bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 3)
    assert len(chosen) == 3 and 1 in chosen and chosen[0] != 1
    assert bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 1) == [1]


def test_a_long_list_finds_the_one_that_sees_the_view():
    away = [keyframe(pose_at(0.001 * n, yaw_deg=180)) for n in range(150)]
    bank = bank_of(*away, keyframe(pose_at(1.5, yaw_deg=5)), *away)
    assert bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 1) == [151]
    again = [bank.choose(depth_at(pose_at()), CAMERA, pose_at(), 4) for _ in range(3)]
    assert again[0] == again[1] == again[2]
