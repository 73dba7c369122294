# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The trunk: convolutions at 1/2 and 1/4 of the size with skips, tokens at 1/8."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn, Tensor

from geo_world_model.networks.ray_embedding import RayEmbedding
from geo_world_model.networks.reference_memory import EncodedReferences
from geo_world_model.networks.residual_block import ResidualBlock
from geo_world_model.networks.time_embedding import TimeEmbedding
from geo_world_model.networks.token_block import TokenBlock
from geo_world_model.networks.token_norm import TokenNorm

#: Pixels a token is wide and high.
TOKEN = 8


class UNetViT(nn.Module):
    """Pixels known keep their full detail through the skips; tokens see rays and references.

    channels_in, channels_out: at full size. channels: at 1/2, 1/4, 1/8. blocks: of tokens.
    residual_blocks: at 1/2 and 1/4 on the way down, one more each on the way up. modalities:
    kinds of output that an extra token tells apart, 0 = one kind only. tiles: pictures may be
    tiled of several views, and tokens know their rays in one camera's frame.
    """

    def __init__(self, channels_in: int, channels_out: int, channels: Sequence[int], blocks: int,
                 heads: int, residual_blocks: Sequence[int], gated: bool, modalities: int,
                 tiles: bool = False) -> None:
        super().__init__()
        half, quarter, width = channels
        self.time = TimeEmbedding(width)
        self.modulation = nn.Linear(width, 6 * width)
        self.rays = RayEmbedding(width)
        self.modality = nn.Embedding(modalities, width) if modalities else None
        self.tiles = nn.Linear(6, width) if tiles else None
        self.stem = nn.Conv2d(4 * channels_in, half, 3, padding=1)
        self.down_half = _chain(half, half, residual_blocks[0], width)
        self.to_quarter = nn.Conv2d(half, quarter, 2, 2)
        self.down_quarter = _chain(quarter, quarter, residual_blocks[1], width)
        self.to_tokens = nn.Conv2d(quarter, width, 2, 2)
        self.blocks = nn.ModuleList(TokenBlock(width, heads, gated) for _ in range(blocks))
        self.token_norm = TokenNorm(width)
        self.from_tokens = nn.Conv2d(width, 4 * quarter, 1)
        self.up_quarter = _chain(2 * quarter, quarter, residual_blocks[1] + 1, width)
        self.from_quarter = nn.Conv2d(quarter, 4 * half, 1)
        self.up_half = _chain(2 * half, half, residual_blocks[0] + 1, width)
        self.out = nn.Conv2d(half, 4 * channels_out, 3, padding=1)
        for layer in (self.modulation, self.out, *((self.tiles,) if tiles else ())):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, image: Tensor, rays: Tensor, timestep: Tensor,
                references: EncodedReferences | None = None,
                additions: Sequence[Tensor] | None = None,
                modality: Tensor | None = None, tiles: Tensor | None = None) -> Tensor:
        """image (B, C_in, H, W) to (B, C_out, H, W); H and W are multiples of 8.

        rays (B, 3, H, W) unit. timestep (B,). additions: tokens (B, N, C) added after the first
        blocks, one each, from branches beside the trunk. modality: (B,) int64. tiles: Pluecker
        rays in one camera's frame, (B, 6, H, W).
        """
        condition = self.time(timestep)
        if self.modality is not None:
            kind = self.modality(modality)
            condition = condition + kind
        condition = F.silu(condition)
        half = _run(self.down_half, self.stem(F.pixel_unshuffle(image, 2)), condition)
        quarter = _run(self.down_quarter, self.to_quarter(half), condition)
        grid = self.to_tokens(quarter)
        size = tuple(grid.shape[-2:])
        ray_tokens = self.rays(rays, size)
        if tiles is not None:
            mean = F.adaptive_avg_pool2d(tiles, size).flatten(2).transpose(1, 2)
            ray_tokens = ray_tokens + self.tiles(mean)
        tokens = grid.flatten(2).transpose(1, 2) + ray_tokens
        if self.modality is not None:
            tokens = torch.cat([tokens, kind[:, None].to(tokens.dtype)], 1)
            ray_tokens = torch.cat([ray_tokens, torch.zeros_like(ray_tokens[:, :1])], 1)
        tokens = self._attend(tokens, ray_tokens, condition, references, additions or ())
        tokens = self.token_norm(tokens[:, :size[0] * size[1]])
        grid = self.from_tokens(tokens.transpose(1, 2).unflatten(2, size))
        quarter = torch.cat([F.pixel_shuffle(grid, 2), quarter], 1)
        quarter = self.from_quarter(_run(self.up_quarter, quarter, condition))
        half = torch.cat([F.pixel_shuffle(quarter, 2), half], 1)
        return F.pixel_shuffle(self.out(_run(self.up_half, half, condition)), 2)

    def _attend(self, tokens: Tensor, ray_tokens: Tensor, condition: Tensor,
                references: EncodedReferences | None, additions: Sequence[Tensor]) -> Tensor:
        modulation = self.modulation(condition).unflatten(1, (6, -1))
        allowed = None
        if references is not None:
            own = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
            allowed = torch.cat([own, references.usable], 1)[:, None, None]
        for number, block in enumerate(self.blocks):
            memory = None if references is None else references.keys_values[number]
            tokens = block(tokens, ray_tokens, modulation, memory, allowed)
            if number < len(additions):
                added = additions[number]
                missing = tokens.shape[1] - added.shape[1]
                tokens = tokens + (F.pad(added, (0, 0, 0, missing)) if missing else added)
        return tokens


def _chain(channels_in: int, channels: int, count: int, time_width: int) -> nn.ModuleList:
    return nn.ModuleList(ResidualBlock(channels if number else channels_in, channels, time_width)
                         for number in range(count))


def _run(chain: nn.ModuleList, image: Tensor, condition: Tensor) -> Tensor:
    for block in chain:
        image = block(image, condition)
    return image
