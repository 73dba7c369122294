# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""SIGKILLs at random: what was said to be done is done. scripts/test --all kills 200 times."""

import collections
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.log import Log
from geo_world_model.storage.backup import backup
from geo_world_model.storage.verification import verify
from test_fingerprint import WORLDS
from worlds import contents, make_world

#: Most seconds before the kill, for each thing that is interrupted.
MOMENTS = {'commit': 0.25, 'migrate': 0.02, 'copy': 0.06}


class Victim:
    """A process that does one thing until it is killed, and what it said it had done."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name('killed.py')], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'PYTHONPATH': ':'.join(sys.path)})

    def kill_within(self, what, path, seconds):
        """Let it do `what` to a file for some seconds, kill it; returns the lines that it said."""
        self._process.stdin.write(f'{what} {path}\n')
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline().split()[1])
        lines = []
        reader = threading.Thread(target=self._read, args=(lines,))
        reader.start()
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        reader.join()
        return lines

    def _read(self, lines):
        for line in self._process.stdout:
            if line == 'ended\n':
                return
            lines.append(line.split())

    def close(self):
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture
def victim():
    one = Victim()
    yield one
    one.close()


def kill_many(victim, folder, kills, seed=0):
    """Kill writers, migrations and copies in turn; count what they had done, and what is there."""
    rng = np.random.default_rng(seed)
    counts, world = collections.Counter(), None
    for number in range(kills):
        what = ('commit', 'commit', 'migrate', 'copy')[number % 4]
        if world is None or number % 20 == 0:
            world = make_world(folder / f'{number}.gwm', 2)
        path = world if what != 'migrate' else Path(
            shutil.copy(WORLDS / 'version_2.gwm', folder / f'{number}_old.gwm'))
        said = victim.kill_within(what, path, rng.uniform(0, MOMENTS[what]))
        counts[f'{what} killed'] += 1
        check(path, said, counts)
        if what == 'copy':
            check_copy(path, said, counts)
        if number % 10 == 9:
            found = verify(path)
            assert found.whole, str(found)
    print(f'\n{dict(counts)}')
    return counts


def check(path, said, counts):
    log = Log(path)
    digests = {number: digest.hex() for number, digest in log.digests().items()}
    pins = {(pin.pose.to_bytes().hex(), pin.version) for pin in log.pins()}
    assert list(digests) == [operation.number for operation in log.operations()]
    log.close()
    for kind, *words in said:
        if kind == 'operation':
            assert digests[int(words[0])] == words[1], 'a committed keyframe is lost'
            counts['operations checked'] += 1
        elif kind == 'pin':
            assert (words[0], int(words[1])) in pins, 'an answer is lost'
            counts['answers checked'] += 1


def check_copy(path, said, counts):
    copy = path.with_name(f'{path.name}.copy')
    done = [int(words[0]) for kind, *words in said if kind == 'copied']
    assert copy.exists() or not done
    if copy.exists():
        assert contents(copy)[0] == contents(path)[0][:len(contents(copy)[0])]
        counts['copies checked'] += 1
    backup(path, copy, overwrite=copy.exists())
    assert contents(copy) == contents(path)


def test_nothing_that_was_done_is_lost_by_a_kill(victim, tmp_path):
    counts = kill_many(victim, tmp_path, 12)
    assert counts['operations checked'] and counts['answers checked']


@pytest.mark.slow
def test_nothing_that_was_done_is_lost_by_two_hundred_kills(victim, tmp_path):
    counts = kill_many(victim, tmp_path, 200, seed=1)
    assert counts['operations checked'] > 200 and counts['copies checked'] > 20
    for path in tmp_path.glob('*0.gwm'):
        Cache(path).close()
