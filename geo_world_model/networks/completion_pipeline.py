# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From a rendering with holes to a completed view: base, noise, steps of the model."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.base_fill import fill_base
from geo_world_model.networks.coloured_noise import coloured_noise, noisy_source
from geo_world_model.networks.completion_model import CompletionModel, CompletionOutput
from geo_world_model.networks.reference_batch import ReferenceBatch
from geo_world_model.networks.scheduler import CompletionScheduler
from geo_world_model.networks.unet_vit import TOKEN

#: Bytes of a file of weights, as diffusers writes them.
SHARD = '15MB'


class CompletionPipeline:
    """A model and its scheduler; a folder of both is what `save_pretrained` of either writes.

    The weights lie in the folder itself, the scheduler in its subfolder ``scheduler`` (the
    default one where there is none).
    """

    def __init__(self, model: CompletionModel, scheduler: CompletionScheduler | None = None
                 ) -> None:
        self.model = model.eval()
        self.scheduler = scheduler or CompletionScheduler()

    @classmethod
    def from_pretrained(cls, folder: Path | str, device: str = 'cpu') -> CompletionPipeline:
        """Load a folder; NetworkError when it holds no completion model. Weights as float32."""
        folder = Path(folder)
        if not (folder / 'config.json').is_file():
            raise NetworkError(f'{folder} holds no completion model: expected config.json and '
                               'weights beside it, as save_pretrained writes them')
        try:
            model = CompletionModel.from_pretrained(
                folder, torch_dtype=torch.float32, low_cpu_mem_usage=False,
                local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, RuntimeError, TypeError) as error:
            raise NetworkError(f'the completion model in {folder} cannot be read: {error}'
                               ) from error
        scheduler = None
        if (folder / 'scheduler').is_dir():
            scheduler = CompletionScheduler.from_pretrained(folder / 'scheduler',
                                                            local_files_only=True)
        return cls(model.to(device), scheduler)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write config and safetensors in shards below 16 MB, and the scheduler."""
        self.model.save_pretrained(folder, max_shard_size=SHARD)
        self.scheduler.save_pretrained(Path(folder) / 'scheduler')

    def check_inputs(self, rendering: Tensor, known: Tensor, rays: Tensor, steps: int) -> None:
        """Raise NetworkError, in words, unless the inputs are those of one call."""
        if rendering.ndim != 4 or rendering.shape[1] != 4:
            raise NetworkError(f'rendering has shape {tuple(rendering.shape)}: expected '
                               '(B, 4, H, W), colour in [-1, 1] and coded depth')
        batch, _, height, width = rendering.shape
        if height % TOKEN or width % TOKEN:
            raise NetworkError(f'rendering of {width}x{height} pixels: expected multiples of '
                               f'{TOKEN}')
        for name, tensor, channels in (('known', known, 2), ('rays', rays, 3)):
            if tuple(tensor.shape) != (batch, channels, height, width):
                raise NetworkError(f'{name} has shape {tuple(tensor.shape)}: expected '
                                   f'{(batch, channels, height, width)}')
        if not torch.isin(known, torch.tensor([0.0, 1.0]).to(known)).all():
            raise NetworkError('known holds other values than 0 and 1')
        seen = torch.cat([known[:, :1].expand(-1, 3, -1, -1), known[:, 1:]], 1) > 0
        if not torch.isfinite(rendering[seen]).all():
            raise NetworkError('rendering is not finite where it is said to be known')
        if not isinstance(steps, int) or not 1 <= steps <= 1000:
            raise NetworkError(f'steps {steps!r}: expected a whole number in 1..1000')

    @torch.no_grad()
    def __call__(self, rendering: Tensor, known: Tensor, rays: Tensor,
                 references: ReferenceBatch | None = None, steps: int = 1,
                 generator: torch.Generator | None = None) -> CompletionOutput:
        """Complete renderings (B, 4, H, W) whose known (B, 2, H, W) is 1 for colour, depth.

        rays: (B, 3, H, W) unit directions in the camera's frame. Depth and confidence are those
        of the one-step mean whatever `steps`; colour is that of the last step. generator: of the
        CPU; without influence when there is one step.
        """
        self.check_inputs(rendering, known, rays, steps)
        base = fill_base(rendering, known)
        memory = self.model.encode_references(references)

        def predict(estimate: Tensor, time: Tensor) -> CompletionOutput:
            return self.model(estimate, base, known, rays,
                              time.expand(len(base)).to(base.device), memory)

        mean = predict(base, torch.zeros(1))
        if steps == 1:
            return mean
        self.scheduler.set_timesteps(steps)
        sample = noisy_source(base, known, coloured_noise(base.shape, generator, base.device))
        for number, time in enumerate(self.scheduler.timesteps):
            predicted = mean if number == 0 else predict(sample, time)
            sample = self.scheduler.step(predicted.colour_depth, time, sample).prev_sample
        return CompletionOutput(torch.cat([sample[:, :3], mean.colour_depth[:, 3:]], 1),
                                mean.confidence)
