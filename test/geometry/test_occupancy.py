# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A grid says free, occupied and unknown where the points of a place say so."""

import numpy as np
import pytest

from geo_world_model.geometry import occupancy
from geo_world_model.geometry.occupancy import (
    floor_height, FREE, OCCUPIED, occupancy_of, UNKNOWN)


def points(*rows):
    return np.array(rows, np.float32).reshape(-1, 3)


def cell(grid, x, y):
    return grid.cells[int(np.floor((y - grid.y) / grid.resolution)),
                      int(np.floor((x - grid.x) / grid.resolution))]


def test_floor_is_free_things_are_occupied_and_the_rest_is_unknown():
    grid = occupancy_of(points(
        (-0.97, 0.03, 0.0), (-0.88, 0.01, 0.09), (0.53, 0.22, 0.5), (0.54, 0.21, 1.4),
        (0.53, 0.22, 0.01), (0.22, 0.42, 0.5), (0.22, 0.42, 0.0), (0.82, 0.01, 1.9),
        (0.82, 0.01, 2.5), (0.82, 0.01, 0.0), (1.2, 1.0, -0.7), (1.22, 0.93, 0.02)),
        0.05, 0.1, 1.5)
    assert cell(grid, -0.97, 0.03) == FREE and cell(grid, -0.88, 0.01) == FREE
    assert cell(grid, 0.53, 0.22) == OCCUPIED
    assert cell(grid, 0.22, 0.42) == FREE, 'one point is no obstacle'
    assert cell(grid, 0.82, 0.01) == FREE, 'what hangs above a robot is no obstacle'
    assert cell(grid, 0.02, 0.02) == UNKNOWN
    assert (grid.cells == OCCUPIED).sum() == 1 and (grid.cells == FREE).sum() == 5
    assert (grid.x, grid.y) == pytest.approx((-1.0, 0.0)) and grid.cells.shape == (19, 45)


def test_one_point_in_the_room_of_a_robot_counts_where_it_is_told_to():
    assert occupancy_of(points((0, 0, 0.5)), 0.05, 0.1, 1.5, least=1).cells.tolist() == [[100]]


def test_the_ground_may_be_elsewhere():
    at = points((0.0, 0.0, 3.0), (1.0, 0.0, 3.5), (1.0, 0.0, 3.6))
    grid = occupancy_of(at, 0.1, 0.1, 1.5, ground=3.0)
    assert cell(grid, 0.0, 0.0) == FREE and cell(grid, 1.0, 0.0) == OCCUPIED


@pytest.mark.parametrize('nothing', [points(), points((0, 0, 9)), points((0, 0, -9))])
def test_a_place_without_floor_and_things_is_an_empty_grid(nothing):
    assert occupancy_of(nothing, 0.05, 0.1, 1.5).cells.shape == (0, 0)


def test_a_large_place_gets_larger_cells(monkeypatch):
    monkeypatch.setattr(occupancy, 'MOST_CELLS', 100)
    grid = occupancy_of(points((-3, -4, 0), (3, 4, 0)), 0.05, 0.1, 1.5)
    assert grid.resolution == pytest.approx(0.8) and grid.cells.size <= 100
    assert cell(grid, -3, -4) == FREE and cell(grid, 3, 4) == FREE


@pytest.mark.parametrize('height', [0.0, 0.17, -0.125, 0.01])
def test_a_floor_beside_zero_is_found_among_walls(height):
    rng = np.random.default_rng(3)
    floor = rng.uniform((-3, -3, height - 0.004), (3, 3, height + 0.004), (2000, 3))
    walls = rng.uniform((3, -3, height), (3.01, 3, height + 2.5), (8000, 3))
    at = np.concatenate([floor, walls]).astype(np.float32)
    assert floor_height(at) == pytest.approx(height, abs=3e-3)
    grid = occupancy_of(at, 0.5, 0.1, 1.5, ground=floor_height(at))
    assert cell(grid, 0.3, 0.3) == FREE and cell(grid, 3.005, 0.3) == OCCUPIED
    assert grid.ground == floor_height(at)


def test_without_a_floor_the_ground_is_zero():
    rng = np.random.default_rng(3)
    assert floor_height(rng.uniform((3, -3, -1), (3.01, 3, 2.5), (8000, 3)).astype('f4')) == 0
    assert floor_height(points()) == 0
