# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.recording import Recording
from geo_world_model.errors import ImageError
from geo_world_model.evaluation import kill, reprojection
from geo_world_model.evaluation.metrics.depth_errors import depth_errors
from geo_world_model.evaluation.metrics.psnr import psnr
from synthetic import pose_at, write_recording


@pytest.fixture
def recording(tmp_path):
    return write_recording(tmp_path / 'recording',
                           [pose_at(0.03 * i, yaw_deg=2.0 * i) for i in range(8)])


def test_psnr_of_a_hand_worked_case():
    a = np.zeros((2, 2, 3), np.uint8)
    b = a.copy()
    b[0, 0] = 51
    assert psnr(a, a) == float('inf')
    assert psnr(a, b) == pytest.approx(10 * np.log10(255 ** 2 / (51 ** 2 / 4)))
    assert psnr(a, b, np.array([[False, True], [True, True]])) == float('inf')
    assert np.isnan(psnr(a, b, np.zeros((2, 2), bool)))


def test_depth_errors_of_a_hand_worked_case():
    truth = np.array([[1.0, 2.0], [4.0, np.nan]])
    depth = np.array([[1.1, 2.0], [6.0, 3.0]])
    errors = depth_errors(depth, truth, np.ones((2, 2), bool))
    assert errors['pixels'] == 3
    assert errors['abs_rel'] == pytest.approx((0.1 + 0.0 + 0.5) / 3)
    assert errors['rmse'] == pytest.approx(np.sqrt((0.01 + 4.0) / 3))
    assert errors['delta'] == pytest.approx(2 / 3)


def test_renderings_of_an_exact_recording_are_true(recording):
    rows = reprojection.run(recording, gaps=(1, 4), starts=3)
    assert rows[0]['psnr'] > 28 and rows[0]['abs_rel'] < 0.01 and rows[0]['delta'] > 0.99
    assert rows[0]['known'] > rows[1]['known'] > 0.7


@pytest.mark.slow
def test_no_kill_loses_or_changes_a_frame_that_was_written(recording, tmp_path):
    (tmp_path / 'scratch').mkdir()
    counts = kill.run(recording, tmp_path / 'scratch', kills=20, longest=0.8)
    assert counts['opened'] == 20 and counts['frames_checked'] > 20
    assert counts['frames_changed'] == counts['frames_lost'] == 0


def test_a_folder_that_is_no_recording_is_refused(tmp_path):
    with pytest.raises(ImageError, match='no recording'):
        Recording(tmp_path)
