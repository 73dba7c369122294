# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Local planes against numpy's own least squares, window by window; strips against the whole."""

import numpy as np
from hypothesis import given, settings, strategies as st

from geo_world_model.geometry.local_planes import fit_local_planes
from geo_world_model.geometry.strips import by_strips


def reference(inverse, valid, radius, v, u):
    """value, du, dv, relative residual of one window by numpy.linalg.lstsq."""
    rows, columns = np.nonzero(valid)
    inside = (np.abs(rows - v) <= radius) & (np.abs(columns - u) <= radius)
    rows, columns = rows[inside], columns[inside]
    z = inverse[rows, columns].astype(np.float64)
    a = np.stack([np.ones(z.size), columns - u, rows - v], 1)
    fit = np.linalg.lstsq(a, z, rcond=None)[0]
    return (*fit, np.sqrt(np.mean((a @ fit - z) ** 2)) / z.mean())


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10 ** 6), st.integers(1, 5), st.floats(0.3, 1.0))
def test_every_window_is_the_least_squares_plane(seed, radius, share):
    r = np.random.default_rng(seed)
    inverse = r.uniform(0.2, 1.0, (14, 17)).astype(np.float32)
    valid = r.random(inverse.shape) < share
    planes = fit_local_planes(inverse, valid, radius)
    assert planes.determined.any() or share < 0.7
    for v, u in np.argwhere(planes.determined)[::11]:
        found = [image[v, u] for image in (planes.value, planes.du, planes.dv, planes.residual)]
        np.testing.assert_allclose(found, reference(inverse, valid, radius, v, u), atol=2e-3)
    for v, u in np.argwhere(valid)[::23]:
        window = valid[max(v - radius, 0):v + radius + 1, max(u - radius, 0):u + radius + 1]
        assert planes.support[v, u] == window.sum()


def test_windows_of_few_pixels_or_of_a_line_are_not_determined():
    valid = np.zeros((20, 20), bool)
    valid[5, :] = True
    valid[12:14, 3:5] = True
    planes = fit_local_planes(np.ones((20, 20), np.float32), valid, 4)
    assert not planes.determined[:8].any() and not planes.determined[12:14, 3:5].any()
    assert not planes.du.any() and not planes.dv.any()


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 200), st.integers(0, 6))
def test_strips_give_what_the_whole_image_gives(height, halo):
    image = np.random.default_rng(height).random((height, 3))

    def spread(strip):
        padded = np.pad(strip, ((halo, halo), (0, 0)), constant_values=-1)
        rows = [padded[k:k + strip.shape[0]] for k in range(2 * halo + 1)]
        return np.max(rows, axis=0), strip > 0.5

    for found, expected in zip(by_strips(spread, halo, image), spread(image), strict=True):
        np.testing.assert_array_equal(found, expected)
