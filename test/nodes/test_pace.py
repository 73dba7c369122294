# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from geo_world_model.nodes.pace import Pace

SECOND = 10 ** 9


def due(rate, stamps):
    pace = Pace(lambda: rate)
    return [stamp for stamp in stamps if pace.is_due(int(stamp))]


@pytest.mark.parametrize('poses, rate, expected', [(30, 10, 100), (29.97, 10, 100), (25, 10, 100),
                                                   (10, 10, 100), (5, 10, 50), (30, 0, 300)])
def test_the_rate_is_kept_whatever_the_rate_of_the_poses(poses, rate, expected):
    jitter = np.random.default_rng(2).normal(0, 1e6, int(10 * poses))
    stamps = SECOND + np.arange(int(10 * poses)) * SECOND / poses + jitter
    assert abs(len(due(rate, stamps)) - expected) <= 1


def test_after_a_gap_nothing_is_made_up_for():
    stamps = [*range(SECOND, 2 * SECOND, SECOND // 30),
              *range(60 * SECOND, 61 * SECOND, SECOND // 30)]
    assert len(due(10, stamps)) <= 22


def test_time_that_jumps_back_begins_anew_and_no_stamp_is_always_due():
    pace = Pace(lambda: 10.0)
    assert pace.is_due(100 * SECOND) and not pace.is_due(100 * SECOND + SECOND // 20)
    assert pace.is_due(SECOND) and not pace.is_due(SECOND + SECOND // 20)
    assert pace.is_due(0) and pace.is_due(0)


def test_the_rate_may_change():
    rates = [10.0]
    pace = Pace(lambda: rates[0])
    assert pace.is_due(SECOND) and not pace.is_due(SECOND + 1)
    rates[0] = 0.0
    assert pace.is_due(SECOND + 2)
