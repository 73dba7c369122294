# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.storage.fingerprint import fingerprint
from scenes import random_camera, random_keyframe, random_pose

_COLUMNS = [f'{kind}.{name}' for kind in ('surfaces', 'directions')
            for name in ('x', 'y', 'z', 'record', 'normal', 'retired')]


def grow(cache, operations, seed=0, first=0):
    """Commit random keyframes and views that retire points; the same seed gives the same ones."""
    for number in range(first, first + operations):
        rng = np.random.default_rng([seed, number])
        frame = random_keyframe(rng, random_pose(rng, 0.5), random_camera(rng, 120, 90))
        if cache.version == 0:
            cache.commit('seed', frame, 1)
        elif number % 3 == 2:
            points = cache.cloud.surfaces
            chosen = np.sort(rng.choice(points.count, 300, replace=False))
            chosen = chosen[points.retired[chosen] == 0xFFFFFFFF]
            retired = np.stack([chosen, np.zeros_like(chosen)], 1).astype(np.uint32)
            cache.commit('observe', frame, cache.revision + 1, retired=retired)
        else:
            cache.commit('keyframe', frame, cache.revision, notes=b'note %d' % number)


def looks(path, **options):
    """Everything a world shows and remembers."""
    cache = Cache(path, **dict(dict(index_points=0), **options))
    found = dict(pixels=fingerprint(cache, 12), live=cache.cloud.live_surfaces().tolist(),
                 normals=cache.cloud.world_normals(cache.cloud.live_surfaces()).tobytes(),
                 notes=cache.notes, counts=cache.counts, revision=cache.revision,
                 version=cache.version, seeds=cache.seed_poses,
                 poses=dict(cache.keyframe_poses), witnesses=cache.promises.witness_count,
                 references=_references(cache))
    cache.close()
    return found


def _references(cache):
    rng = np.random.default_rng(9)
    camera, chosen = random_camera(rng, 120, 90), []
    for _ in range(4):
        pose = random_pose(rng, 0.5)
        chosen.append(cache.bank.choose(cache.render(camera, pose).depth, camera, pose, 3))
    return chosen


@pytest.fixture(scope='module')
def grown(tmp_path_factory):
    """Return the file of a closed world with an index, and what it looks like without."""
    path = tmp_path_factory.mktemp('grown') / 'world.gwm'
    cache = Cache(path, index_points=0)
    grow(cache, 8)
    cache.close()
    return path, looks(path, read_only=True, index_points=None)


@pytest.fixture
def world(grown, tmp_path):
    """Return a copy of it."""
    path = tmp_path / 'world.gwm'
    shutil.copy(grown[0], path)
    shutil.copytree(f'{grown[0]}.index', f'{path}.index')
    return path, grown[1]


def restored(path, **options):
    """How many operations a world takes from its index when it is opened."""
    cache = Cache(path, **dict(dict(index_points=0), **options))
    count = cache.restored
    cache.close()
    return count


def head_of(path):
    return Path(f'{path}.index/head')


@pytest.mark.parametrize('read_only', [False, True])
def test_a_world_with_its_index_is_the_world_without(world, read_only):
    path, expected = world
    assert restored(path, read_only=read_only) == 8
    assert looks(path, read_only=read_only) == expected


def test_a_world_that_goes_on_with_its_index_is_the_one_that_never_had_one(world, tmp_path):
    path, _ = world
    plain = tmp_path / 'plain.gwm'
    shutil.copy(path, plain)
    for file, points in ((path, 0), (plain, None)):
        cache = Cache(file, index_points=points)
        grow(cache, 4, first=8)
        cache.close()
    assert restored(path) == 12
    assert looks(path) == looks(plain, index_points=None)
    assert not Path(f'{plain}.index').exists()


def test_small_worlds_have_no_index(tmp_path):
    path = tmp_path / 'world.gwm'
    cache = Cache(path)
    grow(cache, 3)
    cache.close()
    assert [file.name for file in tmp_path.iterdir()] == ['world.gwm']


def test_an_index_that_a_world_is_too_small_for_is_used_all_the_same(world):
    path, expected = world
    assert restored(path, index_points=10 ** 9) == 8
    assert looks(path) == expected


@pytest.mark.parametrize('what', ['all', 'head', 'surfaces.x', 'surfaces.record',
                                  'directions.retired', 'bank.pictures'])
