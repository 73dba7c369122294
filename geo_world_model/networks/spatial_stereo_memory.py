# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Spatial stereo memory: the target beside one reference, and nobody else in sight.

WorldStereo (arXiv 2603.02049, CVPR 2026), SSM, a branch beside the trunk:

    z_stitch = [z_tar ; z_ref] along the width,   z_ssm = z_stitch + z_pm

with z_pm the encoded point map of both halves. Tokens attend only within their target-reference
pair; both halves share their rotary columns; the target half alone goes back to the trunk, through
a zero-initialised linear layer. With several references the mean of their halves goes back.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import nn, Tensor

from geo_world_model.networks.depth_coding import decode_depth
from geo_world_model.networks.reference_batch import POINT_RANGE, POINT_UNIT, ReferenceBatch
from geo_world_model.networks.rotary import rotate
from geo_world_model.networks.token_norm import TokenNorm
from geo_world_model.networks.zero_linear import zero_linear

_PATCH = 8


class SpatialStereoMemory(ModelMixin, ConfigMixin):
    """Blocks beside the first ones of a trunk of the same width; saved and loaded by itself."""

    @register_to_config
    def __init__(self, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.latent = nn.Linear(4 * _PATCH ** 2, width)
        self.point_map = nn.Linear(3 * _PATCH ** 2, width)
        self.blocks = nn.ModuleList(_PairBlock(width, heads) for _ in range(depth))
        self.joins = nn.ModuleList(zero_linear(width) for _ in range(depth))

    def forward(self, estimate: Tensor, rays: Tensor, references: ReferenceBatch
                ) -> list[Tensor]:
        """Tokens (B, N, C) to add after each of the trunk's first blocks.

        estimate (B, 4, H, W), colour and coded depth of the target; rays (B, 3, H, W). Pairs
        whose reference is not usable count nothing.
        """
        tokens, rows, columns = self.stitch(estimate, rays, references)
        batch, views = references.usable.shape
        share = references.usable.to(tokens.dtype)
        share = (share / share.sum(1, keepdim=True).clamp_min(1))[..., None, None]
        added = []
        for block, join in zip(self.blocks, self.joins, strict=True):
            tokens = block(tokens, rows, columns)
            target = tokens[:, :tokens.shape[1] // 2].unflatten(0, (batch, views))
            added.append(join((target * share).sum(1)))
        return added

    def stitch(self, estimate: Tensor, rays: Tensor, references: ReferenceBatch
               ) -> tuple[Tensor, Tensor, Tensor]:
        """z_ssm of every pair, (B S, 2 N, C), target half first; its rows and columns (2 N,)."""
        views = references.usable.shape[1]
        points = rays / rays[:, 2:].clamp_min(1e-3) * decode_depth(estimate[:, 3:]) / POINT_UNIT
        target = torch.cat([estimate, points.clamp(-POINT_RANGE, POINT_RANGE)], 1)
        target = target[:, None].expand(-1, views, -1, -1, -1)
        other = torch.cat([references.colour_depth, references.points], 2)
        pair = torch.stack([target, other], 2).flatten(0, 2)
        latent, point_map = (F.pixel_unshuffle(part, _PATCH)
                             for part in (pair[:, :4], pair[:, 4:]))
        height, width = latent.shape[-2:]
        tokens = self.latent(latent.flatten(2).transpose(1, 2)) \
            + self.point_map(point_map.flatten(2).transpose(1, 2))
        tokens = tokens.unflatten(0, (-1, 2)).flatten(1, 2)
        rows = torch.arange(height, device=tokens.device).repeat_interleave(width)
        columns = torch.arange(width, device=tokens.device).repeat(height)
        return tokens, rows.repeat(2), columns.repeat(2)


class _PairBlock(nn.Module):
    """Attention and a feed-forward layer on the tokens of one pair."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.feed_norm = TokenNorm(width), TokenNorm(width)
        self.query_norm, self.key_norm = TokenNorm(width // heads), TokenNorm(width // heads)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(),
                                  nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.query_key_value(self.norm(tokens)).chunk(3, -1))
        query, key = (rotate(part, rows, columns)
                      for part in (self.query_norm(query), self.key_norm(key)))
        seen = F.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.out(seen.transpose(1, 2).flatten(2))
        return tokens + self.feed(self.feed_norm(tokens))
