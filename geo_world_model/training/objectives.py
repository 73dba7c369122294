# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a stage of a recipe trains, and by which loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn, Tensor

from geo_world_model.errors import ConfigError
from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.training.completion_objective import completion_step
from geo_world_model.training.interleaved_objective import interleaved_step
from geo_world_model.training.step import Step


@dataclass(frozen=True)
class Objective:
    """
    parts: names of the parts of a CompletionModel that learn, all others are frozen. option: of
    the model, that must be set, or ''. loss: (model, Step) to a scalar and its parts by name.
    """

    parts: tuple[str, ...]
    option: str
    loss: Callable[[CompletionModel, Step], tuple[Tensor, dict[str, float]]]

    def learn(self, model: CompletionModel) -> list[nn.Parameter]:
        """Freeze all but the parts that learn; returns their weights."""
        model.requires_grad_(False)
        for name in self.parts:
            part = getattr(model, name)
            if part is not None:
                part.requires_grad_(True)
        return [weight for weight in model.parameters() if weight.requires_grad]


_TRUNK = 'trunk', 'memory'
#: By the word after `train` in a stage.
OBJECTIVES = {
    'trunk': Objective(_TRUNK, '', completion_step),
    'ggm': Objective(('global_memory',), 'global_blocks', partial(completion_step, guide=True)),
    'ssm': Objective(('stereo_memory',), 'stereo_blocks', partial(completion_step, stereo=True)),
    'interleaved': Objective(_TRUNK, 'modalities', interleaved_step)}


def check_objective(train: str, options: dict, where: str) -> None:
    """Raise ConfigError unless a network of these options can be trained so."""
    if train not in OBJECTIVES:
        raise ConfigError(f'{where}: train is {train!r}: expected one of {", ".join(OBJECTIVES)}')
    option = OBJECTIVES[train].option
    if option and not options.get(option):
        raise ConfigError(f'{where}: train: {train} takes a network with {option}; set it in '
                          '"options"')
    if train != 'interleaved' and options.get('modalities'):
        raise ConfigError(f'{where}: train: {train}: a network with modalities writes pictures in '
                          'turn; expected train: interleaved')
