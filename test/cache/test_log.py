# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.log import Log
from geo_world_model.cache.renderer import RENDERING_RULE
from geo_world_model.cache.world_database import FORMAT_VERSION
from geo_world_model.errors import WorldFileError, WorldLockedError
from geo_world_model.storage.fingerprint import fingerprint
from geo_world_model.world import World
from scenes import random_pose


def test_what_was_written_comes_back_exactly(world):
    path, frames, camera, poses, images = world
    log = Log(path, read_only=True)
    operations = list(log.operations())
    assert [o.kind for o in operations] == ['seed', 'keyframe', 'keyframe']
    assert operations[0].stamp_ns == 17
    for operation, frame in zip(operations, frames):
        admitted = frame.provenance > 0
        assert operation.keyframe.pose == frame.pose and operation.keyframe.camera == frame.camera
        np.testing.assert_array_equal(operation.keyframe.provenance, frame.provenance)
        for name in ('rgb', 'depth_code', 'normal_code'):
            np.testing.assert_array_equal(getattr(operation.keyframe, name)[admitted],
                                          getattr(frame, name)[admitted])
    pins = list(log.pins())
    assert [(p.pose, p.version, p.closed, p.witness) for p in pins] == [
        (poses[0], 2, False, True), (poses[1], 3, True, False)]
    log.close()


def test_a_reader_sees_one_state_while_a_writer_goes_on(world):
    path, frames, *_ = world
    writer, reader = Cache(path), Log(path, read_only=True)
    with reader.snapshot():
        assert reader.entry() == (3, 1)
        writer.commit('keyframe', frames[1], 1)
        assert reader.history() == [1, 2, 3]
    assert reader.history() == [1, 2, 3, 4]
    # also without: what is added while rows are read is not taken for what is missing
    rows = reader.operations()
    numbers = [next(rows).number]
    writer.commit('keyframe', frames[2], 1)
    assert numbers + [operation.number for operation in rows] == [1, 2, 3, 4]
    reader.close()
    writer.close()


def test_a_replayed_world_renders_the_same_bytes(world):
    path, _, camera, poses, images = world
    cache = Cache(path, read_only=True)
    for pose, before in zip(poses, images):
        after = cache.render(camera, pose, 3)
        for name in ('rgb', 'depth', 'provenance', 'operation'):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert cache.pinned(camera, poses[1]).closed and cache.promises.witness_count == 2
    cache.close()


def test_a_closed_world_is_one_file(world):
    assert sorted(os.listdir(world[0].parent)) == ['room.gwm']


def test_readers_leave_no_file_beside_a_closed_world(world):
    path = world[0]
    content = path.read_bytes()
    first, second = Cache(path, read_only=True), Log(path, read_only=True)
    first.close()
    # the other one still needs what SQLite keeps beside the file
    assert list(second.operations())
    second.close()
    assert os.listdir(path.parent) == ['room.gwm'] and path.read_bytes() == content


def test_a_reader_that_closes_takes_nothing_from_a_writer(world):
    path = world[0]
    log = Log(path)
    reader = Log(path, read_only=True)
    reader.close()
    number = log.append('keyframe', 1, 0, next(log.operations(1)).keyframe).number
    Log(path, read_only=True).close()
    assert log.last_number() == number
    log.close()


def test_a_reader_leaves_what_a_killed_writer_left(world):
    path = world[0]
    subprocess.run([sys.executable, '-c', (
        'import os\nfrom geo_world_model.cache.log import Log\n'
        f'log = Log({str(path)!r})\n'
        'log.append("keyframe", 1, 0, next(log.operations(1)).keyframe)\nos._exit(9)')])
    content = path.read_bytes(), Path(f'{path}-wal').read_bytes()
    reader = Log(path, read_only=True)
    last = reader.last_number()
    reader.close()
    assert (path.read_bytes(), Path(f'{path}-wal').read_bytes()) == content and content[1]
    log = Log(path)
    assert log.last_number() == last and len(list(log.operations())) == last
    log.close()


def test_a_file_that_is_no_world_is_refused_and_left(tmp_path):
    path = tmp_path / 'notes.gwm'
    path.write_bytes(b'these are my notes, not a world at all')
    with pytest.raises(WorldFileError, match='not a world file'):
        Log(path)
    assert path.read_bytes().startswith(b'these are my notes')
    other = tmp_path / 'other.gwm'
    db = sqlite3.connect(other)
    db.execute('CREATE TABLE recipes (name TEXT)')
    db.commit()
    db.close()
    with pytest.raises(WorldFileError, match='not a world file'):
        Log(other)


