# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What several processes of one training must agree about, at every step."""

from __future__ import annotations

import time

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import nn


class Together:
    """The processes of an Accelerator; with one only, nothing is exchanged."""

    def __init__(self, accelerator: Accelerator) -> None:
        self._accelerator = accelerator
        self._several = accelerator.num_processes > 1

    def now(self) -> float:
        """Seconds by the main process's clock, so that all save and stop at the same step."""
        seconds = time.monotonic()
        if not self._several:
            return seconds
        return float(broadcast(torch.tensor([seconds], dtype=torch.float64,
                                            device=self._accelerator.device)))

    def any(self, said: bool) -> bool:
        """Whether one of the processes says so."""
        if not self._several:
            return said
        number = torch.tensor([float(said)], device=self._accelerator.device)
        return bool(self._accelerator.reduce(number, 'sum') > 0)

    def average_gradients(self, learning: list[nn.Parameter]) -> None:
        """Replace the gradients of weights by their mean over the processes."""
        if not self._several:
            return
        gradients = [weight.grad for weight in learning if weight.grad is not None]
        mean = self._accelerator.reduce(torch.cat([each.flatten() for each in gradients]), 'mean')
        for each, part in zip(gradients, mean.split([each.numel() for each in gradients])):
            each.copy_(part.view_as(each))