def test_what_is_missing_is_made_again(world, what):
    path, expected = world
    if what == 'all':
        shutil.rmtree(f'{path}.index')
    else:
        Path(f'{path}.index', what).unlink()
    assert restored(path, read_only=True) == 0
    assert looks(path, read_only=True) == expected
    assert restored(path) == 0
    assert restored(path) == 8
    assert looks(path) == expected


@pytest.mark.parametrize('name', ['head', *_COLUMNS, 'bank.pictures'])
@pytest.mark.parametrize('read_only', [False, True])
def test_no_wrong_byte_is_ever_shown(world, name, read_only, caplog):
    path, expected = world
    file = Path(f'{path}.index', name)
    size = file.stat().st_size
    rng = np.random.default_rng(len(name))
    with file.open('r+b') as opened:
        start = 0 if name == 'head' else 4096
        assert size > start
        for place in rng.integers(start, size, 40):
            opened.seek(place)
            byte = opened.read(1)[0]
            opened.seek(place)
            opened.write(bytes([byte ^ 1 << rng.integers(8)]))
    assert looks(path, read_only=read_only) == expected
    said = len([record for record in caplog.records if 'index' in record.getMessage()])
    # a mark of an operation that never was is taken back; nobody reads the normal of a direction
    unsaid = 'surfaces.retired', 'directions.retired', 'directions.normal'
    assert said == 1 or said == 0 and name in unsaid
    assert looks(path) == expected


@pytest.mark.parametrize('name', ['head', 'surfaces.y', 'directions.record', 'bank.pictures'])
@pytest.mark.parametrize('share', [0.0, 0.5, 0.99])
def test_a_file_that_was_cut_is_made_again(world, name, share):
    path, expected = world
    file = Path(f'{path}.index', name)
    os.truncate(file, int(file.stat().st_size * share))
    assert looks(path, read_only=True) == expected
    assert looks(path) == expected
    assert restored(path) == 8


def test_the_index_of_another_world_is_not_used(world, tmp_path):
    path, _ = world
    other = tmp_path / 'other.gwm'
    cache = Cache(other, index_points=None)
    grow(cache, 8, seed=1)
    cache.close()
    expected = looks(other, index_points=None)
    shutil.copytree(f'{path}.index', f'{other}.index')
    assert restored(other, read_only=True) == 0
    assert looks(other) == expected


def test_the_index_of_a_world_that_went_on_elsewhere_is_not_used(world, tmp_path):
    path, _ = world
    copy = tmp_path / 'copy.gwm'
    shutil.copy(path, copy)
    for file, seed in ((path, 2), (copy, 3)):
        cache = Cache(file, index_points=0)
        grow(cache, 2, seed=seed, first=8)
        cache.close()
    expected = looks(copy, index_points=None)
    shutil.rmtree(f'{copy}.index')
    shutil.copytree(f'{path}.index', f'{copy}.index')
    assert restored(copy, read_only=True) == 0
    assert looks(copy) == expected


def test_a_column_of_another_index_is_not_used(world, tmp_path):
    path, expected = world
    again = tmp_path / 'again.gwm'
    shutil.copy(path, again)
    looks(again)
    shutil.copy(f'{again}.index/surfaces.z', f'{path}.index/surfaces.z')
    assert restored(path, read_only=True) == 0
    assert looks(path) == expected


def test_an_older_index_is_continued_from_the_log(world):
    path, _ = world
    old = head_of(path).read_bytes()
    cache = Cache(path, index_points=0)
    grow(cache, 4, first=8)
    cache.close()
    expected = looks(path, index_points=None)
    head_of(path).write_bytes(old)
    assert restored(path, read_only=True) == 8
    assert looks(path, read_only=True) == expected
    assert looks(path) == expected
    assert restored(path) == 12


def test_a_reader_beside_a_writer_shows_what_was_there_when_it_was_opened(world):
    path, expected = world
    writer = Cache(path, index_points=0)
    reader = Cache(path, read_only=True, index_points=0)
    assert reader.restored == 8
    grow(writer, 3, first=8)
    late = Cache(path, read_only=True, index_points=0)
    assert late.restored == 8 and late.version == 11
    grow(writer, 3, first=11)
    shown = fingerprint(late, 12), late.cloud.live_surfaces().tolist()
    assert fingerprint(reader, 12) == expected['pixels']
    assert reader.cloud.live_surfaces().tolist() == expected['live']
    reader.close()
    late.close()
    writer.close()
    plain = path.with_name('plain.gwm')
    cache = Cache(plain, index_points=None)
    grow(cache, 11)
    assert shown == (fingerprint(cache, 12), cache.cloud.live_surfaces().tolist())
    cache.close()


