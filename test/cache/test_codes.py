# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
from hypothesis import given, strategies as st

from geo_world_model.cache.depth_code import decode_depth, DEPTHS, encode_depth
from geo_world_model.cache.normal_code import encode_normals, NORMALS


@given(st.floats(0.1, 100.0))
def test_depth_comes_back_within_half_a_step(depth):
    back = float(decode_depth(encode_depth(np.array([depth])))[0])
    assert abs(back - depth) <= 0.6e-4 * depth


def test_every_depth_code_survives_a_round_trip():
    codes = np.arange(65536).astype(np.uint16)
    np.testing.assert_array_equal(encode_depth(decode_depth(codes)), codes)
    assert np.all(np.diff(DEPTHS[1:]) > 0)


def test_nothing_too_near_and_too_far_have_their_codes():
    codes = encode_depth(np.array([np.nan, 0.0, -3.0, 0.0999, -np.inf, 100.1, np.inf]))
    np.testing.assert_array_equal(codes, [0, 0, 0, 0, 0, 65535, 65535])


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3).filter(
    lambda v: np.linalg.norm(v) > 0.1))
def test_a_normal_comes_back_within_four_degrees(vector):
    normal = np.array(vector) / np.linalg.norm(vector)
    back = NORMALS[encode_normals(normal)]
    assert np.degrees(np.arccos(np.clip(back @ normal, -1, 1))) < 4.0


def test_every_normal_code_survives_a_round_trip():
    np.testing.assert_array_equal(encode_normals(NORMALS), np.arange(4096))
