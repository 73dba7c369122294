# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

pytest.importorskip('rclpy', reason='the soak runs a node: pip install ".[ros]"')

from geo_world_model.evaluation import soak_benchmark  # noqa: E402


def test_a_soak_reports_each_minute_what_the_node_holds(tmp_path):
    result = soak_benchmark.run(50_000, (96, 64), 10.0, 2, 3.0, tmp_path / 'soak.json')
    assert [row['minute'] for row in result['rows']] == [1, 2]
    assert all(row['sent'] == 30 and row['rss_mb'] > 50 and row['handles'] > 3
               and row['threads'] > 1 for row in result['rows'])
    assert result['lost'] == sum(row['lost'] for row in result['rows'])
    assert json.loads((tmp_path / 'soak.json').read_text()) == result


@pytest.mark.slow
def test_ten_minutes_of_revisits_leave_memory_and_handles_as_they_were():
    growth = soak_benchmark.run(1_000_000, (640, 352), 10.0, 10)['growth']
    assert growth['rss_mb'] < 20 and growth['handles'] <= 2 and growth['threads'] <= 1