def test_an_earlier_version_is_looked_at_with_the_index(world):
    path, _ = world
    for version in (3, 5, 6, 8):
        assert restored(path, version=version) == version
        assert looks(path, version=version) == looks(path, version=version, index_points=None)


def test_an_undone_operation_leaves_no_mark(world):
    path, _ = world
    old = {file.name: file.read_bytes() for file in Path(f'{path}.index').iterdir()}
    cache = Cache(path, index_points=0)
    cache.undo(4)
    assert cache.restored == 0
    cache.close()
    expected = looks(path, index_points=None)
    assert looks(path, read_only=True) == expected
    # as if the writer had been killed before it made the index anew
    for name, content in old.items():
        Path(f'{path}.index', name).write_bytes(content)
    assert restored(path, read_only=True) == 0
    assert looks(path) == expected
    assert looks(path, version=8) == looks(path, version=8, index_points=None)


def test_a_reader_keeps_what_it_opened_when_the_index_is_made_again(world):
    path, expected = world
    reader = Cache(path, read_only=True, index_points=0)
    head_of(path).unlink()
    writer = Cache(path, index_points=0)
    assert writer.restored == 0
    grow(writer, 3, seed=5, first=8)
    assert fingerprint(reader, 12) == expected['pixels']
    reader.close()
    writer.close()


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_a_folder_that_cannot_be_written_needs_no_index(world):
    path, expected = world
    os.chmod(path.parent, 0o555)
    try:
        assert looks(path, read_only=True) == expected
    finally:
        os.chmod(path.parent, 0o755)


def test_what_the_disk_has_no_room_for_stays_in_memory(world, monkeypatch, caplog):
    path, _ = world
    plain = path.with_name('plain.gwm')
    shutil.copy(path, plain)
    cache, written = Cache(path, index_points=0), []

    def full(descriptor, data, place, pwrite=os.pwrite):
        written.append(len(data))
        if sum(written) > 300_000:
            raise OSError(28, 'No space left on device')
        return pwrite(descriptor, data, place)

    monkeypatch.setattr(os, 'pwrite', full)
    grow(cache, 4, first=8)
    monkeypatch.undo()
    grow(cache, 2, first=12)
    other = Cache(plain, index_points=None)
    grow(other, 6, first=8)
    assert fingerprint(cache, 12) == fingerprint(other, 12)
    assert 'No space left' in caplog.text
    cache.close()
    other.close()
    assert restored(path, read_only=True) == 8
    assert looks(path) == looks(plain, index_points=None)


_CHILD = """
import sys
sys.path[:0] = ['test', 'test/cache']
from geo_world_model.cache.cache import Cache
from test_point_index import grow
cache = Cache(sys.argv[1], index_points=0)
cache.points.index.is_due = lambda operations: operations % 4 == 0
print('ready', flush=True)
grow(cache, 400, first=cache.version)
"""


def kill_while_growing(path, seconds):
    """Grow a world in another process and kill it; returns its version."""
    child = subprocess.Popen([sys.executable, '-c', _CHILD, str(path)], stdout=subprocess.PIPE,
                             cwd=Path(__file__).parents[2])
    child.stdout.readline()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


def check_killed(path, tmp_path, delays):
    for delay in delays:
        kill_while_growing(path, delay)
        plain = tmp_path / 'plain.gwm'
        for suffix in ('', '-wal'):
            if Path(f'{path}{suffix}').exists():
                shutil.copy(f'{path}{suffix}', f'{plain}{suffix}')
        assert restored(path, read_only=True) > 0
        found = looks(path)
        assert found == looks(plain, index_points=None)
        plain.unlink()


def test_a_killed_writer_leaves_an_index_that_is_continued(world, tmp_path):
    check_killed(world[0], tmp_path, (0.1, 0.3))


@pytest.mark.slow
def test_every_killed_writer_leaves_an_index_that_is_continued(world, tmp_path):
    rng = np.random.default_rng(0)
    check_killed(world[0], tmp_path, rng.uniform(0.0, 0.6, 40))
