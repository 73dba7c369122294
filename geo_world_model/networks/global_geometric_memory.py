# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Global geometric memory: a control branch that reads a rendering of the clouds of all views.

WorldStereo (arXiv 2603.02049, CVPR 2026), GGM: the guide is the target view's own cloud together
with that from other views; training discards part of the own points, so that others' must be
trusted. Every layer ends in a zero-initialised linear layer added to one of the trunk's first.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import nn, Tensor

from geo_world_model.networks.ray_embedding import RayEmbedding
from geo_world_model.networks.time_embedding import TimeEmbedding
from geo_world_model.networks.token_block import TokenBlock
from geo_world_model.networks.zero_linear import zero_linear

_PATCH = 8
#: The estimate, and the rendering of clouds: colour, coded depth, mask.
_CHANNELS = 4 + 5


class GlobalGeometricMemory(ModelMixin, ConfigMixin):
    """Blocks beside the first ones of a trunk of the same width; saved and loaded by itself."""

    @register_to_config
    def __init__(self, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.time = TimeEmbedding(width)
        self.modulation = nn.Linear(width, 6 * width)
        self.rays = RayEmbedding(width)
        self.embedding = nn.Linear(_CHANNELS * _PATCH ** 2, width)
        self.blocks = nn.ModuleList(TokenBlock(width, heads) for _ in range(depth))
        self.joins = nn.ModuleList(zero_linear(width) for _ in range(depth))

    def forward(self, estimate: Tensor, geometry: Tensor, rays: Tensor, timestep: Tensor
                ) -> list[Tensor]:
        """Tokens (B, N, C) to add after each of the trunk's first blocks.

        estimate (B, 4, H, W); geometry (B, 5, H, W): colour, coded depth, mask, 0 where the
        mask is 0; rays (B, 3, H, W); timestep (B,).
        """
        patches = F.pixel_unshuffle(torch.cat([estimate, geometry], 1), _PATCH)
        ray_tokens = self.rays(rays, tuple(patches.shape[-2:]))
        tokens = self.embedding(patches.flatten(2).transpose(1, 2)) + ray_tokens
        modulation = self.modulation(F.silu(self.time(timestep))).unflatten(1, (6, -1))
        added = []
        for block, join in zip(self.blocks, self.joins, strict=True):
            tokens = block(tokens, ray_tokens, modulation)
            added.append(join(tokens))
        return added


def merge_clouds(own: Tensor, others: Tensor, rate: float = 0.0,
                 generator: torch.Generator | None = None) -> Tensor:
    """Merge two renderings (B, 5, H, W) of clouds into the guide; the nearer surface is seen.

    Each pixel of `own` is discarded with probability `rate`, as in training.
    """
    mask = own[:, 4:] > 0
    if rate:
        mask &= (torch.rand(mask.shape, generator=generator) >= rate).to(mask.device)
    other = others[:, 4:] > 0
    first = mask & (~other | (own[:, 3:4] <= others[:, 3:4]))
    return torch.where(first, own, torch.where(other, others, 0))
