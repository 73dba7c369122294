# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.evaluation import health_limits
from geo_world_model.evaluation.protocol.place import procedural_places


@pytest.fixture(scope='module')
def rows():
    places = procedural_places(31, 3, 2, (160, 88), 'room')
    return [row for place in places for row in health_limits.measure(place, ['classical'], None)]


def share(rows, name, column='refused'):
    return float(np.mean([row[column] for row in rows if row['answer'] == name]))


def test_right_answers_are_taken(rows):
    assert {row['answer'] for row in rows if row['should'] == 'be taken'} == {
        'classical', 'truth', 'estimated'}
    assert max(row['refused'] for row in rows if row['should'] == 'be taken') == 0


def test_wrong_answers_are_refused_also_where_they_give_back_what_is_known(rows):
    for name in ('brighter by 0.2', 'noise', 'black'):
        assert share(rows, name, 'by_colour') == 1
        assert share(rows, f'{name}, in holes', 'by_colour') == 0
        assert share(rows, f'{name}, in holes', 'by_colour_step') > 0.6
    assert share(rows, 'rough depth', 'by_depth') == 1
    # a scale is taken away by the alignment, unless the known pixels hide it
    assert share(rows, 'scaled depth') == 0
    assert share(rows, 'scaled depth, in holes', 'by_depth_step') == 1
