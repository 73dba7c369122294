# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.errors import SeedError
from geo_world_model.storage.fingerprint import fingerprint
from scenes import random_keyframe, random_pose

WORLDS = Path(__file__).parents[1] / 'cache' / 'worlds'


@pytest.fixture
def world(tmp_path):
    """Return the path of a world that measured something twice."""
    return shutil.copy(WORLDS / 'version_2.gwm', tmp_path / 'w.gwm')


def of_file(path):
    cache = Cache(path, read_only=True)
    try:
        return fingerprint(cache)
    finally:
        cache.close()


def test_processes_thread_counts_and_copies_have_one_fingerprint(world, tmp_path):
    code = ('import sys\nfrom geo_world_model.cache.cache import Cache\n'
            'from geo_world_model.storage.fingerprint import fingerprint\n'
            'print(fingerprint(Cache(sys.argv[1], read_only=True)))\n')
    prints = {subprocess.run(
        [sys.executable, '-c', code, str(world)], capture_output=True, text=True, check=True,
        env=dict(NUMBA_NUM_THREADS=str(n), PYTHONPATH=':'.join(sys.path))).stdout.strip()
        for n in (1, 2)}
    copy = shutil.copy(world, tmp_path / 'copy.gwm')
    assert prints == {of_file(world)} == {of_file(copy)}


def test_a_world_that_grew_by_hand_has_the_fingerprint_of_its_replay(tmp_path):
    rng = np.random.default_rng(4)
    cache = Cache(tmp_path / 'w.gwm')
    for kind in ('seed', 'keyframe', 'keyframe'):
        cache.commit(kind, random_keyframe(rng, random_pose(rng, 0.3)), 1)
    grown = fingerprint(cache)
    cache.close()
    assert of_file(tmp_path / 'w.gwm') == grown


def test_one_retired_point_in_sight_changes_it(tmp_path):
    rng = np.random.default_rng(4)
    cache = Cache(tmp_path / 'w.gwm')
    cache.commit('seed', random_keyframe(rng, random_pose(rng, 0.3)), 1)
    before = fingerprint(cache)
    shown = cache.render(*_first_camera(cache)).operation
    assert shown.any()
    cache.cloud.surfaces.retire(np.arange(cache.cloud.surfaces.count // 2), 1)
    assert fingerprint(cache) != before
    cache.close()


def _first_camera(cache):
    keyframe = cache.keyframe(1)
    return keyframe.camera, keyframe.pose


def test_an_empty_world_has_none(tmp_path):
    cache = Cache(tmp_path / 'w.gwm')
    with pytest.raises(SeedError, match='needs a seed'):
        fingerprint(cache)
    cache.close()
