# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.completion_scores import CompletionScores


def a_view(hole_columns=2, error=51):
    true_rgb = np.full((4, 8, 3), 100, np.uint8)
    true_depth = np.full((4, 8), 2.0, np.float32)
    known = np.ones((2, 4, 8), bool)
    known[:, :, :hole_columns] = False
    rgb = true_rgb.copy()
    rgb[~known[0]] += np.uint8(error)
    return rgb, true_depth.copy(), true_rgb, true_depth, known


def test_errors_in_holes_do_not_touch_the_known_pixels():
    scores = CompletionScores()
    scores.add(*a_view(error=51))
    result = scores.result()
    assert result['hole_psnr_pooled'] == pytest.approx(-20 * np.log10(0.2))
    assert result['known_psnr'] == pytest.approx(80)


def test_pooling_weighs_views_by_their_holes_and_the_mean_does_not():
    scores = CompletionScores()
    scores.add(*a_view(hole_columns=1, error=51))
    scores.add(*a_view(hole_columns=7, error=102))
    result = scores.result()
    assert result['hole_psnr_pooled'] == pytest.approx(-10 * np.log10((0.04 + 7 * 0.16) / 8))
    assert result['hole_psnr_mean'] == pytest.approx(-5 * np.log10(0.04 * 0.16))


def test_depth_is_compared_in_the_holes_of_depth_where_there_is_truth():
    rgb, depth, true_rgb, true_depth, known = a_view(hole_columns=2)
    depth[:, 0] = 3.0
    depth[:, 5] = 9.0           # known: not compared
    true_depth[0, 0] = np.nan   # no truth: not compared
    scores = CompletionScores()
    scores.add(rgb, depth, true_rgb, true_depth, known)
    result = scores.result()
    assert result['hole_abs_rel'] == pytest.approx(3 * 0.5 / 7)
    assert result['hole_within_1.25'] == pytest.approx(4 / 7)
    assert result['hole_log_rmse'] == pytest.approx(np.log(1.5) * (3 / 7) ** 0.5)


def test_a_wrong_scale_alone_costs_nothing_once_aligned():
    rgb, depth, true_rgb, true_depth, known = a_view()
    known[1] = False
    plain, aligned = CompletionScores(), CompletionScores(align_scale=True)
    for scores in (plain, aligned):
        scores.add(rgb, 2 * depth, true_rgb, true_depth, known)
    assert plain.result()['hole_abs_rel'] == pytest.approx(1)
    assert aligned.result()['hole_abs_rel'] == pytest.approx(0)


def test_an_unfilled_depth_is_refused_not_scored():
    rgb, depth, true_rgb, true_depth, known = a_view()
    depth[0, 0] = 0
    with pytest.raises(ConfigError, match='fill every pixel'):
        CompletionScores().add(rgb, depth, true_rgb, true_depth, known)


def test_without_holes_there_is_no_score_of_holes():
    scores = CompletionScores()
    scores.add(*a_view(hole_columns=0))
    assert scores.result()['hole_psnr_pooled'] is None
    assert scores.result()['hole_abs_rel'] is None
