# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Bits that flip, files that are cut, power that fails: harmless, or named, and the rest is kept.

Long versions run with scripts/test --all, where -s shows the counts.
"""

import collections
import shutil

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.log import Log
from geo_world_model.errors import WorldFileError
from geo_world_model.storage.fingerprint import fingerprint
from geo_world_model.storage.repair import repair
from geo_world_model.storage.verification import verify
from scenes import random_camera, random_keyframe, random_pose
from test_fingerprint import WORLDS
from worlds import contents, make_world

SECTOR = 512


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp('worlds') / 'whole.gwm')


def of_file(path):
    cache = Cache(path, read_only=True)
    try:
        return fingerprint(cache, 8)
    finally:
        cache.close()


def flip_or_cut(path, rng, trial):
    """Flip one bit, or cut the file off."""
    data = bytearray(path.read_bytes())
    if trial % 5 == 0:
        data = data[:rng.integers(1, len(data))]
    else:
        data[rng.integers(0, len(data))] ^= 1 << rng.integers(0, 8)
    path.write_bytes(data)


def judge(path, new, before, truth, counts):
    """Check that damage is harmless, or named and survived by the rest; counts what it was."""
    rows, pins = before
    try:
        found = verify(path)
    except WorldFileError:
        # nothing in it is an operation any more
        counts['nothing left'] += 1
        with pytest.raises(WorldFileError):
            repair(path, new)
        return
    if found.whole:
        counts['harmless'] += 1
        assert contents(path)[0] == rows and of_file(path) == truth
        assert promises(contents(path)[1]) == promises(pins)
        return
    counts['found'] += 1
    with pytest.raises(WorldFileError) if found.operations < len(rows) else no_matter():
        Cache(path, read_only=True).close()
    try:
        made = repair(path, new)
    except WorldFileError:
        assert found.operations == 0
        counts['nothing left'] += 1
        return
    lost = {damage.operation for damage in made.lost}
    assert lost <= {damage.operation for damage in found.damage}, 'lost, but not named'
    gone = len(rows) - made.operations - sum(row[0] in lost for row in rows)
    # of the end of a file that was cut off nothing may be left that tells of it
    assert gone == 0 or gone > 0 and 'the file is cut off' in str(found)
    counts['operations cut off'] += gone
    counts['operations lost'] += len(lost)
    counts['operations kept'] += made.operations
    now, answers = contents(new)
    same = dict(zip((row[0] for row in rows), rows))
    changed = [row[0] for row in now if row[1] != 'lost' and row != same[row[0]]]
    assert not changed or made.lost_retirements and lost, 'an operation is not what it was'
    assert all(pin in pins for pin in promises(answers)), 'an answer is not what it was'
    counts['answers lost'] += made.lost_answers
    if not lost:
        assert of_file(new) == truth, 'a wrong pixel'
    else:
        Cache(new, read_only=True).close()


def promises(pins):
    """Those that are still promised; those of the first formats have no checksum either."""
    return [pin for pin in pins if pin.rule]


class no_matter:
    """What is within may raise a WorldFileError, and nothing else."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, WorldFileError)


def damage_many(whole, folder, trials, seed=0):
    rng = np.random.default_rng(seed)
    before, truth = contents(whole), of_file(whole)
    counts = collections.Counter()
    for trial in range(trials):
        path = shutil.copy(whole, folder / f'{trial}.gwm')
        flip_or_cut(path, rng, trial)
        judge(path, folder / f'{trial}_new.gwm', before, truth, counts)
        for left in folder.glob(f'*{trial}*'):
            left.unlink()
    print(f'\n{trials} flips and cuts of {whole.name}: {dict(counts)}')
    return counts


@pytest.mark.parametrize('world', ['new', 'version_1', 'version_2'])
def test_damage_is_harmless_or_named_and_the_rest_is_kept(whole, tmp_path, world):
    counts = damage_many(whole if world == 'new' else shutil.copy(
        WORLDS / f'{world}.gwm', tmp_path / 'old.gwm'), tmp_path, 40)
    assert counts['found'] > 10


@pytest.mark.slow
def test_a_thousand_flips_and_cuts(whole, tmp_path):
    counts = damage_many(whole, tmp_path, 1000, seed=1)
    assert counts['found'] > 300


