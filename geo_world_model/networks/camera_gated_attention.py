# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Camera gated attention: the pose moves the query and gates what attention returns.

GaC (arXiv 2602.21929, CVPR 2026), with r_i the embedding of token i's rays:

    (Q_res, Gate) = Linear2(Q + r_i)
    O = SDPA(Q + Q_res, K, V)
    O <- Linear3(O * sigmoid(Gate))

K and V know nothing of the pose. Linear2 is twice as wide as the tokens.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn, Tensor

from geo_world_model.networks.token_norm import TokenNorm

KeysValues = tuple[Tensor, Tensor]


class CameraGatedAttention(nn.Module):
    """Self-attention of tokens with references as further keys and values.

    width: channels of a token; heads divide it. gated: False leaves plain attention, for the
    comparison. Q_res starts at zero and the gate open, so training starts near plain attention.
    """

    def __init__(self, width: int, heads: int, gated: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.query_norm = TokenNorm(width // heads)
        self.key_norm = TokenNorm(width // heads)
        self.camera = nn.Linear(width, 2 * width) if gated else None
        self.out = nn.Linear(width, width)
        if gated:
            nn.init.zeros_(self.camera.weight)
            nn.init.zeros_(self.camera.bias)
            nn.init.constant_(self.camera.bias[width:], 2.0)

    def forward(self, tokens: Tensor, ray_tokens: Tensor, memory: KeysValues | None = None,
                allowed: Tensor | None = None) -> Tensor:
        """Tokens (B, N, C) that attended to each other and to the memory.

        ray_tokens: r, (B, N, C). memory: keys and values (B, heads, M, C / heads). allowed:
        bool, broadcastable to (B, heads, N, N + M), False = may not be looked at.
        """
        query, key, value = self.query_key_value(tokens).chunk(3, -1)
        gate = None
        if self.camera is not None:
            moved, gate = self.camera(query + ray_tokens).chunk(2, -1)
            query = query + moved
        query = self.query_norm(self._by_head(query))
        key, value = self.key_norm(self._by_head(key)), self._by_head(value)
        if memory is not None:
            key = torch.cat([key, memory[0].to(key.dtype)], 2)
            value = torch.cat([value, memory[1].to(value.dtype)], 2)
        seen = F.scaled_dot_product_attention(query, key.to(query.dtype), value.to(query.dtype),
                                              attn_mask=allowed)
        seen = seen.transpose(1, 2).flatten(2)
        return self.out(seen if gate is None else seen * torch.sigmoid(gate))

    def _by_head(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)
