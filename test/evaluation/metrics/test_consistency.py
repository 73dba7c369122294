# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What each correction of the published score removes."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.evaluation.metrics.consistency import (consistency, motion,
                                                            published_consistency)
from geo_world_model.evaluation.metrics.depth_consistency import (_between_pixels,
                                                                   depth_consistency)
from geo_world_model.evaluation.metrics.drawing import draw_points, points_of
from geo_world_model.geometry.view import View


def view_at(**where):
    pose = pose_at(**where)
    rgb, depth = room_view(pose)
    return View(rgb, depth, np.ones(depth.shape, np.uint8), CAMERA, pose)


def smooth(view):
    """The same geometry, without texture that rounding to pixels would change."""
    return replace(view, rgb=np.full_like(view.rgb, 120))


WALK = [dict(y=0.1 * i, yaw_deg=3 * i) for i in range(4)]


def test_a_view_drawn_into_itself_is_itself():
    view = view_at()
    rgb, depth = draw_points(*points_of(view), view.camera, view.pose)
    np.testing.assert_array_equal(rgb, view.rgb)
    np.testing.assert_allclose(depth, view.depth, rtol=1e-5)


def test_the_nearest_point_wins_a_pixel():
    points = np.array([[3.0, 0, 1.2], [2.0, 0, 1.2]])
    for order in (slice(None), slice(None, None, -1)):
        rgb, depth = draw_points(points[order], np.array([[9, 9, 9], [7, 7, 7]], np.uint8)[order],
                                 CAMERA, pose_at())
        assert depth.min() == pytest.approx(2.0) and rgb.max() == 7


def test_without_own_points_a_view_that_agrees_with_no_other_is_found():
    views = [smooth(view_at(**where)) for where in WALK]
    odd = replace(views[1], rgb=np.full_like(views[1].rgb, 220),
                  depth=(views[1].depth * 0.999).astype(np.float32))
    views[1] = odd
    # a hair nearer, its own points win in its own picture: as published it disagrees with nobody
    alone = published_consistency([odd])
    assert alone == pytest.approx(0.0, abs=1e-9)
    expected = (100 / 255) ** 2
    assert consistency([views[0], odd])['error'] == pytest.approx(expected, rel=1e-6)
    assert published_consistency([views[0], odd]) < 0.75 * expected


def test_holes_count_as_black_as_published_and_not_when_corrected():
    views = [smooth(view_at(**where)) for where in WALK]
    holed = []
    for view in views:
        depth = view.depth.copy()
        depth[40:80, 40:120] = np.nan
        holed.append(replace(view, depth=depth))
    assert published_consistency(views) < 0.001 < 0.01 < published_consistency(holed)
    assert consistency(holed)['error'] == consistency(views)['error'] == 0.0
    assert consistency(holed)['coverage'] < consistency(views)['coverage']


def test_what_a_surface_hides_is_no_disagreement_but_what_stands_before_it_is():
    view, beside = smooth(view_at()), smooth(view_at(y=0.1))
    box = view.depth.copy()
    box[30:90, 50:110] = 1.0
    # the other view knows no box: it sees the wall behind it, and the box would hide its own wall
    found = consistency([replace(view, depth=box), beside])
    assert found['error'] == 0.0 and 0.05 < found['contradicted'] < 0.3
    # a box that both know hides the wall from one of them, and nobody objects
    aside = beside.depth.copy()
    aside[30:90, 59:119] = 1.0
    assert consistency([replace(view, depth=box), replace(beside, depth=aside)])[
        'contradicted'] < 0.02


def test_a_clip_that_stands_still_is_perfect_as_published_and_says_nothing_when_corrected():
    still = [view_at()] * 4
    assert published_consistency(still) == pytest.approx(0.0, abs=1e-9)
    found = consistency(still)
    assert found['motion'] == 0.0 and np.isnan(found['error'])
    assert np.isfinite(consistency([view_at(**w) for w in WALK])['error'])


def test_motion_adds_metres_and_a_tenth_of_radians():
    views = [view_at(), view_at(y=0.3, yaw_deg=90)]
    assert motion(views) == pytest.approx(0.3 + 0.1 * np.pi / 2, abs=1e-6)


def test_worse_geometry_scores_worse():
    views = [view_at(**where) for where in WALK]
    bent = [replace(view, depth=(view.depth * (1 + 0.15 * i)).astype(np.float32))
            for i, view in enumerate(views)]
    good, bad = consistency(views), consistency(bent)
    assert good['contradicted'] < 0.01 < 0.1 < bad['contradicted']
    assert depth_consistency(views)['score'] > 0.99 > 0.9 > depth_consistency(bent)['score']


def test_depth_consistency_of_one_wrong_depth_is_that_of_its_square():
    view = view_at()
    other = replace(view, depth=(view.depth + 0.5).astype(np.float32))
    assert depth_consistency([view, other])['score'] == pytest.approx(np.exp(-0.25), abs=1e-5)
    # in a world of twice the size the published score falls, the relative one stays
    large = [replace(v, depth=(2 * v.depth).astype(np.float32)) for v in (view, other)]
    assert depth_consistency(large)['score'] == pytest.approx(np.exp(-1.0), abs=1e-4)
    assert depth_consistency(large, relative=True)['score'] == pytest.approx(
        depth_consistency([view, other], relative=True)['score'])


def test_as_published_a_pixel_hidden_in_the_next_view_counts_as_wrong():
    view = view_at()
    wall = replace(view, depth=np.full_like(view.depth, 4.0))
    box = wall.depth.copy()
    box[:, :80] = 1.0
    # half of the pixels (but for those interpolated at its edge) are 3 m behind the box
    found = depth_consistency([wall, replace(wall, depth=box)])
    assert found['score'] == pytest.approx(np.exp(-9 * 0.5), rel=0.02) and found['coverage'] == 1


def test_depth_between_pixels_is_interpolated_and_unknown_beside_a_hole():
    row, column = np.array([0.0, 0.5, 1.0, 1.5]), np.array([0.25, 1.0, 2.0, 1.5])
    ramp = np.add.outer(np.arange(3) * 10.0, np.arange(3))
    assert _between_pixels(ramp, row, column) == pytest.approx(10 * row + column)
    ramp[2, 2] = np.nan
    assert np.isnan(_between_pixels(ramp, row, column)).tolist() == [False, False, False, True]
