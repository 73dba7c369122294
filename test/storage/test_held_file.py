# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import sys

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.file_lock import FileLock
from geo_world_model.cache.held_file import HeldFile
from geo_world_model.cache.log import Log
from geo_world_model.errors import WorldFileError, WorldLockedError
from geo_world_model.storage.backup import backup
from geo_world_model.storage.new_world import new_world
from geo_world_model.storage.pages import PageFile
from geo_world_model.storage.repair import repair
from geo_world_model.storage.verification import verify
from scenes import random_keyframe, random_pose
from worlds import contents, make_world

# removes the log beside a database, unless somebody else has the database open
ALONE = '''
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    print(db.execute('PRAGMA journal_mode = DELETE').fetchone()[0])
except sqlite3.OperationalError as error:
    print(error)
'''

# commits once and dies, so that it waits in the log beside the file
KILLED = '''
import os, sys
import numpy as np
from geo_world_model.cache.log import Log
from scenes import random_keyframe, random_pose
rng = np.random.default_rng(1)
Log(sys.argv[1]).append('keyframe', 9, 0, random_keyframe(rng, random_pose(rng)))
os._exit(0)
'''


def is_in_use(path):
    said = subprocess.run([sys.executable, '-c', ALONE, path], capture_output=True, text=True,
                          check=True).stdout
    return 'database is locked' in said


def test_looking_after_an_open_world_leaves_it_open_for_other_processes(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 3)
    cache = Cache(path)
    assert verify(path).whole
    backup(path, tmp_path / 'copy.gwm')
    repair(path, tmp_path / 'new.gwm')
    Cache(path, read_only=True).close()
    with pytest.raises(WorldLockedError):
        Cache(path)
    assert is_in_use(path)
    rng = np.random.default_rng(1)
    cache.commit('keyframe', random_keyframe(rng, random_pose(rng)), cache.revision)
    # as after a crash of this process: what is durable now is in the file and its log
    assert len(contents(path)[0]) == 4
    cache.close()
    assert not is_in_use(path)


def test_a_file_that_nobody_has_open_any_more_takes_no_descriptor(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 3)
    before = len(os.listdir('/proc/self/fd'))
    cache = Cache(path)
    verify(path)
    cache.log.replace_with(backup_of(path))
    cache.close()
    with pytest.raises(WorldFileError, match='not a world file'):
        Cache(__file__)
    assert len(os.listdir('/proc/self/fd')) == before


def backup_of(path):
    backup(path, path.with_name('copy.gwm'))
    return path.with_name('copy.gwm')


def test_one_descriptor_serves_all_who_hold_a_file(tmp_path):
    path = tmp_path / 'file'
    path.write_bytes(b'abcdef')
    first, second = HeldFile(path), HeldFile(path)
    first.close()
    first.close()
    assert second.read(3, 2) == b'cde' and second.read(9, 4) == b'ef' and second.size == 6
    path.unlink()
    path.write_bytes(b'another')
    third = HeldFile(path)
    assert third.read(9) == b'another' and second.read(9) == b'abcdef'
    second.close()
    third.close()


def test_a_world_has_one_writer_by_whatever_name_it_is_opened(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 2)
    link = tmp_path / 'link.gwm'
    link.symlink_to(path)
    cache = Cache(path)
    with pytest.raises(WorldLockedError, match=str(os.getpid())):
        Cache(link)
    cache.close()
    Cache(link).close()


def test_a_lock_that_was_taken_away_by_hand_is_not_missed(tmp_path):
    first = FileLock(tmp_path / 'w.gwm')
    first.path.unlink()
    second = FileLock(tmp_path / 'w.gwm')
    first.close()
    with pytest.raises(WorldLockedError):
        FileLock(tmp_path / 'w.gwm')
    second.close()
    assert not second.path.exists()


def test_what_waits_beside_a_world_is_found_through_a_link(tmp_path):
    path = make_world(tmp_path / 'w.gwm', 3)
    link = tmp_path / 'link.gwm'
    link.symlink_to(path)
    subprocess.run([sys.executable, '-c', KILLED, path], check=True,
                   env={'PYTHONPATH': ':'.join(sys.path)})
    waiting = (tmp_path / 'w.gwm-wal').stat().st_size
    assert waiting
    log = Log(link, read_only=True)
    assert log.size() == path.stat().st_size + waiting
    log.close()
    by_name, by_link = PageFile(path), PageFile(link)
    assert by_link.count == by_name.count > path.stat().st_size // by_name.page_size
    assert all(by_link.page(n) == by_name.page(n) for n in range(1, by_name.count + 1))
    by_name.close()
    by_link.close()
    with pytest.raises(WorldFileError, match='w.gwm-wal, which was left as it is'):
        with new_world(link, overwrite=True):
            raise AssertionError
    Cache(link).close()
    assert len(contents(path)[0]) == 4


def test_a_link_to_a_world_stays_one_when_the_world_is_replaced(tmp_path):
    path, other = (make_world(tmp_path / name, n) for name, n in (('w.gwm', 3), ('o.gwm', 2)))
    link = tmp_path / 'link.gwm'
    link.symlink_to(path)
    backup(other, link, overwrite=True)
    assert link.is_symlink() and contents(path) == contents(other)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['link.gwm', 'o.gwm', 'w.gwm']
