# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal

import pytest

pytest.importorskip('rclpy', reason='the soak runs a node: pip install ".[ros]"')

from geo_world_model.errors import GeoWorldModelError  # noqa: E402
from geo_world_model.evaluation import soak_benchmark  # noqa: E402


def test_a_soak_reports_each_minute_what_the_node_holds(tmp_path):
    result = soak_benchmark.run(50_000, (96, 64), 10.0, 2, 1.5, tmp_path / 'soak.json')
    assert [row['minute'] for row in result['rows']] == [1, 2]
    assert all(row['sent'] == 15 and row['rss_mb'] > 50 and row['handles'] > 3
               and row['threads'] > 1 for row in result['rows'])
    assert result['lost'] == sum(row['lost'] for row in result['rows'])
    assert json.loads((tmp_path / 'soak.json').read_text()) == result


@pytest.mark.slow
def test_a_node_that_ends_is_said_with_its_last_words_and_the_minutes_before_are_kept(
        tmp_path, monkeypatch):
    state, path = soak_benchmark.process_state, tmp_path / 'soak.json'

    def kill(pid):
        found = state(pid)
        os.kill(pid, signal.SIGKILL)
        return found

    monkeypatch.setattr(soak_benchmark, 'process_state', kill)
    monkeypatch.setattr(soak_benchmark, '_LOST_S', 0.1)
    with pytest.raises(GeoWorldModelError, match='ended in minute 2(.|\n)*services of'):
        soak_benchmark.run(20_000, (96, 64), 10.0, 3, 1.0, path)
    assert [row['minute'] for row in json.loads(path.read_text())['rows']] == [1]


@pytest.mark.slow
def test_ten_minutes_of_revisits_leave_memory_and_handles_as_they_were():
    growth = soak_benchmark.run(1_000_000, (640, 352), 10.0, 10)['growth']
    assert growth['rss_mb'] < 20 and growth['handles'] <= 2 and growth['threads'] <= 1
