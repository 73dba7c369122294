# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Local planes against numpy's own least squares, window by window."""

import numpy as np
from hypothesis import given, settings, strategies as st

from geo_world_model.geometry.local_planes import fit_local_planes


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
