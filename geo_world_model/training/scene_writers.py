# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that render the scenes of a recipe beside its training, looked after while it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from geo_world_model.errors import ConfigError
from geo_world_model.training.pool import shard_path, write_shard
from geo_world_model.training.recipe import Recipe
from geo_world_model.training.scene_shards import recording_shard

#: How often a process that failed is started again.
_RESTARTS = 2


@dataclass(eq=False)
class _Writer:
    """One process and the shards of one pool that it is there for."""

    folder: Path
    command: list[str]
    shards: range
    process: subprocess.Popen | None = None
    failures: int = 0

    def missing(self) -> bool:
        return any(not shard_path(self.folder, number).exists() for number in self.shards)


@dataclass(eq=False)
class SceneWriters:
    """
    recipe, out: as of Trainer. count: processes a pool; 0: the shards are there, or somebody else
    writes them. say: told one line when a process is started again.

    Own recordings are written first, at once. ConfigError for recordings that are none.
    """

    recipe: Recipe
    out: Path
    count: int = 1
    say: Callable[[str], None] = print
    _writers: list[_Writer] = field(default_factory=list)

    def __post_init__(self) -> None:
        pools = {}
        for stage in self.recipe.stages:
            for size, folder in zip(stage.sizes, stage.folders):
                shards = max(stage.shards, pools.get(folder, (size, 0))[1])
                pools[folder] = size, shards, stage.views
        for order, (name, (size, shards, views)) in enumerate(pools.items()):
            folder = Path(self.out) / name
            for number, recording in enumerate(self.recipe.recordings):
                if not shard_path(folder, number).exists():
                    write_shard(shard_path(folder, number),
                                recording_shard(recording, size, views))
            for first in range(self.count):
                command = [
                    sys.executable, '-m', 'geo_world_model.training.scene_shards', str(folder),
                    '--seed', str(self.recipe.seed + order), '--size', *map(str, size),
                    '--scenes', self.recipe.scenes, '--views', str(views), '--shards',
                    str(shards), '--first', str(first), '--step', str(self.count)]
                self._writers.append(_Writer(folder, command, range(first, shards, self.count)))
        for writer in self._writers:
            self._start(writer)

    def tend(self) -> None:
        """Start again what ended before its shards were written, a few times."""
        for writer in self._writers:
            if writer.process is None or writer.process.poll() is None or not writer.missing():
                continue
            status, writer.process = writer.process.returncode, None
            writer.failures += 1
            again = writer.failures <= _RESTARTS
            self.say(f'a process that renders scenes for {writer.folder} ended (status {status})'
                     f'{": started again" if again else ": given up"}')
            if again:
                self._start(writer)

    def check(self, folder: Path) -> None:
        """Raise ConfigError where a pool waits for shards that nobody writes any more."""
        given_up = [writer for writer in self._writers
                    if writer.folder == Path(folder) and writer.process is None
                    and writer.missing()]
        if given_up:
            raise ConfigError(
                f'{folder} lacks shards, and the process that renders them failed '
                f'{given_up[0].failures} times; what it said stands above. What is there is kept: '
                'start the training again when that is mended')

    def close(self) -> None:
        """End the processes."""
        for writer in self._writers:
            if writer.process is not None:
                writer.process.terminate()
                writer.process.wait()
                writer.process = None

    def _start(self, writer: _Writer) -> None:
        if writer.missing():
            writer.process = subprocess.Popen(writer.command, env={
                **os.environ, 'NUMBA_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1'})
