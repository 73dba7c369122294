# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import numpy as np
import pytest

from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render
from geo_world_model.evaluation.building_scan import Building, DOOR, ROOM
from geo_world_model.evaluation.size_benchmark import run
from geo_world_model.geometry.camera import PinholeCamera

CAMERA = PinholeCamera(96.0, 96.0, 79.5, 43.5, 160, 88)


def test_every_point_of_a_scan_lies_on_a_wall_a_floor_or_a_ceiling():
    cloud = PointCloud()
    for number in range(6):
        cloud.add(number + 1, Building(9).scan(CAMERA, number, number))
    s = cloud.surfaces
    place = np.stack([s.x, s.y, s.z], 1) / ROOM
    beside = np.abs(place - np.rint(place)) * ROOM
    assert beside.min(1).max() < 0.02
    # nothing hangs in a door
    for axis in range(2):
        only = (beside[:, axis] < 1e-3) & (beside[:, 1 - axis] > 0.05) & (beside[:, 2] > 0.05)
        in_door = ((np.abs(place[:, 1 - axis] % 1 - 0.5) * ROOM[1 - axis] < DOOR[0] / 2 - 0.05)
                   & (s.z < DOOR[1] - 0.05))
        # a ray may end in the last of many doors
        assert np.mean(in_door[only]) < 0.01


def test_rooms_look_alike():
    views = []
    for room in (0, 4):
        cloud, building = PointCloud(), Building(9)
        for number in range(3):
            cloud.add(number + 1, building.scan(CAMERA, room, number))
        views.append(render(cloud, CAMERA, building.scan(CAMERA, room, 1).pose, 3))
    assert np.mean(views[0].rgb == views[1].rgb) > 0.95


@pytest.mark.parametrize('commits', [None, [4, 8]])
def test_rows_hold_what_was_measured(tmp_path, commits):
    rows = run([60_000], (160, 88), 5, 600, commits, tmp_path, tmp_path / 'rows.json')
    assert json.loads((tmp_path / 'rows.json').read_text()) == rows
    assert [file.name for file in tmp_path.iterdir()] == ['rows.json']
    if commits:
        assert [row['commits'] for row in rows] == commits
        assert rows[0]['points'] < rows[1]['points']
    else:
        assert [row['limit_mb'] for row in rows] == [None, 600]
        assert rows[0]['pixels'] == rows[1]['pixels']
        # a small world has an index when it is asked for
        assert all(row['restored'] == row['keyframes'] for row in rows)
        assert all(0 < row['peak_mb'] < 600 for row in rows)
    for row in rows:
        assert row['open_s'] > 0
