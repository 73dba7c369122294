# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A training whose scenes nobody renders any more ends with a sentence, or starts their writer."""

import sys
import time

import pytest

for package in ('torch', 'diffusers', 'accelerate'):
    pytest.importorskip(package, reason=f'training needs {package}')
from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.training import scene_writers  # noqa: E402
from geo_world_model.training.recipe import Recipe, Stage  # noqa: E402
from geo_world_model.training.trainer import Trainer  # noqa: E402

FAILS = [sys.executable, '-S', '-c', 'raise SystemExit(3)']
STAGE = Stage('one', 'pool', ((16, 16),), 2, 1, 1)


def writers_of(command, out, said, monkeypatch):
    popen = scene_writers.subprocess.Popen
    monkeypatch.setattr(scene_writers.subprocess, 'Popen',
                        lambda _, **arguments: popen(command, **arguments))
    return scene_writers.SceneWriters(Recipe('tiny', (STAGE,)), out, say=said.append)


def test_a_training_whose_writer_fails_again_and_again_ends_and_says_so(tmp_path, monkeypatch):
    said = []
    writers = writers_of(FAILS, tmp_path, said, monkeypatch)
    monkeypatch.setattr(time, 'sleep', lambda seconds: writers._writers[0].process
                        and writers._writers[0].process.wait())
    with pytest.raises(ConfigError, match='lacks shards.*failed 3 times'):
        Trainer(writers.recipe, tmp_path, said.append, writers).run()
    assert sum('status 3): started again' in line for line in said) == 2
    assert 'given up' in said[-1]


def test_a_writer_that_was_killed_is_started_again_and_ended_at_the_end(tmp_path, monkeypatch):
    said = []
    writers = writers_of([sys.executable, '-S', '-c', 'import time; time.sleep(60)'], tmp_path,
                         said, monkeypatch)
    first = writers._writers[0].process
    first.kill()
    first.wait()
    writers.tend()
    second = writers._writers[0].process
    assert second is not first and second.poll() is None
    writers.check(tmp_path / STAGE.folders[0])
    writers.close()
    assert second.poll() is not None and 'status -9' in said[0]


def test_a_pool_of_two_stages_is_written_as_long_as_the_longer_one_asks(tmp_path, monkeypatch):
    recipe = Recipe('tiny', (Stage('a', 'pool', ((16, 16),), 5, 1, 1), STAGE))
    monkeypatch.setattr(scene_writers.subprocess, 'Popen', lambda command, **_: None)
    writers = scene_writers.SceneWriters(recipe, tmp_path)
    assert [list(writer.shards) for writer in writers._writers] == [[0, 1, 2, 3, 4]]
