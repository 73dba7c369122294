# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Estimates of every kind are brought to metres; no network is needed."""

import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.generators import Request
from geo_world_model.generators.depth_estimate import AFFINE, Estimate, INVERSE, METRES
from geo_world_model.generators.pretrained.anchoring import (
    anchor_to_ground, anchor_to_known, ground_depth)
from geo_world_model.generators.pretrained.depth_estimator import _without_flying_pixels
from geo_world_model.geometry.view import LIFTED, View

HOLE = np.s_[30:90, 50:110]


@pytest.fixture(scope='module')
def room():
    return room_view(pose_at())


def estimates(depth):
    """What perfect models of each kind would say."""
    return {METRES: Estimate((0.7 * depth).astype(np.float32), METRES),
            INVERSE: Estimate((40 / depth - 3).astype(np.float32), INVERSE),
            AFFINE: Estimate(((depth - depth.min()) / np.ptp(depth)).astype(np.float32), AFFINE)}


def ring():
    """Pixels around the hole."""
    mask = np.zeros((CAMERA.height, CAMERA.width), bool)
    mask[20:100, 40:120] = True
    mask[HOLE] = False
    return mask


@pytest.mark.parametrize('kind', [METRES, INVERSE, AFFINE])
def test_the_known_rim_gives_scale_and_shift_in_spite_of_outliers(room, kind):
    depth = room[1].astype(np.float32)
    known = depth.copy()
    wrong = ring() & (np.random.default_rng(0).random(depth.shape) < 0.15)
    known[wrong] *= 2
    known[HOLE] = np.nan
    anchored = anchor_to_known(estimates(depth)[kind], known, ring())
    assert np.abs(anchored.depth[HOLE] / depth[HOLE] - 1).max() < 0.03


def test_what_disagrees_with_the_rim_is_trusted_less(room):
    depth = room[1].astype(np.float32)
    known = depth.copy()
    known[HOLE] = np.nan
    noise = np.random.default_rng(0).normal(1, 0.3, depth.shape)
    good = anchor_to_known(estimates(depth)[METRES], known, ring())
    bad = anchor_to_known(Estimate(np.float32(depth * np.clip(noise, 0.3, 2)), METRES), known,
                          ring())
    assert good.deviation[HOLE].max() < 0.02 < 0.1 < bad.deviation[HOLE].mean()


def test_a_models_own_doubt_lowers_the_trust(room):
    depth = room[1].astype(np.float32)
    known = depth.copy()
    known[HOLE] = np.nan
    sure = estimates(depth)[AFFINE]
    spread = np.full(depth.shape, 0.1, np.float32)
    doubt = anchor_to_known(Estimate(sure.values, AFFINE, spread), known, ring())
    # a tenth of the range, as a share of the depth
    wanted = 0.1 * np.ptp(depth) / depth[HOLE]
    assert np.abs(doubt.deviation[HOLE] / wanted - 1).max() < 0.05


def first_photograph(rgb):
    shape = rgb.shape[:2]
    view = View(rgb, np.full(shape, np.nan, np.float32), np.full(shape, LIFTED, np.uint8), CAMERA,
                pose_at())
    return Request('lift', view, np.full(shape, np.inf, np.float32))


def test_the_ground_gives_a_first_photograph_its_metres(room):
    asked = first_photograph(room[0])
    depth = room[1].astype(np.float32)
    ground = ground_depth(asked)
    seen = ~np.isnan(ground)
    assert seen.mean() > 0.05
    for kind, estimate in estimates(depth).items():
        anchored = anchor_to_ground(estimate, asked)
        assert anchored.grounded
        error = np.abs(anchored.depth / depth - 1)
        assert np.median(error) < 0.05, kind


def test_without_a_ground_metres_are_the_models_or_a_guess_that_says_so(room):
    seen = first_photograph(room[0])
    no_ground = Request('lift', seen.view, seen.bound, ground=1.2)  # the camera lies on it
    assert np.isnan(ground_depth(no_ground)).all()
    depth = room[1].astype(np.float32)
    own = estimates(depth)
    metric = anchor_to_ground(own[METRES], no_ground)
    np.testing.assert_allclose(metric.depth, own[METRES].values, rtol=1e-5)
    assert metric.grounded and metric.deviation.min() >= 0.2
    for kind in (INVERSE, AFFINE):
        guess = anchor_to_ground(own[kind], no_ground)
        assert abs(np.median(guess.depth) - 3) < 0.01 and not guess.grounded
        assert guess.deviation.min() >= 2


def test_pixels_that_fly_between_two_surfaces_are_put_on_one_of_them():
    depth = np.full((40, 60), 2.0, np.float32)
    depth[:, 30:] = 5
    depth[:, 29], depth[:, 30] = 2.9, 4
    clean, flies = _without_flying_pixels(depth)
    assert flies[:, 29:31].all()
    assert np.all((np.abs(clean - 2) < 0.05) | (np.abs(clean - 5) < 0.05))
