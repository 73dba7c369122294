# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import numba
import pytest

from geo_world_model.cli import main


def test_the_benchmark_counts_views_and_pixels(tmp_path, capsys):
    before = numba.get_num_threads()
    path = tmp_path / 'rows.json'
    assert main(['benchmark', 'procedural', '--size', '16x8', '32x16', '--scenes', '1', '--views',
                 '2', '--rays', '1', '--json', str(path)]) == 0
    rows = json.loads(path.read_text())
    assert [(row['width'], row['height'], row['threads']) for row in rows] == [
        (16, 8, 1), (32, 16, 1)]
    for row in rows:
        assert row['megapixels_s'] == pytest.approx(
            row['views_s'] * row['width'] * row['height'] / 1e6, abs=1e-4)
        assert row['views_hour'] == pytest.approx(3600 * row['views_s'], abs=20)
        assert 1000 / row['views_s'] == pytest.approx(
            row['scene_ms'] / row['views'] + row['view_ms'], rel=0.01)
    assert '16x8' in capsys.readouterr().out
    assert numba.get_num_threads() == before


def test_wrong_numbers_are_refused(capsys):
    assert main(['benchmark', 'procedural', '--scenes', '0']) == 2
    assert main(['benchmark', 'procedural', '--kind', 'cave']) == 2
    assert main(['benchmark', 'procedural', '--threads', '4096']) == 2
    assert 'threads is 4096' in capsys.readouterr().err