class Disk:
    """The two files of a world as they were at one moment."""

    def __init__(self, path):
        self.world, self.log = path.read_bytes(), (path.parent / f'{path.name}-wal').read_bytes()

    def write(self, path):
        path.write_bytes(self.world)
        path.with_name(f'{path.name}-wal').write_bytes(self.log)


def torn(before, after, rng):
    """Some sectors of a file as they were, some as they became, one of them half and half."""
    size = max(len(before), len(after))
    old, new = (np.frombuffer(data.ljust(size, b'\0'), np.uint8) for data in (before, after))
    written = np.repeat(rng.random(-(-size // SECTOR)) < rng.random(), SECTOR)[:size]
    written[:rng.integers(0, size + 1)] ^= rng.random() < 0.3
    length = rng.choice([len(before), len(after), rng.integers(0, len(after) + 1)]) \
        if len(after) > len(before) else len(after)
    return np.where(written, new, old).tobytes()[:max(length, min(len(before), len(after)))]


def torn_log(before, after, rng):
    """
    A write-ahead log while a commit is added to it.

    One that begins anew writes its head first and waits for the disk (SQLite's ticket ff5be73dee):
    old frames under the old head, over a world that is newer than they are, would be taken back.
    """
    if before[:32] == after[:32] or not before:
        return torn(before, after, rng)
    if rng.random() < 0.3:
        end = rng.integers(0, 33)
        return after[:end] + before[end:]
    return after[:32] + torn(before, after, rng)[32:]


def fail_power(folder, commits, trials_a_commit, seed=0):
    """
    Grow a world; let the power fail between commits, and while each is written and moved.

    Until a commit is acknowledged only its part of the log may be torn; the world itself is
    written to only when the log is on the disk.
    """
    rng = np.random.default_rng(seed)
    path, counts = folder / 'w.gwm', collections.Counter()
    camera = random_camera(rng)
    log = Log(path)
    log.database.execute('PRAGMA wal_autocheckpoint = 24')
    log.append('seed', 1, 0, random_keyframe(rng, random_pose(rng)))
    before = Disk(path)
    for number in range(2, commits + 2):
        log.append('keyframe', 1, 0, random_keyframe(rng, random_pose(rng)))
        after_commit = Disk(path)
        counts['moved into the world'] += after_commit.world != before.world
        counts['log begun anew'] += after_commit.log[:32] != before.log[:32]
        for trial in range(trials_a_commit):
            failed = Disk.__new__(Disk)
            if trial % 2:
                failed.world, failed.log = (
                    before.world, torn_log(before.log, after_commit.log, rng))
                acknowledged = number - 1
            else:
                failed.world = torn(before.world, after_commit.world, rng)
                failed.log, acknowledged = after_commit.log, number
            copy = folder / 'copy.gwm'
            failed.write(copy)
            opened = Log(copy)
            found = [operation.number for operation in opened.operations()]
            rows = dict(opened.digests())
            opened.append('keyframe', 1, 0, random_keyframe(rng, random_pose(rng)))
            opened.close()
            assert len(found) >= acknowledged, 'a committed keyframe is lost'
            assert rows == {n: d for n, d in log.digests().items() if n in rows}
            counts['failures'] += 1
            counts['commits checked'] += acknowledged
            if trial < 2:
                found = verify(copy)
                assert found.whole, str(found)
            for left in folder.glob('copy.gwm*'):
                left.unlink()
        if number % 7 == 0:
            log.pin(_pin(rng, camera, number))
        before = Disk(path)
    log.close()
    print(f'\npower failed: {dict(counts)}')
    return counts


def _pin(rng, camera, number):
    from geo_world_model.cache.operation import Pin
    return Pin(1, number, camera, random_pose(rng), False, False, 1)


def test_no_commit_is_lost_when_the_power_fails(tmp_path):
    counts = fail_power(tmp_path, 16, 6)
    assert counts['moved into the world'] >= 3 and counts['log begun anew'] >= 2


@pytest.mark.slow
def test_no_commit_is_lost_when_the_power_fails_many_times(tmp_path):
    counts = fail_power(tmp_path, 50, 40, seed=1)
    assert counts['failures'] == 2000
