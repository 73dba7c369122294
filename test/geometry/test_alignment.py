# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Alignment of inverse depth: recovers known maps among outliers, and says when it cannot."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.geometry.alignment import fit_inverse_depth, InverseDepthAlignment

OUTLIERS = {'far': lambda t, r: t * r.uniform(1.3, 4.0, t.size),
            'near': lambda t, r: t * r.uniform(0.2, 0.7, t.size),
            'anywhere': lambda t, r: r.uniform(0.3, 10.0, t.size)}


def pair(seed, scale, shift, size=600):
    """Source depth and the target depth of a known map, metres."""
    source = 1 / np.random.default_rng(seed).uniform(0.15, 1.0, size)
    return source, 1 / (scale / source + shift)


@settings(deadline=None)
@given(st.integers(0, 10 ** 6), st.floats(0.3, 3.0), st.floats(-0.4, 2.0))
def test_clean_depth_gives_the_exact_map(seed, scale, relative_shift):
    source, target = pair(seed, scale, relative_shift * 0.15 * scale)
    fit = fit_inverse_depth(source, target)
    assert fit.kind == 'affine' and fit.inliers == 1.0
    np.testing.assert_allclose(fit.apply(source), target, rtol=1e-5)


@settings(deadline=None)
@given(st.integers(0, 10 ** 6), st.floats(0.3, 3.0), st.floats(-0.8, 2.0),
       st.sampled_from(sorted(OUTLIERS)))
def test_thirty_percent_outliers_do_not_move_the_map(seed, scale, relative_shift, kind):
    shift = relative_shift * 0.15 * scale
    source, target = pair(seed, scale, shift)
    r = np.random.default_rng(seed + 1)
    wrong = r.permutation(target.size) < 0.3 * target.size
    measured = np.where(wrong, OUTLIERS[kind](target, r), target)
    measured = measured * (1 + 0.003 * r.standard_normal(target.size))
    fit = fit_inverse_depth(source, measured)
    assert fit.kind == 'affine'
    error = np.abs(fit.apply(source) / target - 1)
    assert np.median(error) < 0.005 and error.max() < 0.03
    assert fit.residual < 0.01 and fit.inliers > 0.65


def test_the_mask_and_the_weights_choose_the_pixels():
    source, target = pair(1, 2.0, 0.1)
    half = np.arange(target.size) < target.size // 2
    mixed = np.where(half, target, 3 * target)
    for fit in (fit_inverse_depth(source, mixed, mask=half),
                fit_inverse_depth(source, mixed, weights=half.astype(float))):
        assert (fit.scale, fit.shift) == pytest.approx((2.0, 0.1), rel=1e-6)


def test_unknown_and_unbounded_pixels_do_not_count():
    source, target = pair(2, 1.5, 0.05)
    source[::7], target[::5], target[1::9] = np.nan, np.inf, 0.0
    fit = fit_inverse_depth(source.reshape(20, 30), target.reshape(20, 30))
    assert (fit.scale, fit.shift) == pytest.approx((1.5, 0.05), rel=1e-6)


def test_few_pixels_give_only_a_scale():
    source, target = pair(3, 1.5, 0.0, size=9)
    target[:3] *= 5
    fit = fit_inverse_depth(source, target)
    assert fit.kind == 'scale' and fit.shift == 0.0 and fit.scale == pytest.approx(1.5)


def test_a_source_without_relief_gives_only_a_scale():
    fit = fit_inverse_depth(np.full(500, 2.0), np.linspace(3.9, 4.1, 500))
    assert fit.kind == 'scale' and fit.scale == pytest.approx(0.5, rel=1e-2)


def test_depth_turned_around_gives_only_a_scale():
    source = np.linspace(1.0, 4.0, 500)
    assert fit_inverse_depth(source, 1 / (1.2 - 1 / source)).kind == 'scale'


def test_no_pixel_gives_the_identity():
    nothing = np.full((4, 5), np.nan)
    fit = fit_inverse_depth(nothing, np.ones((4, 5)))
    assert (fit.scale, fit.shift, fit.inliers, fit.kind) == (1.0, 0.0, 0.0, 'identity')
    depth = np.array([0.5, 3.0], np.float32)
    np.testing.assert_array_equal(fit.apply(depth), depth)


@settings(deadline=None)
@given(st.floats(0.2, 5.0), st.floats(-3.0, 3.0),
       st.lists(st.floats(width=32, allow_nan=True), min_size=1, max_size=20))
def test_aligned_depth_is_positive_and_keeps_what_is_unknown_or_unbounded(scale, shift, depth):
    depth = np.array(depth, np.float32)
    aligned = InverseDepthAlignment(scale, shift, 1.0, 0.0, 'affine').apply(depth)
    assert aligned.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(aligned), ~(depth > 0))
    assert (aligned[depth == np.inf] == np.inf).all()
    assert (aligned[(depth > 1e-30) & (depth < np.inf)] > 0).all()


def test_what_would_lie_behind_infinity_becomes_unbounded():
    fit = InverseDepthAlignment(1.0, -0.25, 1.0, 0.0, 'affine')
    np.testing.assert_array_equal(fit.apply([2.0, 4.0, 8.0]), [4.0, np.inf, np.inf])


def test_the_same_input_gives_the_same_fit():
    source, target = pair(4, 0.7, 0.02)
    target[::3] *= 2
    assert fit_inverse_depth(source, target) == fit_inverse_depth(source.copy(), target.copy())
