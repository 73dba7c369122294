# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One block of the trunk: camera gated attention, then a gated feed-forward layer."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn, Tensor

from geo_world_model.networks.camera_gated_attention import CameraGatedAttention, KeysValues
from geo_world_model.networks.token_norm import TokenNorm


class TokenBlock(nn.Module):
    """Pre-norm block whose scales, shifts and gates follow the time (adaLN, Peebles and Xie 2023).

    The feed-forward layer is SwiGLU (Shazeer 2020). Both of its outputs start at zero, so a new
    block changes nothing.
    """

    def __init__(self, width: int, heads: int, gated: bool = True) -> None:
        super().__init__()
        hidden = max(32, int(width * 8 / 3 / 32) * 32)
        self.attention_norm, self.feed_norm = TokenNorm(width), TokenNorm(width)
        self.attention = CameraGatedAttention(width, heads, gated)
        self.feed_in = nn.Linear(width, 2 * hidden)
        self.feed_out = nn.Linear(hidden, width)
        self.own_modulation = nn.Parameter(torch.zeros(6, width))
        for layer in (self.attention.out, self.feed_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, tokens: Tensor, ray_tokens: Tensor, modulation: Tensor,
                memory: KeysValues | None = None, allowed: Tensor | None = None) -> Tensor:
        """Tokens (B, N, C); modulation (B, 6, C); the rest as for CameraGatedAttention."""
        parts = (modulation + self.own_modulation)[:, :, None].unbind(1)
        shift, scale, gate, feed_shift, feed_scale, feed_gate = parts
        seen = self.attention(self.attention_norm(tokens) * (1 + scale) + shift, ray_tokens,
                              memory, allowed)
        tokens = tokens + (1 + gate) * seen
        linear, opening = self.feed_in(
            self.feed_norm(tokens) * (1 + feed_scale) + feed_shift).chunk(2, -1)
        return tokens + (1 + feed_gate) * self.feed_out(F.silu(linear) * opening)
