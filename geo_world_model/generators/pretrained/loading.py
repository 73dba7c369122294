# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Loading pipelines and networks: safetensors only, no code from the checkpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.pretrained.memory import is_out_of_memory, room

_DTYPES = ('float32', 'float16', 'bfloat16')
_OFFLOADS = ('none', 'model', 'sequential')


@dataclass(frozen=True)
class Loading:
    """How a checkpoint is loaded.

    model: hub name or folder. revision, variant, cache_dir, device_map: as in diffusers and
    transformers. dtype: float32, float16 or bfloat16. device: for example cuda or cpu. offload:
    none, model (one network at a time on the device) or sequential (one layer at a time).
    offline: never ask the hub. Raises GeneratorError for other values.
    """

    model: str
    revision: str | None = None
    variant: str | None = None
    cache_dir: str | None = None
    dtype: str = 'float32'
    device: str = 'cpu'
    device_map: str | None = None
    offload: str = 'none'
    offline: bool = False

    def __post_init__(self) -> None:
        for name, value, allowed in (('dtype', self.dtype, _DTYPES),
                                     ('offload', self.offload, _OFFLOADS)):
            if value not in allowed:
                raise GeneratorError(f'{name} {value!r}: expected one of {", ".join(allowed)}')
        if self.device_map is not None and self.offload != 'none':
            raise GeneratorError(f'device_map {self.device_map!r} and offload {self.offload!r} '
                                 'both place the networks: expected one of them')

    @property
    def movable(self) -> bool:
        """Whether the networks may be moved between an accelerator and the host."""
        return self.device != 'cpu' and self.device_map is None

    def options(self) -> dict:
        """Return the keyword arguments that every from_pretrained takes."""
        return {'revision': self.revision, 'variant': self.variant, 'cache_dir': self.cache_dir,
                'use_safetensors': True, 'trust_remote_code': False,
                'local_files_only': self.offline,
                **({} if self.device_map is None else {'device_map': self.device_map})}


def load_pipeline(class_name: str, loading: Loading):
    """Return the diffusers pipeline; GeneratorError says what is missing."""
    diffusers, torch, _ = _libraries(class_name)
    try:
        pipeline = getattr(diffusers, class_name).from_pretrained(
            loading.model, torch_dtype=getattr(torch, loading.dtype), **loading.options())
        place_pipeline(pipeline, loading, loading.offload)
    except Exception as error:  # hub, files and devices fail in many classes
        raise _not_loaded(class_name, loading, error) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def place_pipeline(pipeline, loading: Loading, offload: str) -> None:
    """Bring a pipeline to its device, whole or as `offload` says."""
    if loading.device_map is not None:
        return
    if offload == 'model':
        pipeline.enable_model_cpu_offload(device=loading.device)
    elif offload == 'sequential':
        pipeline.enable_sequential_cpu_offload(device=loading.device)
    else:
        pipeline.to(loading.device)


def load_network(class_name: str, loading: Loading, **options):
    """Return a network of transformers, in evaluation mode; GeneratorError says what is missing.

    One network has nothing to take turns with: offload 'model' is refused, 'sequential' is not.
    """
    _, torch, transformers = _libraries(class_name)
    if loading.offload == 'model':
        raise GeneratorError(f'{class_name} is one network: expected offload none or sequential')
    try:
        network = getattr(transformers, class_name).from_pretrained(
            loading.model, dtype=getattr(torch, loading.dtype), **loading.options(), **options)
        if loading.offload == 'sequential':
            import accelerate
            accelerate.cpu_offload(network, loading.device)
        elif loading.device_map is None:
            network.to(loading.device)
    except Exception as error:  # hub, files and devices fail in many classes
        raise _not_loaded(class_name, loading, error) from error
    return network.eval()


def load_settings(file: str, loading: Loading) -> dict:
    """Return what a JSON file beside the weights says; nothing when there is none."""
    from transformers.utils import cached_file
    path = cached_file(loading.model, file, revision=loading.revision,
                       cache_dir=loading.cache_dir, local_files_only=loading.offline,
                       _raise_exceptions_for_missing_entries=False,
                       _raise_exceptions_for_connection_errors=False,
                       _raise_exceptions_for_gated_repo=False)
    return {} if path is None else json.loads(Path(path).read_text())


def _libraries(class_name: str):
    try:
        import diffusers
        import torch
        import transformers
    except ImportError as error:
        raise GeneratorError(f'{class_name} needs torch, diffusers and transformers ({error}): '
                             'pip install "geo_world_model[pretrained]"') from error
    return diffusers, torch, transformers


def _not_loaded(class_name: str, loading: Loading, error: Exception) -> GeneratorError:
    if is_out_of_memory(error):
        return GeneratorError(f'{class_name} does not fit into memory: {room(loading.device)} '
                              f'({error}); "dtype": "float16" and "offload": "model" or '
                              '"sequential" need less')
    where = 'offline, ' if loading.offline else ''
    return GeneratorError(f'{class_name} could not be loaded ({where}from {loading.model!r}): '
                          f'{type(error).__name__}: {error}')
