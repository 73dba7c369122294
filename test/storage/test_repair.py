# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""verify names what is damaged, repair keeps the rest."""

import shutil
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.errors import WorldFileError
from geo_world_model.storage.fingerprint import fingerprint
from geo_world_model.storage.repair import repair
from geo_world_model.storage.verification import verify
from geo_world_model.world import World
from worlds import contents, make_world, page_of, tear


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp('worlds') / 'whole.gwm')


@pytest.fixture
def world(whole, tmp_path):
    return shutil.copy(whole, tmp_path / 'w.gwm')


def alter(path, statement, *values):
    db = sqlite3.connect(path)
    db.execute(statement, values)
    db.commit()
    db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()


def damaged(found):
    return [damage.operation for damage in found.damage]


def test_a_whole_world_is_whole_and_its_repair_is_the_same_world(world, tmp_path):
    found = verify(world)
    assert found.whole and (found.operations, found.answers) == (6, 12)
    made = repair(world, tmp_path / 'new.gwm')
    assert (made.operations, made.answers, made.lost) == (6, 12, ())
    assert contents(tmp_path / 'new.gwm') == contents(world)
    assert not list(tmp_path.glob('*.part*')) and not list(tmp_path.glob('.*'))


@pytest.mark.parametrize('column', ['colour', 'retired', 'notes', 'digest', 'revision', 'kind'])
def test_each_damaged_operation_is_named_and_the_others_are_kept(world, tmp_path, column):
    change = {'revision': '9', 'kind': "'keyframe'"}.get(column, f'zeroblob(length({column}))')
    alter(world, f'UPDATE operation SET {column} = {change} WHERE number IN (3, 5)')
    before = world.read_bytes()
    found = verify(world)
    assert damaged(found) == [3, 5] and found.operations == 4
    assert 'operation 3: its checksum does not match' in str(found)
    made = repair(world, tmp_path / 'new.gwm')
    assert [damage.operation for damage in made.lost] == [3, 5]
    rows, pins = contents(tmp_path / 'new.gwm')
    assert [row[:2] for row in rows] == [(1, 'seed'), (2, 'keyframe'), (3, 'lost'),
                                         (4, 'keyframe'), (5, 'lost'), (6, 'keyframe')]
    assert rows[:2] == contents(world)[0][:2]
    # what was answered before the loss looks as it did; the rest is not promised
    assert [pin.version for pin in pins] == [1, 1, 2, 2] and made.lost_answers == 8
    assert world.read_bytes() == before
    with World.open(tmp_path / 'new.gwm') as opened:
        assert opened.version == 6 and opened.cache.counts['lost'] == 2
    assert verify(tmp_path / 'new.gwm').whole


def shown(path, version):
    cache = Cache(path, read_only=True)
    pins = [pin for pin in cache.log.pins() if pin.version <= version]
    images = [cache.render(pin.camera, pin.pose, pin.version) for pin in pins]
    retired = cache.cloud.surfaces.retired
    cache.close()
    return [image.rgb.tobytes() + image.depth.tobytes() + image.provenance.tobytes()
            for image in images], retired


def test_no_point_is_retired_in_place_of_another_one(world, tmp_path):
    views, retired = shown(world, 3)
    alter(world, 'UPDATE operation SET colour = zeroblob(9) WHERE number = 4')
    made = repair(world, tmp_path / 'new.gwm')
    views_now, retired_now = shown(tmp_path / 'new.gwm', 3)
    assert views_now == views and views
    first = retired_now.size - np.flatnonzero(retired != 0).size  # negative: points of 4 are gone
    assert first < 0
    # operation 5 retired 40 points: those before operation 4 still are, those of it are
    # not guessed
    kept = np.count_nonzero(retired_now == 5)
    assert kept + made.lost_retirements == 40 and 0 < kept < 40
    before = np.flatnonzero(retired_now == 5)
    np.testing.assert_array_equal(before, np.flatnonzero(retired == 5)[:kept])


@pytest.mark.parametrize('numbers', [(1,), (6,), (2, 3), (5, 6)])
def test_operations_that_vanished_are_named(world, tmp_path, numbers):
    alter(world, f'DELETE FROM operation WHERE number IN ({",".join(map(str, numbers))})')
    found = verify(world)
    assert damaged(found) == list(numbers) and 'missing' in str(found)
    made = repair(world, tmp_path / 'new.gwm')
    assert made.operations == 6 - len(numbers)
    with World.open(tmp_path / 'new.gwm') as opened:
        assert opened.version == 6