def test_a_newer_format_is_refused_by_its_number(world):
    db = sqlite3.connect(world[0])
    db.execute(f'PRAGMA user_version = {FORMAT_VERSION + 1}')
    db.close()
    with pytest.raises(WorldFileError, match=f'format version {FORMAT_VERSION + 1}'):
        Log(world[0])


@pytest.mark.parametrize('column', ['colour', 'depth', 'normal', 'provenance', 'pose', 'window'])
def test_a_damaged_operation_is_named(world, column):
    db = sqlite3.connect(world[0])
    blob = bytearray(db.execute(f'SELECT {column} FROM operation WHERE number = 2').fetchone()[0])
    blob[len(blob) // 2] ^= 4
    db.execute(f'UPDATE operation SET {column} = ? WHERE number = 2', (bytes(blob),))
    db.commit()
    db.close()
    with pytest.raises(WorldFileError, match='operation 2 is damaged'):
        Cache(world[0], read_only=True)


def test_a_second_writer_is_refused_with_the_holder_and_readers_are_welcome(world):
    holder = Cache(world[0])
    code = ('import sys\nfrom geo_world_model.cache.cache import Cache\n'
            'from geo_world_model.errors import WorldLockedError\n'
            f'print(Cache({str(world[0])!r}, read_only=True).version)\n'
            f'try:\n    Cache({str(world[0])!r})\nexcept WorldLockedError as error:\n'
            '    print(error)\n')
    lines = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    assert lines[0] == '3'
    assert f'process {os.getpid()}' in lines[1]
    holder.close()
    Cache(world[0]).close()


def test_a_lock_dies_with_its_process(world):
    code = (f'import os\nfrom geo_world_model.cache.cache import Cache\n'
            f'cache = Cache({str(world[0])!r})\nos.kill(os.getpid(), 9)\n')
    assert subprocess.run([sys.executable, '-c', code]).returncode == -9
    Cache(world[0]).close()


def test_writing_to_a_read_only_world_is_refused(world):
    cache = Cache(world[0], read_only=True)
    with pytest.raises(WorldFileError, match='read-only'):
        cache.pin(world[2], world[3][0], 1, False, False)
    cache.close()


def test_same_process_cannot_open_twice_for_writing(world):
    first = Cache(world[0])
    with pytest.raises(WorldLockedError):
        Cache(world[0])
    first.close()


WORLDS = {
    # format: (version, revision, answers), what the operations made, what is rendered of it
    # two seeds and the views between them, written by the program that first had this format
    1: ((6, 2, 1),
        '11bb8ad4f0b2c247fa63d37017975e6ede5ff2f330e1b023036b3168cd075d88',
        '2d2ffe30a195f42e48ede205f7b9a85eb0349266d112630a20136099f8e9c27b'),
    # a seed with sky, views, an observation that retires, views again, one of a smaller camera
    2: ((12, 2, 5),
        'e22d0985aa25962d432db19c0db9275227b6366283f40bd02fabe0a31f4ff5c6',
        '595f0de60ea987f4defd0888c19a15c0fc2ab519ca86a77979cf0647cf478bfb'),
    # likewise, then an undo of two operations, a part cleared, views again; nobody was given a
    # program that wrote format 3
    4: ((13, 4, 2),
        '7ee72d859b3d0219ae213e4615aa6026c8f5b82472bfddbbe3b2dec0700e1141',
        'ec04c0dd02588118cad9203dbe98359e002847ec667700c69650791cc4ea834f'),
}


@pytest.mark.parametrize('version', WORLDS)
def test_a_world_of_every_format_replays_to_the_same_points_and_pixels(tmp_path, version):
    path = tmp_path / 'old.gwm'
    shutil.copy(Path(__file__).parent / 'worlds' / f'version_{version}.gwm', path)
    cache = Cache(path, read_only=True)
    content = hashlib.sha256()
    for points in (cache.cloud.surfaces, cache.cloud.directions):
        for name in ('x', 'y', 'z', 'rgb', 'normal', 'provenance', 'operation', 'retired'):
            content.update(np.ascontiguousarray(getattr(points, name)).tobytes())
    counts, points, pixels = WORLDS[version]
    answers = len(cache.promises) + cache.promises.unpromised
    assert (cache.version, cache.revision, answers) == counts
    assert content.hexdigest() == points
    assert (RENDERING_RULE, fingerprint(cache)) == (2, pixels), (
        'the renderer draws something else than it did: raise RENDERING_RULE in renderer.py, so '
        'that nobody is promised the old pixels, and put the new rule and fingerprints here')
    cache.close()


def test_answers_that_another_renderer_gave_are_no_longer_promised(tmp_path, caplog):
    path = shutil.copy(Path(__file__).parent / 'worlds' / 'version_2.gwm', tmp_path / 'old.gwm')
    cache = Cache(path, read_only=True)
    seen, pins = fingerprint(cache), list(cache.log.pins())
    assert cache.revision == 2 and cache.pinned(pins[-1].camera, pins[-1].pose) is None
    cache.close()
    cache = Cache(path)
    assert (cache.version, cache.revision, len(cache.promises)) == (13, 3, 0)
    assert '5 answered poses' in caplog.text and 'revision 3 begins' in caplog.text
    assert fingerprint(cache) == seen
    witnesses = cache.promises.witness_count
    cache.pin(pins[-1].camera, pins[-1].pose, 13, False, False)
    cache.close()
    # the promise of this renderer holds, and so does the file
    caplog.clear()
    cache = Cache(path)
    assert (cache.version, cache.revision, len(cache.promises)) == (13, 3, 1) and not caplog.text
    assert cache.promises.witness_count == witnesses and fingerprint(cache) == seen
    assert [pin.rule for pin in cache.log.pins()] == [0] * len(pins) + [RENDERING_RULE]
    cache.close()


def test_an_undo_takes_back_an_operation_not_a_renewal(tmp_path):
    path = shutil.copy(Path(__file__).parent / 'worlds' / 'version_2.gwm', tmp_path / 'old.gwm')
    with World.open(path) as world:
        assert world.cache.history[-1] == 12 and world.cache.log.undone() == 0
        world.undo(1)
        assert world.cache.history[-1] == 11 and world.revision == 4
        before = fingerprint(world.cache)
    cache = Cache(path, read_only=True)
    assert fingerprint(cache) == before and cache.history[-1] == 11
    cache.close()


@pytest.mark.parametrize('column', ['version', 'pose', 'closed', 'revision', 'rule', 'digest'])
def test_a_damaged_answer_is_said(world, column):
    db = sqlite3.connect(world[0])
    db.execute("UPDATE answer SET {0} = CASE typeof({0}) WHEN 'blob' THEN "
               "CAST(x'02' || substr({0}, 2) AS BLOB) ELSE {0} - 1 END "
               "WHERE id = 2".format(column))
    db.commit()
    db.close()
    with pytest.raises(WorldFileError, match='pins is damaged'):
        Cache(world[0], read_only=True)


def test_a_pin_takes_less_than_ninety_bytes(world):
    cache = Cache(world[0])
    rng = np.random.default_rng(2)
    poses = [random_pose(rng) for _ in range(3000)]
    before = world[0].stat().st_size
    for pose in poses:
        cache.pin(world[2], pose, 3, False, False)
    cache.close()
    # an hour of 30 answers a second: 9.7 MB
    assert world[0].stat().st_size - before < 90 * len(poses)


@pytest.mark.parametrize('change', [{'MOST_PIXELS': 100}, {'MOST_NOTES': 3}])
def test_what_could_not_be_read_again_is_not_written(world, monkeypatch, change):
    path, frames, *_ = world
    log = Log(path)
    for name, most in change.items():
        monkeypatch.setattr(f'geo_world_model.cache.operation.{name}', most)
    with pytest.raises(WorldFileError, match='larger than any that is read'):
        log.append('keyframe', 1, 0, frames[0], notes=b'four')
    assert log.last_number() == 3
    log.close()


def test_a_world_that_somebody_reads_is_gathered_in_its_file_later(world):
    path, frames, *_ = world
    writer, reader = Cache(path), Log(path, read_only=True)
    writer.log.database.execute('PRAGMA busy_timeout = 0')
    with reader.snapshot():
        reader.entry()
        writer.commit('keyframe', frames[1], 1)
        assert not writer.log.checkpoint()
    assert writer.log.checkpoint()
    assert Path(f'{path}-wal').stat().st_size == 0
    reader.close()
    writer.close()
