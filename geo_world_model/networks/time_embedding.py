# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The sampling time as a vector."""

from __future__ import annotations

from math import log

import torch
from torch import nn, Tensor

_FREQUENCIES, _HIGHEST = 32, 1000.0


class TimeEmbedding(nn.Module):
    """Sines and cosines of t in 0..1 at geometric frequencies, then two layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2 * _FREQUENCIES, width), nn.SiLU(),
                                    nn.Linear(width, width))

    def forward(self, timestep: Tensor) -> Tensor:
        """(B,) to (B, width)."""
        frequencies = torch.exp(torch.linspace(0, log(_HIGHEST), _FREQUENCIES,
                                               device=timestep.device))
        angle = timestep[:, None].float() * frequencies
        return self.layers(torch.cat([angle.sin(), angle.cos()], -1))
