# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Root-mean-square normalisation of tokens (Zhang and Sennrich, NeurIPS 2019)."""

from __future__ import annotations

import torch
from torch import nn, Tensor


class TokenNorm(nn.Module):
    """x / rms(x) * gain over the last axis; gain starts at 1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, tokens: Tensor) -> Tensor:
        """(..., C) in, the same shape and dtype out."""
        scale = torch.rsqrt(tokens.float().square().mean(-1, keepdim=True) + 1e-6)
        return (tokens.float() * scale).to(tokens.dtype) * self.gain.to(tokens.dtype)
