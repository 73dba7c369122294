# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""References as further keys and values of the trunk, encoded once a view for all steps."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn, Tensor

from geo_world_model.networks.camera_gated_attention import KeysValues
from geo_world_model.networks.reference_batch import ReferenceBatch
from geo_world_model.networks.token_block import TokenBlock
from geo_world_model.networks.token_norm import TokenNorm

CHANNELS = 14


@dataclass(frozen=True, eq=False)
class EncodedReferences:
    """keys_values: one pair (B, heads, M, C / heads) a block. usable: (B, M) bool."""

    keys_values: list[KeysValues]
    usable: Tensor


class ReferenceMemory(nn.Module):
    """Patches of references become tokens, one light block, then keys and values a trunk block."""

    def __init__(self, width: int, heads: int, blocks: int, patch: int = 8) -> None:
        super().__init__()
        self.patch, self.heads, self.width = patch, heads, width
        self.embedding = nn.Linear(CHANNELS * patch * patch, width)
        self.block = TokenBlock(width, heads, gated=False)
        self.keys_values = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
        self.key_norms = nn.ModuleList(TokenNorm(width // heads) for _ in range(blocks))

    def forward(self, references: ReferenceBatch) -> EncodedReferences:
        """Encode S views of (H, W), multiples of the patch."""
        channels = references.channels()
        batch, views = channels.shape[:2]
        patches = F.pixel_unshuffle(channels.flatten(0, 1), self.patch).flatten(2)
        tokens = self.embedding(patches.transpose(1, 2))
        still = torch.zeros(len(tokens), 6, self.width, dtype=tokens.dtype, device=tokens.device)
        tokens = self.block(tokens, torch.zeros_like(tokens), still)
        count = tokens.shape[1]
        tokens = tokens.reshape(batch, views * count, self.width)
        pairs = []
        for layer, norm in zip(self.keys_values, self.key_norms, strict=True):
            key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
                          for part in layer(tokens).chunk(2, -1))
            pairs.append((norm(key), value))
        return EncodedReferences(pairs, references.usable.repeat_interleave(count, 1))