@pytest.mark.parametrize('what', ['root', 'leaf', 'camera', 'header', 'page header', 'schema'])
def test_torn_pages_cost_no_row_that_is_not_in_them(world, tmp_path, what):
    before = contents(world)
    root, leaves = page_of(world, 'operation')
    camera, _ = page_of(world, 'camera')
    assert root not in leaves
    hit = {'root': (root,), 'leaf': (leaves[0],), 'camera': (camera,), 'header': (1, 4096, 16, 2),
           'page header': (leaves[1], 4096, 3, 2), 'schema': (1, 4096, 100, 400)}[what]
    tear(world, *hit)
    torn = world.read_bytes()
    found = verify(world)
    assert not found.whole
    if what == 'camera':
        with pytest.raises(WorldFileError, match='no operation that can be read'):
            repair(world, tmp_path / 'new.gwm')
        assert not (tmp_path / 'new.gwm').exists()
        return
    made = repair(world, tmp_path / 'new.gwm')
    assert world.read_bytes() == torn
    rows, pins = contents(tmp_path / 'new.gwm')
    if what in ('root', 'header', 'schema', 'page header'):
        assert (rows, pins) == before and not made.lost
        return
    lost = {damage.operation for damage in made.lost}
    assert 1 <= len(lost) <= 3 and lost <= set(damaged(found))
    assert [row[:3] for row in rows if row[1] != 'lost'] == [
        row[:3] for row in before[0] if row[0] not in lost]
    with World.open(tmp_path / 'new.gwm') as opened:
        assert opened.version == 6


def test_a_damaged_answer_is_counted_and_the_others_stay(world, tmp_path):
    alter(world, 'UPDATE answer SET version = version + 1 WHERE id = 3')
    found = verify(world)
    assert '1 answers cannot be read' in str(found) and found.answers == 11
    made = repair(world, tmp_path / 'new.gwm')
    assert (made.answers, made.lost_answers, made.lost) == (11, 1, ())


def test_undo_to_an_operation_that_was_lost_goes_to_the_world_without_it(world, tmp_path):
    with World.open(world) as opened:
        opened.undo(to=2)
    expected = contents(world)[0]
    alter(world, 'UPDATE operation SET colour = zeroblob(9) WHERE number = 2')
    repair(world, tmp_path / 'new.gwm')
    with World.open(tmp_path / 'new.gwm') as opened:
        assert opened.cache.history == [1, 2] and opened.version == len(expected)


def test_what_is_no_world_is_said_and_a_file_that_exists_is_kept(world, tmp_path):
    noise = tmp_path / 'noise.gwm'
    noise.write_bytes(np.random.default_rng(0).integers(0, 256, 40000, np.uint8).tobytes())
    for path in (noise, tmp_path / 'none.gwm'):
        with pytest.raises(WorldFileError, match='not a world file'):
            verify(path)
        with pytest.raises(WorldFileError, match='not a world file'):
            repair(path, tmp_path / 'new.gwm')
    with pytest.raises(WorldFileError, match='exists already'):
        repair(world, noise)
    with pytest.raises(WorldFileError, match='folder'):
        repair(world, tmp_path / 'nowhere' / 'new.gwm')


def test_a_world_of_the_second_format_is_whole_and_repaired(tmp_path):
    from test_fingerprint import WORLDS
    old = shutil.copy(WORLDS / 'version_2.gwm', tmp_path / 'old.gwm')
    assert verify(old).whole
    tear(old, page_of(old, 'operation')[0])
    made = repair(old, tmp_path / 'new.gwm')
    assert (made.operations, made.answers, made.lost) == (12, 8, ())
    caches = [Cache(path, read_only=True) for path in (WORLDS / 'version_2.gwm',
                                                       tmp_path / 'new.gwm')]
    assert fingerprint(caches[0]) == fingerprint(caches[1])


def test_the_command_line_says_it_and_has_a_status(world, tmp_path):
    def run(*arguments):
        done = subprocess.run([sys.executable, '-m', 'geo_world_model.cli', *map(str, arguments)],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    status, text = run('verify', world, '--fingerprint')
    assert (status == 0 and 'is whole: 6 operations and 12 answers' in text
            and 'fingerprint' in text)
    assert run('backup', world, tmp_path / 'copy.gwm')[0] == 0
    alter(world, 'UPDATE operation SET colour = zeroblob(9) WHERE number = 4')
    status, text = run('verify', world, '--json')
    assert status == 1 and '"operation": 4' in text
    status, text = run('repair', world, '--out', tmp_path / 'new.gwm')
    assert status == 1 and 'lost: operation 4' in text
    assert run('verify', tmp_path / 'new.gwm')[0] == 0
    assert run('verify', tmp_path / 'none.gwm')[0] == 2
