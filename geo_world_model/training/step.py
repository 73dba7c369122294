# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One step of a stage, as its loss is told of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from geo_world_model.training.pool import Pool
from geo_world_model.training.recipe import Recipe, Stage


@dataclass(frozen=True, eq=False)
class Step:
    """
    recipe, stage, pool: what is trained on. seed: of the samples; chance: a generator on the CPU
    for everything else that is drawn; device: of the network.
    """

    recipe: Recipe
    stage: Stage
    pool: Pool
    seed: int
    chance: torch.Generator
    device: torch.device

    def autocast(self) -> torch.autocast:
        """Context of the recipe's precision."""
        return torch.autocast(self.device.type, torch.bfloat16, self.recipe.precision == 'bf16')
