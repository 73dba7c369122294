# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A completion model run by OpenVINO on a CPU, in bfloat16 where the processor has it."""

from __future__ import annotations

import warnings
from dataclasses import fields, replace

import torch
import torch.nn.functional as F
from torch import nn, Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.completion_model import CompletionModel, CompletionOutput
from geo_world_model.networks.reference_batch import ReferenceBatch


class OpenVinoModel:
    """Stands for a trained CompletionModel in a CompletionPipeline.

    precision: 'bf16' or 'f32'. threads: 0 = all. references: views that every batch of references
    is padded to. A size of picture, with and without references, is converted once, in seconds;
    memory is encoded anew in every step. Branches and modalities are not run. NetworkError
    without OpenVINO.
    """

    def __init__(self, model: CompletionModel, precision: str = 'bf16', threads: int = 0,
                 references: int = 4) -> None:
        try:
            import openvino
        except ImportError as error:
            raise NetworkError('this way of running the network needs OpenVINO: pip install '
                               f'"geo_world_model[openvino]" ({error})') from error
        if precision not in ('bf16', 'f32'):
            raise NetworkError(f'precision {precision!r}: expected bf16 or f32')
        self._openvino, self._model = openvino, model.eval()
        self.config, self.memory = model.config, model.memory
        self._references = references
        self._options = {'INFERENCE_PRECISION_HINT': precision, 'PERFORMANCE_HINT': 'LATENCY',
                         **({'INFERENCE_NUM_THREADS': threads} if threads else {})}
        self._compiled: dict = {}

    def eval(self) -> OpenVinoModel:
        """Return itself: it never trains."""
        return self

    def encode_references(self, references: ReferenceBatch | None) -> ReferenceBatch | None:
        """Return the references padded to one number, or None."""
        if references is None or self.memory is None:
            return None
        missing = self._references - references.usable.shape[1]
        if missing < 0:
            raise NetworkError(f'{references.usable.shape[1]} references: expected at most '
                               f'{self._references}')
        return replace(references, **{field.name: _padded(getattr(references, field.name), missing)
                                      for field in fields(references)})

    def __call__(self, estimate: Tensor, base: Tensor, known: Tensor, rays: Tensor,
                 timestep: Tensor, references: ReferenceBatch | None = None) -> CompletionOutput:
        """Predict the completed view; arguments as of CompletionModel.forward, on the CPU."""
        inputs = [estimate, base, known, rays, timestep]
        if references is not None:
            inputs += [getattr(references, field.name) for field in fields(references)]
        shape = tuple(base.shape), references is not None
        if shape not in self._compiled:
            self._compiled[shape] = self._compile(inputs)
        made = self._compiled[shape]([part.numpy() for part in inputs])
        # the engine writes into the same memory next time
        return CompletionOutput(*(torch.from_numpy(made[number].copy()) for number in range(2)))

    def _compile(self, inputs):
        with torch.no_grad(), warnings.catch_warnings():
            # checks of shapes are no part of what is traced
            warnings.simplefilter('ignore', torch.jit.TracerWarning)
            converted = self._openvino.convert_model(_Plain(self._model),
                                                     example_input=tuple(inputs))
        return self._openvino.Core().compile_model(converted, 'CPU', self._options)


class _Plain(nn.Module):
    """The model with tensors only as its arguments and answer."""

    def __init__(self, model: CompletionModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, estimate, base, known, rays, timestep, *references):
        batch = ReferenceBatch(*references) if references else None
        output = self.model(estimate, base, known, rays, timestep, batch)
        return output.colour_depth, output.confidence


def _padded(part: Tensor, missing: int) -> Tensor:
    return F.pad(part, (0, 0) * (part.dim() - 2) + (0, missing)) if missing else part
