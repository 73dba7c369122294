# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Fetching a model from a hub before it is needed: configurations and safetensors, no code."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from geo_world_model.errors import GeneratorError

_WEIGHTS = re.compile(r'(model|diffusion_pytorch_model)(\.(?P<variant>[^.-]+))?(-\d+-of-\d+)?'
                      r'\.safetensors(\.index(\.(?P<other>[^.]+))?\.json)?')
_BESIDE = ('.json', '.txt', '.model')


def fetch(source: str, revision: str | None = None, variant: str | None = None,
          cache_dir: str | None = None, folder: str | Path | None = None,
          endpoint: str | None = None) -> Path:
    """Fetch what loading a model needs; what is there already is not fetched again.

    source: hub name. folder: where to put it as plain files; else it goes to the hub's cache.
    endpoint: address of another hub. Returns the folder. GeneratorError says what failed.
    """
    try:
        from huggingface_hub import constants, HfApi, snapshot_download
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
    except ImportError as error:
        raise GeneratorError(f'fetching needs huggingface_hub ({error}): pip install '
                             '"geo_world_model[pretrained]"') from error
    hub = endpoint or constants.ENDPOINT
    try:
        info = HfApi(endpoint=endpoint).model_info(source, revision=revision)
        wanted = choose_files([file.rfilename for file in info.siblings], variant)
        if not any(name.endswith('.safetensors') for name in wanted):
            raise GeneratorError(f'{source} has no weights as safetensors'
                                 + (f' of variant {variant}' if variant else '')
                                 + '; others are not read')
        return Path(snapshot_download(source, revision=info.sha, cache_dir=cache_dir,
                                      local_dir=folder, allow_patterns=wanted,
                                      endpoint=endpoint))
    except GeneratorError:
        raise
    except GatedRepoError as error:
        raise GeneratorError(f'{source} asks for its licence to be accepted: do so on '
                             f'{hub}/{source}, then log in with "hf auth login"') from error
    except RepositoryNotFoundError as error:
        raise GeneratorError(f'{hub} knows no model {source}, or shows it to others only '
                             '(hf auth login)') from error
    except Exception as error:  # network, hub and disk fail in many classes
        raise GeneratorError(
            f'{source} could not be fetched from {hub} ({type(error).__name__}: {error}). What '
            'has arrived is kept: ask again. Without a network, fetch with --folder on another '
            'machine, copy that folder here, and name it as "model"') from error


def choose_files(names: list[str], variant: str | None = None) -> list[str]:
    """Of a repository's files, those that loading reads.

    Weights in a folder are those of the variant, where there are some, else the plain ones. Of a
    pipeline (it has model_index.json) nothing in the top folder is a part.
    """
    is_pipeline = 'model_index.json' in names
    chosen, weights = [], {}
    for name in names:
        path = PurePosixPath(name)
        if len(path.parts) > 2 or (len(path.parts) == 2) != is_pipeline:
            continue
        found = _WEIGHTS.fullmatch(path.name)
        if found:
            kind = found['variant'] or found['other']
            weights.setdefault(path.parent, {}).setdefault(kind, []).append(name)
        elif path.suffix in _BESIDE and '.safetensors' not in path.name and \
                '.bin.' not in path.name:
            chosen.append(name)
    for kinds in weights.values():
        chosen += kinds.get(variant) or kinds.get(None, [])
    return sorted(chosen + ['model_index.json'] * is_pipeline)
