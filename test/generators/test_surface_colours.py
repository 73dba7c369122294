# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Colours flow along surfaces, and a sliver takes nothing of what is on its other side."""

import numpy as np

from geo_world_model.generators.surface_colours import fill_colours


def sliver(width):
    """A white sky left of a hole, a grey wall right of it; returns rgb, hole and sky."""
    rgb = np.full((40, 60, 3), 250, np.uint8)
    rgb[:, 30:] = 120
    hole = np.zeros((40, 60), bool)
    hole[:, 30 - width:30] = True
    sky = np.zeros((40, 60), bool)
    sky[:, :30] = True
    rgb[hole] = 0
    return rgb, hole, sky


def test_a_sliver_of_sky_beside_a_wall_is_as_white_as_the_sky():
    for width in (1, 2, 5):
        rgb, hole, sky = sliver(width)
        label = np.where(sky, 1, 0).astype(np.uint8)
        filled = fill_colours(rgb, hole, label, np.zeros_like(hole), 1.0, 7, plain=sky)
        assert (filled[hole] >= 248).all()
        np.testing.assert_array_equal(filled[~hole], rgb[~hole])


def test_surfaces_that_meet_within_a_hole_lead_over_into_each_other():
    rgb, hole, sky = sliver(5)
    hole[:, 30:35] = True
    label = np.where(sky, 1, 0).astype(np.uint8)
    filled = fill_colours(rgb, hole, label, np.zeros_like(hole), 0.0, 7)
    assert (filled[:, 25:29] >= 248).all() and (filled[:, 31:35] <= 122).all()
    assert ((filled[:, 29] < 245) & (filled[:, 30] > 125)).all()


def test_only_what_is_wanted_is_filled():
    rgb, hole, sky = sliver(5)
    wanted = hole.copy()
    wanted[:20] = False
    filled = fill_colours(rgb, hole, sky.astype(np.uint8), np.zeros_like(hole), 1.0, 7, wanted)
    assert (filled[:20][hole[:20]] == 0).all() and (filled[20:][hole[20:]] > 200).all()
