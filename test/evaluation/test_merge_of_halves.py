# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from geo_world_model.evaluation import merge
from synthetic import pose_at, write_recording


def test_halves_that_are_merged_know_what_one_world_of_all_frames_knows(tmp_path):
    pytest.importorskip('open3d')
    folder = write_recording(tmp_path / 'recording',
                             [pose_at(0.05 * i, yaw_deg=12 * i) for i in range(10)])
    (tmp_path / 'scratch').mkdir()
    result = merge.run(folder, tmp_path / 'scratch')
    assert result['frames'] == 10 and result['held_out'] == 2
    found = result.get('found') or result['stated']
    assert found.get('camera_error_mm', 0) < 20 and found['agreement'] > 0.9
    first, merged, whole = (result[name] for name in ('first', 'merged', 'all'))
    assert merged['known'] > first['known'] + 0.1
    assert merged['depth_right'] == pytest.approx(whole['depth_right'], abs=0.02)
