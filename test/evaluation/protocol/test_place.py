# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.procedural.recording import write_procedural
from geo_world_model.datasets.recording import Recording
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.protocol.place import procedural_places, recorded_places
from geo_world_model.evaluation.protocol.trajectories import median_depth, trajectories
from synthetic import pose_at, write_recording


@pytest.fixture(scope='module')
def place():
    return next(procedural_places(7, 1, 2, (64, 36), 'room'))


def test_procedural_places_are_those_of_the_data_set(tmp_path, place):
    write_procedural(tmp_path / 'r', scenes=1, views=2, seed=7, size=(64, 36), kind='room')
    recorded = next(recorded_places(Recording(tmp_path / 'r'), 1, 2))
    for index in range(2):
        ours, theirs = place.frame(index), recorded.frame(index)
        assert np.array_equal(ours.rgb, theirs.rgb)
        assert np.allclose(ours.depth, theirs.depth, atol=6e-4)
        assert np.allclose(ours.pose.matrix, theirs.pose.matrix, atol=1e-6)


def test_ways_go_up_left_right_and_around_what_is_ahead(place):
    ways = trajectories(place, 3)
    start = place.frame(0).pose.matrix
    forward = start[:3, 2] * [1, 1, 0]
    left = np.cross([0, 0, 1], forward / np.linalg.norm(forward))
    last = {name: views[-1].pose.matrix for name, views in ways.items()}
    moved = {name: pose[:3, 3] - start[:3, 3] for name, pose in last.items()}
    assert moved['up'][2] > 0.02 and last['up'][2, 2] < start[2, 2]
    assert moved['left'] @ left > 0.02 > -0.02 > moved['right'] @ left
    assert last['left'][:3, 2] @ left > start[:3, 2] @ left > last['right'][:3, 2] @ left
    assert moved['orbit'] @ left > 0.02
    # it still looks at the same place
    unit = median_depth(place.frame(0))
    middle = start[:3, 3] + unit * forward / np.linalg.norm(forward)
    before, after = (pose[:3, :3].T @ (middle - pose[:3, 3]) for pose in (start, last['orbit']))
    assert np.allclose(before, after, atol=1e-5)


def test_places_of_one_recording_start_at_even_steps(tmp_path):
    recording = Recording(write_recording(tmp_path / 'r', [pose_at(0.02 * i) for i in range(9)]))
    places = list(recorded_places(recording, 3, 3))
    assert [place.name for place in places] == ['frame 0', 'frame 3', 'frame 6']
    assert all(len(place) == 3 for place in places)
    assert places[0].truth(places[0].frame(0).pose) is None
    with pytest.raises(ConfigError, match='at least 10'):
        next(recorded_places(recording, 1, 10))


def test_every_kind_and_mixture_of_scenes_can_be_the_truth():
    for kind in ('parlour', 'workshop', 'garden'):
        place = next(procedural_places(7, 1, 2, (32, 16), kind))
        assert place.name == f'{kind} 0' and np.isfinite(place.frame(1).depth).any()
    names = [place.name.split()[0] for place in procedural_places(7, 12, 2, (16, 16), 'varied')]
    assert set(names) & {'parlour', 'workshop', 'garden'}
    with pytest.raises(ConfigError, match='expected one of mixed, varied'):
        next(procedural_places(7, 1, 2, (32, 16), 'castle'))
