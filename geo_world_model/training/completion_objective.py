# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Completion of one view by the trunk, alone or with a branch that learns beside it."""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.networks.coloured_noise import coloured_noise, noisy_source
from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.training.losses import completion_loss
from geo_world_model.training.samples import draw_samples
from geo_world_model.training.step import Step

_LATEST_TIME = 0.95


def completion_step(model: CompletionModel, step: Step, guide: bool = False, stereo: bool = False
                    ) -> tuple[Tensor, dict[str, float]]:
    """
    Return the loss of one batch, and its parts by name.

    guide: the global memory is shown the clouds of all views, of which the rendering shows some.
    stereo: the stereo memory is shown the references. Flow matching along straight paths,
    x_t = (1 - t) x_0 + t x_1 with x_0 the base and coloured noise in its holes; `regression` of
    the samples are at t = 0, where the answer is the mean.
    """
    stage, device, chance = step.stage, step.device, step.chance
    samples = draw_samples(step.pool, stage.batch, step.seed, step.recipe.augmentation, device,
                           step.recipe.references, guide)
    timestep = torch.rand(stage.batch, generator=chance) * _LATEST_TIME
    timestep[torch.rand(stage.batch, generator=chance) < stage.regression] = 0.0
    timestep = timestep.to(device)
    estimate = samples.base
    if stage.regression < 1:
        source = noisy_source(samples.base, samples.known, coloured_noise(
            samples.base.shape, chance, device))
        at = timestep[:, None, None, None]
        estimate = (1 - at) * source + at * samples.truth
    with step.autocast():
        output = model(estimate, samples.base, samples.known, samples.rays, timestep,
                       samples.references, geometry=samples.guide,
                       stereo=samples.references if stereo else None)
    output.colour_depth, output.confidence = (
        output.colour_depth.float(), output.confidence.float())
    return completion_loss(output, samples, timestep)
