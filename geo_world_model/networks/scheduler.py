# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The way from a noisy base to a completion, in the form of diffusers' schedulers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import ConfigMixin, SchedulerMixin
from diffusers.configuration_utils import register_to_config
from diffusers.utils import BaseOutput
from torch import Tensor

from geo_world_model.errors import NetworkError


@dataclass
class SchedulerOutput(BaseOutput):
    """prev_sample: (B, C, H, W), the estimate at the next time."""

    prev_sample: Tensor


class CompletionScheduler(SchedulerMixin, ConfigMixin):
    """Straight paths x_t = (1 - t) x_0 + t x_1 from source (t = 0) to completion (t = 1).

    The model predicts x_1. Times run upward; shift > 1 spends more of them near the source.
    """

    order = 1

    @register_to_config
    def __init__(self, shift: float = 1.0) -> None:
        if not 0.1 <= shift <= 10:
            raise NetworkError(f'shift {shift!r}: expected 0.1..10')
        self.timesteps = torch.zeros(1)
        self._ends = torch.ones(1)

    def set_timesteps(self, num_inference_steps: int,
                      device: torch.device | str | None = None) -> None:
        """Make `timesteps` (N,) in 0..1, ascending from 0; NetworkError for less than one step."""
        if not 1 <= num_inference_steps <= 1000:
            raise NetworkError(f'{num_inference_steps!r} steps: expected 1..1000')
        grid = torch.linspace(0, 1, num_inference_steps + 1)
        grid = grid / (grid + (1 - grid) * self.config.shift)
        self.timesteps, self._ends = grid[:-1].to(device), grid[1:].to(device)

    def scale_model_input(self, sample: Tensor, timestep: Tensor | float | None = None) -> Tensor:
        """Return the sample: the network itself takes the posterior mean."""
        return sample

    def step(self, model_output: Tensor, timestep: Tensor | float, sample: Tensor,
             return_dict: bool = True) -> SchedulerOutput | tuple[Tensor]:
        """Go from x_t to the next time along the line to the predicted x_1 (Euler)."""
        at = (self.timesteps - float(timestep)).abs().argmin()
        now, end = self.timesteps[at], self._ends[at]
        reached = model_output if end >= 1 else \
            sample + (model_output - sample) * ((end - now) / (1 - now))
        return SchedulerOutput(reached) if return_dict else (reached,)

    def add_noise(self, original_samples: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """x_t = (1 - t) noise + t original; noise is the whole source x_0, base included.

        Both (B, C, H, W), timesteps (B,) in 0..1.
        """
        time = timesteps.to(original_samples)[:, None, None, None]
        return (1 - time) * noise + time * original_samples
