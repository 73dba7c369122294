# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion: exact on planes, nothing known is changed, nothing runs away."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.completion import extrapolate_depth
from strategies import plane_depth

CAMERA = PinholeCamera(130.0, 125.0, 79.0, 60.0, 160, 120)
HOLES = {'right': np.s_[:, 110:], 'bottom': np.s_[80:, :], 'top left': np.s_[:50, :70],
         'middle': np.s_[40:80, 50:110]}


def with_hole(depth, hole):
    depth = depth.astype(np.float32).copy()
    depth[HOLES[hole]] = np.nan
    return depth


@settings(deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.5, 8),
       st.sampled_from(sorted(HOLES)))
def test_a_plane_is_continued_exactly(x, y, distance, hole):
    truth = plane_depth(CAMERA, (x, y, 1.0), distance)
    depth = with_hole(truth, hole)
    filled, confidence = extrapolate_depth(depth)
    # farther than a factor 3 from the rim the clamp holds the plane
    nearest, farthest = np.nanmin(depth), np.nanmax(depth)
    free = (truth < 2.9 * nearest) & (truth > farthest / 2.9)
    np.testing.assert_allclose(filled[free], truth[free], rtol=2e-3)
    assert filled.dtype == confidence.dtype == np.float32


@pytest.mark.parametrize('seed', range(4))
def test_a_noisy_wall_is_continued_within_half_a_percent(seed):
    truth = plane_depth(CAMERA, (0.3, 0.1, 1.0), 3.0)
    noise = 1 + 0.004 * np.random.default_rng(seed).standard_normal(truth.shape)
    filled, _ = extrapolate_depth(with_hole(truth * noise, 'right'))
    error = np.abs(filled / truth - 1)[HOLES['right']]
    assert np.median(error) < 0.002 and np.quantile(error, 0.95) < 0.005


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10 ** 6), st.floats(0.0, 1.0), st.floats(0.0, 0.3))
def test_known_depth_is_kept_and_every_pixel_gets_a_depth(seed, holes, sky):
    r = np.random.default_rng(seed)
    coarse = np.exp(r.uniform(-1, 4, (15, 20)))
    depth = np.repeat(np.repeat(coarse, 8, 0), 8, 1).astype(np.float32)
    depth[r.random(depth.shape) < sky] = np.inf
    depth[r.random(depth.shape) < holes] = np.nan
    before = depth.copy()
    filled, confidence = extrapolate_depth(depth)
    np.testing.assert_array_equal(depth, before)
    known = ~np.isnan(depth)
    np.testing.assert_array_equal(filled[known], depth[known])
    assert (filled > 0).all() and (confidence[known] == 1).all()
    assert (confidence >= 0).all() and (confidence <= 1).all()


def test_a_hole_stays_within_three_times_what_surrounds_it():
    depth = with_hole(plane_depth(CAMERA, (-0.9, 0, 0.45), 1.0), 'right')
    depth[~np.isfinite(depth)] = np.nan
    filled, _ = extrapolate_depth(depth)
    known = np.isfinite(depth)
    assert filled.max() <= 3.1 * depth[known].max()
    assert filled.min() >= depth[known].min() / 3.1


def test_the_sky_goes_on_into_a_hole_and_ends_at_the_wall():
    depth = np.full((120, 160), 5.0, np.float32)
    depth[:60] = np.inf
    depth[:, 60:100] = np.nan
    filled, _ = extrapolate_depth(depth)
    assert np.isinf(filled[:58]).all()
    np.testing.assert_allclose(filled[62:], 5.0, rtol=1e-3)


def test_confidence_falls_with_the_way_into_a_hole():
    _, confidence = extrapolate_depth(with_hole(np.full((120, 160), 2.0), 'right'))
    row = confidence[60]
    assert (row[:110] == 1).all() and (np.diff(row[109:]) < 0).all() and row[-1] < 0.4


def test_nothing_known_gives_three_metres_without_confidence():
    filled, confidence = extrapolate_depth(np.full((12, 16), np.nan, np.float32))
    assert (filled == 3.0).all() and (confidence == 0).all()


def test_only_sky_known_gives_sky():
    depth = np.full((40, 40), np.nan, np.float32)
    depth[:10] = np.inf
    assert np.isinf(extrapolate_depth(depth)[0]).all()


def test_nothing_unknown_changes_nothing():
    depth = np.random.default_rng(0).uniform(1, 5, (12, 16)).astype(np.float32)
    filled, confidence = extrapolate_depth(depth)
    np.testing.assert_array_equal(filled, depth)
    assert (confidence == 1).all()


def test_without_any_flat_window_the_nearest_depth_is_continued_with_little_confidence():
    depth = np.full((40, 40), np.nan, np.float32)
    depth[20, 20] = 4.0
    filled, confidence = extrapolate_depth(depth)
    np.testing.assert_allclose(filled, 4.0, rtol=1e-5)
    assert confidence[20, 20] == 1 and confidence[20, 21] < 0.31


def test_depth_that_is_not_positive_is_filled():
    depth = np.full((40, 40), 2.0, np.float32)
    depth[10:20, 10:20] = 0.0
    depth[30, 30] = -1.0
    np.testing.assert_allclose(extrapolate_depth(depth)[0], 2.0, rtol=1e-5)


@pytest.mark.parametrize('shape', [(1, 1), (1, 30), (30, 1), (3, 5), (9, 8)])
def test_tiny_images_are_completed(shape):
    depth = np.full(shape, 2.0, np.float32)
    depth[-1, -1] = np.nan
    filled, _ = extrapolate_depth(depth)
    assert (filled > 0).all()


def test_the_same_depth_gives_the_same_bytes():
    depth = with_hole(plane_depth(CAMERA, (0.2, 0.4, 1), 2.0), 'middle')
    for a, b in zip(extrapolate_depth(depth), extrapolate_depth(depth.copy()), strict=True):
        assert a.tobytes() == b.tobytes()


def test_the_gaps_of_a_sensor_keep_the_edge_between_two_surfaces():
    depth = np.full((60, 80), 2.0, np.float32)
    depth[:, 40:] = 3.0
    gap = depth.copy()
    gap[10:50, 32:48] = np.nan
    sharp = extrapolate_depth(gap, smooth=False)[0]
    assert np.mean(np.abs(sharp / depth - 1) < 0.01) > 0.99
    assert np.mean(np.abs(extrapolate_depth(gap)[0] / depth - 1) < 0.01) < 0.98
