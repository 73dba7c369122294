# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Mutated files of somebody who means harm: an error in a sentence, in bounded time and memory.

scripts/test --all tries 10,000 of them; -s shows what became of them.
"""

import collections
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from worlds import make_world


def fuzz(folder, count, seed):
    """Let a process with bounded memory and time open mutated files; returns what came of it."""
    world = make_world(folder / 'whole.gwm', 4)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name('mutated.py'), str(world), str(count),
         str(seed)],
        capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': ':'.join(sys.path)})
    assert done.returncode == 0, f'{done.stdout[-2000:]}\n{done.stderr[-4000:]}'
    print(f'\n{done.stdout}')
    return collections.Counter({name: int(number) for name, number in
                                re.findall(r'^(\w+) (\d+)$', done.stdout, re.M)})


def test_mutated_files_are_opened_or_refused_in_bounded_time_and_memory(tmp_path):
    counts = fuzz(tmp_path, 300, 0)
    assert counts['files'] == 300 and counts['refused'] > 100 and counts['opened'] > 10


@pytest.mark.slow
@pytest.mark.parametrize('seed', range(1, 5))
def test_ten_thousand_mutated_files(tmp_path, seed):
    assert fuzz(tmp_path, 2500, seed)['files'] == 2500
