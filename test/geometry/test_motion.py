# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest
from hypothesis import given
from strategies import poses
from synthetic import pose_at

from geo_world_model.geometry.motion import between, compose, inverse


@pytest.mark.parametrize('share', [0.0, 0.25, 0.5, 1.0, 1.5, 3.0])
def test_a_steady_drive_and_turn_is_met_before_between_and_beyond(share):
    first, second = pose_at(0.0, yaw_deg=0), pose_at(0.4, 0.2, yaw_deg=10)
    expected = pose_at(0.4 * share, 0.2 * share, yaw_deg=10 * share)
    metres, radians = between(first, second, share).distance_to(expected)
    assert metres < 1e-5 and radians < 1e-6


@given(poses(), poses())
def test_the_ends_are_met_exactly(first, second):
    assert between(first, second, 0) == first and between(first, second, 1) == second


@given(poses(), poses())
def test_a_pose_and_its_inverse_cancel(outer, inner):
    metres, radians = compose(inverse(outer), compose(outer, inner)).distance_to(inner)
    assert metres < 1e-3 and radians < 1e-6
    np.testing.assert_allclose(compose(outer, inner).matrix, outer.matrix @ inner.matrix,
                               atol=1e-4)
