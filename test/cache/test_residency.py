# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import gc
import shutil

import numpy as np
import pytest

from geo_world_model.cache import mapping, points, residency
from geo_world_model.cache.blocks import PLACE
from geo_world_model.cache.cache import Cache
from geo_world_model.cache.thinning import thinned
from geo_world_model.evaluation.building_scan import Building
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.storage.fingerprint import fingerprint
from test_point_index import grow


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    """Return the file of a world of 250 thousand points with an index, and its fingerprint."""
    path = tmp_path_factory.mktemp('limited') / 'world.gwm'
    cache = Cache(path, index_points=0)
    grow(cache, 30)
    found = fingerprint(cache, 20), cache.cloud.live_surfaces().tolist()
    cache.close()
    return path, found


@pytest.mark.parametrize('read_only', [False, True])
@pytest.mark.parametrize('limit', [1, 100 << 20, 1 << 40])
def test_a_limit_changes_no_pixel(world, limit, read_only):
    path, expected = world
    cache = Cache(path, read_only, index_points=0, memory_limit=limit)
    assert cache.restored == 30
    assert (fingerprint(cache, 20), cache.cloud.live_surfaces().tolist()) == expected
    cache.close()


@pytest.mark.parametrize('read_only', [False, True])
def test_a_limited_world_that_grows_is_the_one_without_a_limit(world, tmp_path, read_only):
    found = []
    for limit in (1, None):
        path = tmp_path / f'{limit}.gwm'
        shutil.copy(world[0], path)
        cache = Cache(path, index_points=0 if limit else None, memory_limit=limit)
        grow(cache, 5, first=30)
        if read_only and limit:
            # what a reader adds to an index in its own memory is not given back
            cache.points.index.write = lambda *arguments: None
        cache.close()
        cache = Cache(path, read_only, index_points=0, memory_limit=limit)
        found.append((fingerprint(cache, 20), cache.cloud.live_surfaces().tolist()))
        cache.close()
    assert found[0] == found[1]


def resident_pages(cache):
    """Bytes of the index that this process has in memory."""
    total = 0
    names = {str(column.file.path) for part in (cache.cloud.surfaces, cache.cloud.directions)
             for column in part._columns.values()}
    with open('/proc/self/smaps') as file:
        counts = False
        for line in file:
            if '-' in line.split()[0] and ':' not in line.split()[0]:
                counts = line.split()[-1] in names
            elif counts and line.startswith('Rss:'):
                total += int(line.split()[1]) << 10
    return total


def test_what_no_recent_view_used_is_given_back(world):
    path, expected = world
    free = Cache(path, index_points=0)
    assert fingerprint(free, 20) == expected[0]
    assert resident_pages(free) > 5 << 20
    free.close()
    del free
    gc.collect()
    tight = Cache(path, index_points=0, memory_limit=1)
    assert fingerprint(tight, 20) == expected[0]
    assert resident_pages(tight) == 0
    tight.close()


def test_the_last_views_stay_in_memory_while_there_is_room(tmp_path, monkeypatch):
    camera = PinholeCamera(96.0, 96.0, 79.5, 43.5, 160, 88)
    path, building = tmp_path / 'building.gwm', Building(4)
    cache = Cache(path, index_points=0)
    for number in range(48):
        cache.commit('keyframe' if number else 'seed',
                     building.scan(camera, number // 12, number), 1)
    cache.close()
    del cache
    gc.collect()
    cache = Cache(path, read_only=True, index_points=0, memory_limit=1 << 40)
    points = cache.cloud.surfaces
    for pose in list(building.walk(0.5)):
        cache.render(camera, pose)
    last = points.last_use.max()
    latest = points.last_use[:, PLACE] == last
    older = (points.last_use[:, PLACE] < last) & (points.last_use[:, PLACE] > 0)
    assert latest.any() and older.any()
    # as if this process were nothing but its pages of the index
    monkeypatch.setattr(residency, 'resident_bytes', lambda: resident_pages(cache))
    limit = int(resident_pages(cache) * 0.8)
    cache._residency._parts = (points, cache.cloud.directions)
    cache._residency._keep_within(limit, limit)
    assert 0 < resident_pages(cache) <= limit
    assert np.array_equal(points.last_use[:, PLACE] == last, latest)
    assert (points.last_use[older, PLACE] == 0).any()
    cache.close()


def test_advice_never_reaches_beyond_its_bytes(tmp_path):
    file = tmp_path / 'rows'
    file.write_bytes(np.arange(4 * mapping.PAGE, dtype=np.uint8).tobytes())
    with file.open('rb') as opened:
        private = mapping.Mapping(opened.fileno(), 0, 4 * mapping.PAGE, 4 * mapping.PAGE)
    values = private.array(np.dtype(np.uint8))
    values[mapping.PAGE - 1] = values[2 * mapping.PAGE] = 77
    private.advise(1, 2 * mapping.PAGE + 5, mapping.RELEASE)
    assert values[mapping.PAGE - 1] == values[2 * mapping.PAGE] == 77


def test_every_nth_live_point_is_the_same_whether_taken_in_parts_or_at_once(world, monkeypatch):
    monkeypatch.setattr(points, '_PART', 7)
    cache = Cache(world[0], index_points=0, memory_limit=1)
    live, surfaces = np.array(world[1][1]), cache.cloud.surfaces
    assert len(list(cache.cloud.live_parts())) > 20
    for most in (1, 1000, live.size // 2, 10 * live.size):
        xyz, rgb, provenance = thinned(cache.cloud, most)
        chosen = live[::-(-live.size // min(most, live.size))]
        assert 0 < len(xyz) <= most
        np.testing.assert_array_equal(xyz.T, [getattr(surfaces, name)[chosen] for name in 'xyz'])
        np.testing.assert_array_equal(rgb[:, 0], surfaces.rgb[chosen] >> 16)
        np.testing.assert_array_equal(rgb[:, 2], surfaces.rgb[chosen] & 255)
        np.testing.assert_array_equal(provenance, surfaces.provenance[chosen])
    cache.close()
