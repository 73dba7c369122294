# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import subprocess
import sys

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.errors import WorldFileError, WorldLockedError
from geo_world_model.storage.backup import backup
from geo_world_model.storage.new_world import new_world
from geo_world_model.storage.verification import verify
from scenes import random_keyframe, random_pose
from worlds import contents, make_world

WRITER = '''
import sys
import numpy as np
from geo_world_model.cache.log import Log
from scenes import random_keyframe, random_pose
rng = np.random.default_rng(1)
log = Log(sys.argv[1])
while True:
    print(log.append('keyframe', 9, 0, random_keyframe(rng, random_pose(rng))).number, flush=True)
'''


def test_a_copy_holds_what_is_committed_while_the_world_is_open(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 3)
    cache = Cache(path)
    rng = np.random.default_rng(1)
    cache.commit('keyframe', random_keyframe(rng, random_pose(rng)), cache.revision)
    seen = []
    assert backup(path, tmp_path / 'copy.gwm', progress=lambda *at: seen.append(at)) == 4
    cache.commit('keyframe', random_keyframe(rng, random_pose(rng)), cache.revision)
    assert seen and seen[-1][0] == seen[-1][1]
    cache.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ['copy.gwm', 'w.gwm']
    rows, pins = contents(path)
    assert contents(tmp_path / 'copy.gwm') == (rows[:4], pins)


def test_copies_made_while_another_process_writes_are_whole(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 2)
    writer = subprocess.Popen([sys.executable, '-c', WRITER, path], stdout=subprocess.PIPE,
                              text=True, env={'PYTHONPATH': ':'.join(sys.path)})
    try:
        writer.stdout.readline()
        versions = []
        for n in range(5):
            written = int(writer.stdout.readline())
            versions.append(backup(path, tmp_path / f'{n}.gwm'))
            # what was reported before the copy began is in it
            assert versions[-1] >= written
            assert verify(tmp_path / f'{n}.gwm').whole
        assert versions == sorted(versions) and versions[0] < versions[-1]
    finally:
        writer.kill()
        writer.wait()


def test_what_stands_there_is_kept_unless_told(tmp_path):
    path, other = make_world(tmp_path / 'w.gwm', 2), make_world(tmp_path / 'o.gwm', 3)
    before = other.read_bytes()
    with pytest.raises(WorldFileError, match='exists already'):
        backup(path, other)
    with pytest.raises(WorldFileError, match='world itself'):
        backup(path, path, overwrite=True)
    opened = Cache(other)
    with pytest.raises(WorldLockedError, match='open for writing'):
        backup(path, other, overwrite=True)
    opened.close()
    assert other.read_bytes() == before
    assert backup(path, other, overwrite=True) == 2
    assert contents(other) == contents(path)


def test_a_copy_that_does_not_fit_leaves_nothing(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 9)
    code = ('import resource, sys\nfrom geo_world_model.storage.backup import backup\n'
            'from geo_world_model.errors import WorldFileError\n'
            'resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))\n'
            'try:\n    backup(sys.argv[1], sys.argv[2])\n'
            'except WorldFileError as error:\n    print(error)\n')
    said = subprocess.run([sys.executable, '-c', code, path, tmp_path / 'copy.gwm'],
                          capture_output=True, text=True, check=True).stdout
    assert 'could not be copied' in said
    assert not [p.name for p in tmp_path.iterdir() if not p.name.startswith('w.gwm')]


def test_two_copies_to_one_name_do_not_mix(tmp_path):
    path, other = make_world(tmp_path / 'w.gwm', 2), make_world(tmp_path / 'o.gwm', 3)
    with new_world(tmp_path / 'copy.gwm') as unfinished:
        unfinished.write_bytes(path.read_bytes())
        with pytest.raises(WorldLockedError, match='open for writing'):
            backup(other, tmp_path / 'copy.gwm', overwrite=True)
    assert contents(tmp_path / 'copy.gwm') == contents(path)


def test_what_waits_beside_a_world_that_is_not_there_is_kept(tmp_path):
    path, copy = make_world(tmp_path / 'w.gwm', 2), tmp_path / 'copy.gwm'
    wal = tmp_path / 'copy.gwm-wal'
    wal.write_bytes(b'operations of a world that was moved elsewhere')
    with pytest.raises(WorldFileError, match='copy.gwm-wal holds a part'):
        backup(path, copy)
    assert wal.exists() and not copy.exists()
