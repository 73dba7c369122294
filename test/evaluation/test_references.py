# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.evaluation import references, references_benchmark
from geo_world_model.evaluation.box_overlap import box_of_frustum, FAR, NEAR, scores
from synthetic import CAMERA, pose_at, write_recording


def test_the_box_of_a_frustum_of_a_hand_worked_case():
    low, high = box_of_frustum(CAMERA, pose_at(1.0, 2.0, 3.0))
    corner = np.array([90.0, 79.5, 59.5]) / np.sqrt(90.0 ** 2 + 79.5 ** 2 + 59.5 ** 2)
    assert high == pytest.approx(np.array([1, 2, 3]) + FAR * corner)
    assert low == pytest.approx([1 + NEAR * corner[0], 2 - FAR * corner[1], 3 - FAR * corner[2]])


def test_boxes_overlap_wholly_with_themselves_and_count_less_when_turned_away():
    others = [(CAMERA, pose_at()), (CAMERA, pose_at(yaw_deg=60)), (CAMERA, pose_at(40.0)),
              (CAMERA, pose_at(yaw_deg=180))]
    found = scores(CAMERA, pose_at(), others)
    assert found[0] == pytest.approx(1.0) and 0 < found[1] < 1 and found[2] == 0
    assert found[3] < np.exp(-2.5)


def test_references_of_an_exact_recording_see_most_of_what_is_shared(tmp_path):
    turns = [0, 100, 5, 110, 200, 105, 10, 210, 300, 95, 205, 310]
    folder = write_recording(tmp_path / 'recording',
                             [pose_at(0.02 * i, yaw_deg=yaw) for i, yaw in enumerate(turns)])
    result = references.run(folder, counts=(1, 2))
    share = {row['method']: row for row in result['seen_share']}
    assert (result['frames'], result['targets']) == (9, 3)
    best = share['best possible']
    assert best['1'] <= best['2'] <= 1
    assert best['1'] - 0.05 < share['memory bank']['1'] <= best['1']
    assert best['2'] - 0.05 < share['memory bank']['2'] <= best['2']


def test_queries_are_timed_beside_a_rendering(capsys):
    rows = references_benchmark.run([5, 90], (64, 40), repeats=2)
    assert [row['keyframes'] for row in rows] == [5, 90]
    assert all(row['query_over_render'] > 0 for row in rows)
    assert '90 keyframes' in capsys.readouterr().out
