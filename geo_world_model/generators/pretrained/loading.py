# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Loading a diffusers pipeline: safetensors only, no code from the checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from geo_world_model.errors import GeneratorError

_DTYPES = ('float32', 'float16', 'bfloat16')
_OFFLOADS = ('none', 'model', 'sequential')


@dataclass(frozen=True)
class Loading:
    """How a checkpoint is loaded.

    model: hub name or folder. revision, variant, cache_dir: as in diffusers. dtype: float32,
    float16 or bfloat16. device: for example cuda or cpu. offload: none, model or sequential.
    offline: never ask the hub. Raises GeneratorError for other values.
    """

    model: str
    revision: str | None = None
    variant: str | None = None
    cache_dir: str | None = None
    dtype: str = 'float32'
    device: str = 'cpu'
    offload: str = 'none'
    offline: bool = False

    def __post_init__(self) -> None:
        for name, value, allowed in (('dtype', self.dtype, _DTYPES),
                                     ('offload', self.offload, _OFFLOADS)):
            if value not in allowed:
                raise GeneratorError(f'{name} {value!r}: expected one of {", ".join(allowed)}')


def load_pipeline(class_name: str, loading: Loading):
    """Return the diffusers pipeline; GeneratorError says what is missing."""
    try:
        import diffusers
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise GeneratorError(f'{class_name} needs torch, diffusers and transformers ({error}): '
                             'pip install torch diffusers transformers accelerate') from error
    try:
        pipeline = getattr(diffusers, class_name).from_pretrained(
            loading.model, revision=loading.revision, variant=loading.variant,
            cache_dir=loading.cache_dir, torch_dtype=getattr(torch, loading.dtype),
            use_safetensors=True, trust_remote_code=False, local_files_only=loading.offline)
        if loading.offload == 'model':
            pipeline.enable_model_cpu_offload(device=loading.device)
        elif loading.offload == 'sequential':
            pipeline.enable_sequential_cpu_offload(device=loading.device)
        else:
            pipeline.to(loading.device)
    except Exception as error:  # hub, files and devices fail in many classes
        raise GeneratorError(f'{class_name} could not be loaded from {loading.model!r}: '
                             f'{type(error).__name__}: {error}') from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
