# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import time

import numpy as np
import pytest

from geo_world_model.cache import blocks, mapping
from geo_world_model.cache.cache import Cache
from geo_world_model.cache.foresight import ask_ahead, extrapolate
from geo_world_model.evaluation.building_scan import Building, level_pose
from geo_world_model.geometry.camera import PinholeCamera

CAMERA = PinholeCamera(96.0, 96.0, 79.5, 43.5, 160, 88)


@pytest.fixture(scope='module')
def building(tmp_path_factory):
    """Return the file of a building of nine rooms, many blocks large."""
    path = tmp_path_factory.mktemp('building') / 'world.gwm'
    cache = Cache(path, index_points=0)
    for number in range(54):
        cache.commit('keyframe' if number else 'seed',
                     Building(9).scan(CAMERA, number // 6, number), 1)
    cache.close()
    return path


def test_a_camera_goes_on_as_it_did():
    a, b = level_pose(np.array([1.0, 2.0, 1.3]), 0.1), level_pose(np.array([1.1, 2.0, 1.3]), 0.3)
    after = extrapolate(a, b)
    assert np.abs(after.matrix[:3, :3] - level_pose(np.zeros(3), 0.5).matrix[:3, :3]).max() < 1e-6
    assert 0.09 < after.distance_to(b)[0] < 0.11


def test_after_a_jump_nothing_is_expected():
    assert extrapolate(level_pose(np.zeros(3), 0.0), level_pose(np.array([9.0, 0, 0]), 0)) is None


def test_what_the_next_view_draws_nearby_was_asked_for(building, monkeypatch):
    cache = Cache(building, read_only=True, index_points=0)
    points, asked = cache.cloud.surfaces, set()
    record, x = points._columns['record'], points._columns['x']
    monkeypatch.setattr(x, 'fetch', lambda first, last: asked.update(
        range(first // blocks.BLOCK, last // blocks.BLOCK)))
    poses = [level_pose(np.array([2.0 + 0.2 * step, 3.0, 1.3]), 0.0) for step in range(3)]
    ask_ahead(points, CAMERA, poses[0], poses[1], cache.version)
    assert 0 < len(asked) < len(points.used)
    cache.render(CAMERA, poses[2])
    drawn = set(np.flatnonzero(points.used[:, blocks.PLACE]).tolist())
    assert drawn and drawn <= asked
    assert isinstance(record.mapping, mapping.Mapping)
    cache.close()


def test_nothing_is_asked_for_twice(building, monkeypatch):
    cache = Cache(building, read_only=True, index_points=0)
    calls = []
    monkeypatch.setattr(mapping.Mapping, 'advise', lambda *arguments: calls.append(arguments))
    poses = [level_pose(np.array([2.0 + 0.2 * step, 3.0, 1.3]), 0.0) for step in range(3)]
    ask_ahead(cache.cloud.surfaces, CAMERA, poses[0], poses[1], cache.version)
    assert calls
    calls.clear()
    ask_ahead(cache.cloud.surfaces, CAMERA, poses[0], poses[1], cache.version)
    assert not calls
    cache.close()


def test_views_that_follow_each_other_are_thought_ahead(building, monkeypatch):
    cache = Cache(building, read_only=True, index_points=0)
    calls = []
    monkeypatch.setattr(mapping.Mapping, 'advise', lambda *arguments: calls.append(arguments))
    for step in range(2):
        cache.render(CAMERA, level_pose(np.array([2.0 + 0.2 * step, 3.0, 1.3]), 0.3 * step))
    end = time.perf_counter() + 10
    while not calls and time.perf_counter() < end:
        time.sleep(0.01)
    assert calls
    cache.close()
