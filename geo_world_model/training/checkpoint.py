# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Checkpoints: weights, their average, both moments of AdamW, and where the training stands.

Safetensors in shards that any hosting takes, and JSON; no pickle. A checkpoint replaces the one
before as a whole: a process that is killed while it writes leaves the one before.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from geo_world_model.errors import ConfigError

#: Most bytes of tensors in one file.
SHARD_BYTES = 15_000_000
_STATE = 'state.json'


def save_checkpoint(folder: str | Path, tensors: dict[str, Tensor], state: dict) -> None:
    """Write named tensors and a JSON-like state; the folder holds one or the other, whole."""
    folder = Path(folder)
    new, old = folder.with_name(folder.name + '.new'), folder.with_name(folder.name + '.old')
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    files = []
    for number, part in enumerate(_shards(tensors)):
        files.append(f'{number:04d}.safetensors')
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in part.items()},
                  new / files[-1])
    (new / _STATE).write_text(json.dumps({**state, 'files': files}, indent=1))
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: str | Path) -> tuple[dict[str, Tensor], dict] | None:
    """Return tensors and state, or None when there is no checkpoint; ConfigError: damaged."""
    folder = Path(folder)
    if not (folder / _STATE).exists():
        # killed between two renamings
        folder = folder.with_name(folder.name + '.old')
        if not (folder / _STATE).exists():
            return None
    try:
        state = json.loads((folder / _STATE).read_text())
        tensors = {}
        for name in state.pop('files'):
            tensors |= load_file(folder / Path(name).name)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ConfigError(f'{folder} is no whole checkpoint ({error}); name another folder, or '
                          'remove it to begin anew') from error
    return tensors, state


def optimizer_tensors(optimizer: torch.optim.Optimizer, names: dict[Tensor, str]
                      ) -> dict[str, Tensor]:
    """Moments and step counts of AdamW by the name of their weight."""
    return {f'{kind}.{names[weight]}': value.clone()
            for weight, moments in optimizer.state.items() for kind, value in moments.items()}


def restore_optimizer(optimizer: torch.optim.Optimizer, names: dict[Tensor, str],
                      tensors: dict[str, Tensor]) -> None:
    """Undo optimizer_tensors."""
    for weight, name in names.items():
        state = {kind: tensors[f'{kind}.{name}'] for kind in ('step', 'exp_avg', 'exp_avg_sq')
                 if f'{kind}.{name}' in tensors}
        if state:
            optimizer.state[weight] = {
                kind: value if kind == 'step' else value.to(weight.device)
                for kind, value in state.items()}


def _shards(tensors):
    part, size = {}, 0
    for name, tensor in tensors.items():
        room = tensor.numel() * tensor.element_size()
        if part and size + room > SHARD_BYTES:
            yield part
            part, size = {}, 0
        part[name] = tensor
        size += room
    yield part
