# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.procedural.textures import (
    _stripe, BOOKS, BRICKS, CHECKS, FACADE, GRAIN, NOISE, octaves, PICTURE, PLANKS, SPECKLE,
    STRIPES, TEXT, texture, TILES)

PATTERNS = (PLANKS, TILES, BRICKS, NOISE, CHECKS, STRIPES, BOOKS, PICTURE, FACADE, TEXT, SPECKLE,
            GRAIN)


def material(kind, scale=0.2):
    return np.array([kind, scale, scale, 1.0, 5, .1, .1, .1, .9, .9, .9, .5, .5, .5, 0, 0])


def greens(kind, foot, swapped=0):
    """A strip of the texture, (2000,), as pixels of a footprint (m) see it."""
    row = material(kind)
    row[15] = swapped
    return np.array([texture(row, 0.01 * k * np.cos(1.0), 0.01 * k * np.sin(1.0), foot, foot)[1]
                     for k in range(2000)])


@pytest.mark.parametrize('kind', PATTERNS)
def test_a_pattern_is_seen_from_near_and_gone_from_afar(kind):
    near, far = greens(kind, 1e-4), greens(kind, 5.3)
    assert near.min() >= 0 and near.max() <= 1
    assert near.std() > 0.05
    assert far.std() < 0.1 * near.std() + 0.01
    assert far.mean() == pytest.approx(near.mean(), abs=0.12)


def test_stripes_are_integrated_over_the_footprint():
    for foot in (0.07, 0.6, 2.3):
        for x in np.linspace(-2, 2, 23):
            dense = (x - foot / 2 + foot * (np.arange(20000) + 0.5) / 20000 + 0.15) % 1 < 0.3
            assert _stripe(x, 0.3, foot) == pytest.approx(dense.mean(), abs=2e-3)


def test_swapping_turns_a_pattern():
    row, turned = material(STRIPES), material(STRIPES)
    turned[15] = 1
    assert texture(row, 0.31, 0.77, 0.01, 0.02) == texture(turned, 0.77, 0.31, 0.02, 0.01)
    assert not np.array_equal(greens(BRICKS, 0.01), greens(BRICKS, 0.01, 1))


def test_noise_is_the_same_everywhere_on_earth():
    # far from the origin and on the negative side, no seams and no overflow
    values = [octaves(x, y, 0.01, 0.01, 1 << 20) for x in (-1e6, -0.5, 0.5, 1e6)
              for y in (-1e6, 0.25, 1e6)]
    assert len(set(values)) == 12 and 0 < min(values) and max(values) < 1
    assert octaves(0.9999999, 0.3, 0.01, 0.01, 4) == pytest.approx(
        octaves(1.0000001, 0.3, 0.01, 0.01, 4), abs=1e-5)
