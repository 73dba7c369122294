# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from geo_world_model.evaluation.metrics.depth_edges import edge_accuracy


def step(column, shape=(20, 30)):
    depth = np.full(shape, 4.0, np.float32)
    depth[:, :column] = 2.0
    return depth


def test_an_edge_that_is_moved_is_as_far_away_as_it_was_moved():
    found = edge_accuracy(step(14), step(10))
    assert found['accuracy'] == pytest.approx(4.0, abs=1e-5)
    assert found['completeness'] == pytest.approx(4.0, abs=1e-5)
    assert found['edges'] == found['true_edges'] == 20


def test_the_right_edge_is_exact_and_a_missing_one_costs_the_cap():
    assert edge_accuracy(step(10), step(10))['accuracy'] == 0.0
    flat = np.full((20, 30), 3.0, np.float32)
    found = edge_accuracy(flat, step(10))
    assert np.isnan(found['accuracy']) and found['completeness'] == 10.0


def test_a_slope_is_no_edge_and_sky_is_one():
    slope = np.tile(np.linspace(1.0, 3.0, 30, dtype=np.float32), (20, 1))
    assert edge_accuracy(slope, slope)['edges'] == 0
    sky = step(10)
    sky[:, 10:] = np.inf
    assert edge_accuracy(sky, step(10))['accuracy'] == 0.0


def test_unknown_pixels_and_masked_ones_make_no_edges():
    holes = step(10)
    holes[:, 8:12] = np.nan
    assert edge_accuracy(holes, step(10))['edges'] == 0
    left = np.zeros((20, 30), bool)
    left[:, :9] = True
    assert edge_accuracy(step(10), step(10), left)['edges'] == 0
