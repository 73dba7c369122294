# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace

import numpy as np
import pytest
from synthetic import pose_at, write_recording

from geo_world_model.datasets.recording import Recording
from geo_world_model.evaluation import health_limits
from geo_world_model.evaluation.protocol.place import procedural_places, recorded_places


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
    assert share(rows, 'black', 'by_colour') == 1 and share(rows, 'brighter by 0.2') > 0.6
    for name in ('brighter by 0.2', 'black'):
        assert share(rows, f'{name}, in holes', 'by_colour') == 0
        assert share(rows, f'{name}, in holes', 'by_colour_step') > 0.6
    assert share(rows, 'rough depth', 'by_depth') == 1
    # a scale is taken away by the alignment, unless the known pixels hide it
    assert share(rows, 'scaled depth') == 0
    assert share(rows, 'scaled depth, in holes', 'by_depth_step') == 1


def test_recordings_whose_sensor_has_holes_can_be_the_truth(tmp_path):
    recording = Recording(write_recording(tmp_path / 'r', [pose_at(0.1 * i, yaw_deg=8.0 * i)
                                                           for i in range(3)]))
    place = next(recorded_places(recording, 1, 3))
    frame = place.frame

    def with_hole(index):
        view = frame(index)
        depth = view.depth.copy()
        depth[20:40, 30:70] = np.nan
        return replace(view, depth=depth)

    place.frame = with_hole
    rows = health_limits.measure(place, ['classical'], None)
    assert share(rows, 'truth') == 0 and share(rows, 'black') == 1
