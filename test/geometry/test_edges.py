# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth edges: steps and flying pixels, not slanted planes."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.edges import depth_edges
from strategies import plane_depth

CAMERA = PinholeCamera(525.0, 525.0, 319.5, 239.5, 640, 480)
SMALL = PinholeCamera(90.0, 90.0, 79.5, 59.5, 160, 120)


@pytest.mark.parametrize('camera', [CAMERA, SMALL])
@pytest.mark.parametrize('reach', [np.inf, 100.0])
def test_a_floor_to_the_horizon_is_not_an_edge(camera, reach):
    floor = plane_depth(camera, (0, 1, 0), 1.2)
    floor[floor > reach] = np.inf
    assert np.isinf(floor).any()
    assert not depth_edges(floor.astype(np.float32)).any()


@settings(deadline=None)
@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.3, 1), st.floats(0.5, 8))
def test_no_slanted_plane_is_an_edge(x, y, z, distance):
    depth = plane_depth(SMALL, (x, y, z), distance)
    depth[depth > 100] = np.inf
    assert not depth_edges(depth.astype(np.float32)).any()


@settings(deadline=None)
@given(st.floats(0.5, 5.0), st.floats(1.12, 10.0), st.integers(3, 20), st.booleans())
def test_a_step_is_an_edge_on_both_sides_and_nowhere_else(near, ratio, column, upright):
    depth = np.full((24, 24), near, np.float32)
    depth[:, column:] = near * ratio
    expected = np.zeros(depth.shape, bool)
    expected[:, column - 2:column + 2] = True
    if upright:
        depth, expected = depth.T, expected.T
    np.testing.assert_array_equal(depth_edges(depth), expected)


def test_a_step_below_the_threshold_is_not_an_edge():
    depth = np.full((20, 20), 2.0, np.float32)
    depth[:, 10:] = 2.06
    assert not depth_edges(depth).any()
    assert depth_edges(depth, threshold=0.02)[:, 8:12].all()


def test_a_single_flying_pixel_is_an_edge():
    depth = np.full((20, 20), 2.0, np.float32)
    depth[10, 10] = 2.5
    assert depth_edges(depth)[10, 10]


def test_a_flying_pixel_beside_a_hole_is_an_edge():
    depth = np.full((20, 20), 2.0, np.float32)
    depth[:, 9:] = 4.0
    depth[:, 8], depth[:, 9:13] = 3.0, np.nan
    edge = depth_edges(depth)
    assert edge[:, 8].all() and not edge[:, :6].any() and not edge[:, 13:].any()


def test_holes_and_borders_alone_are_no_edges():
    depth = plane_depth(SMALL, (0.4, 0.5, 0.7), 2.0).astype(np.float32)
    depth[30:50, 40:90] = np.nan
    depth[::7, ::5] = 0.0
    assert not depth_edges(depth).any()


def test_a_wall_before_the_sky_is_an_edge_and_the_sky_is_not():
    depth = np.full((20, 20), 10.0, np.float32)
    depth[:8] = np.inf
    expected = np.zeros(depth.shape, bool)
    expected[8:10] = True
    np.testing.assert_array_equal(depth_edges(depth), expected)


def test_a_wire_before_the_sky_is_an_edge():
    depth = np.full((20, 20), np.inf, np.float32)
    depth[10] = 5.0
    assert depth_edges(depth)[10].all()


def test_the_crease_between_floor_and_wall_is_not_an_edge():
    depth = np.minimum(plane_depth(CAMERA, (0, 1, 0), 1.2), 4.0).astype(np.float32)
    assert not depth_edges(depth).any()


def test_a_wider_window_marks_more_around_a_step():
    depth = np.full((20, 20), 2.0, np.float32)
    depth[:, 10:] = 4.0
    assert [int(depth_edges(depth, window=w)[5].sum()) for w in (3, 5, 7, 9)] == [2, 4, 6, 8]


@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (9, 1), (3, 2)])
def test_tiny_images_pass(shape):
    assert not depth_edges(np.ones(shape, np.float32)).any()
    assert not depth_edges(np.full(shape, np.nan, np.float32)).any()
