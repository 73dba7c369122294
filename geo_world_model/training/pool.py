# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The pictures that training draws from: shards of views of scenes, made once and read for ever.

A shard is a safetensors file: rgb (N, V, H, W, 3) uint8, depth (N, V, H, W) float32 in metres with
+Inf for sky and NaN for what was not measured, poses (N, V, 4, 4) float64 camera to world,
intrinsics (N, 4) float64. A shard is complete or not there, so a writer may work beside readers.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from geo_world_model.errors import ConfigError

_NAMES = {'rgb': np.uint8, 'depth': np.float32, 'poses': np.float64, 'intrinsics': np.float64}


def shard_path(folder: str | Path, number: int) -> Path:
    """Path of the shard of a number."""
    return Path(folder) / f'{number:06d}.safetensors'


def write_shard(path: str | Path, scenes: dict[str, np.ndarray]) -> None:
    """Write a shard, whole or not at all; arrays as above."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f'.{os.getpid()}.part')
    save_file({name: np.ascontiguousarray(scenes[name], kind) for name, kind in _NAMES.items()},
              beside)
    beside.replace(path)


class Pool:
    """
    The shards of a folder, in memory.

    folder: its shards are numbered from 0 without gaps; most: shards that are read, None: all.
    refresh() reads what has come. ConfigError for a file that is no shard, or of another size.
    """

    def __init__(self, folder: str | Path, most: int | None = None) -> None:
        self.folder, self._most = Path(folder), most
        self._shards: list[dict[str, np.ndarray]] = []
        self.refresh()

    def __len__(self) -> int:
        return sum(len(shard['rgb']) for shard in self._shards)

    @property
    def shards(self) -> int:
        """How many shards have been read."""
        return len(self._shards)

    def refresh(self) -> int:
        """Read the shards that have been finished since; returns how many scenes there are."""
        while self._most is None or len(self._shards) < self._most:
            path = shard_path(self.folder, len(self._shards))
            if not path.exists():
                break
            self._shards.append(self._read(path))
        return len(self)

    def scenes(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """Return scenes by their number, (B,) int: the arrays of a shard with B in place of N."""
        sizes = np.cumsum([0] + [len(shard['rgb']) for shard in self._shards])
        at = np.searchsorted(sizes, indices, side='right') - 1
        return {name: np.stack([self._shards[shard][name][index - sizes[shard]]
                                for shard, index in zip(at, indices)]) for name in _NAMES}

    def _read(self, path: Path) -> dict[str, np.ndarray]:
        try:
            shard = load_file(path)
        except (OSError, SafetensorError) as error:
            raise ConfigError(f'{path} is no shard of pictures ({error})') from error
        count, views, height, width = shard.get('depth', np.zeros((0, 0, 0, 0))).shape
        shapes = {'rgb': (count, views, height, width, 3), 'depth': (count, views, height, width),
                  'poses': (count, views, 4, 4), 'intrinsics': (count, 4)}
        for name, kind in _NAMES.items():
            if name not in shard or shard[name].shape != shapes[name] \
                    or shard[name].dtype != kind:
                raise ConfigError(f'{path}: "{name}" is missing or not {shapes[name]} '
                                  f'{np.dtype(kind)}')
        if self._shards and shard['rgb'].shape[1:] != self._shards[0]['rgb'].shape[1:]:
            raise ConfigError(f'{path} holds views {shard["rgb"].shape[1:]}, the shards before '
                              f'it {self._shards[0]["rgb"].shape[1:]}')
        return shard
