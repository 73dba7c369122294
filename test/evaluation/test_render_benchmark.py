# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import pytest

pytest.importorskip('open3d')

from geo_world_model.cache import resolving  # noqa: E402
from geo_world_model.evaluation import render_benchmark  # noqa: E402


def test_the_benchmark_says_what_it_timed_and_leaves_the_renderer_as_it_was(tmp_path):
    before = resolving.show
    rows = render_benchmark.run([310000, 400000], [(96, 64), (64, 48)], 8, tmp_path / 'out.json')
    assert resolving.show is before
    assert json.loads((tmp_path / 'out.json').read_text()) == rows
    assert [(row['points'], row['width']) for row in rows] == [
        (310000, 96), (310000, 64), (400000, 96), (400000, 64)]
    for row in rows:
        assert 0 < row['in_view'] < 1 and 0 < row['coverage'] <= 1
        assert row['ours_least_ms'] <= row['ours_ms'] and row['floor_ms'] > 0
        assert sum(row['stages_ms'].values()) > 0
