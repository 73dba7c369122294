# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import pytest

pytest.importorskip('rclpy', reason='the benchmark runs nodes: pip install ".[ros]"')

from geo_world_model.evaluation import outage_benchmark  # noqa: E402


@pytest.mark.slow
def test_views_that_left_with_holes_while_the_world_model_was_killed_are_completed_later():
    result = outage_benchmark.run(600_000, (160, 96), 10.0, 15.0, 3.0)
    assert result['kills'] >= 4 and result['killed']['sent'] == result['undisturbed']['sent']
    assert result['left_with_holes'] > 0 and result['holes_unmarked'] == 0
    assert result['completed_later'] == result['left_with_holes']
