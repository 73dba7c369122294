# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of unseen worlds: a column for each generator, two rows for each world."""

import pytest

from geo_world_model.datasets.images import read_rgb
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation import worlds_sheet


def test_each_world_has_two_rows_and_each_generator_a_column(tmp_path):
    said = worlds_sheet.run(tmp_path / 'a.jpg', ['classical'], 2, 3, 'room', (64, 48))
    assert said.endswith('2 worlds of seed 3, room')
    picture = read_rgb(tmp_path / 'a.jpg')
    assert picture.shape == (22 + 2 * 2 * 180, 3 * 240, 3)
    rendering, classical = picture[22:202, :240], picture[22:202, 240:480]
    black = (rendering < 8).all(-1)
    assert 0.15 < black.mean() < 0.65 and (classical[black] > 8).any(-1).mean() > 0.5


@pytest.mark.parametrize('out, generators, worlds', [
    ('a.gif', ['classical'], 1), ('a.jpg', [], 1), ('a.jpg', ['classical'], 0)])
def test_no_picture_is_promised_of_nothing(tmp_path, out, generators, worlds):
    with pytest.raises(ConfigError, match='ends in .jpg or .png'):
        worlds_sheet.run(tmp_path / out, generators, worlds)
