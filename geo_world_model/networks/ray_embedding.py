# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where a token looks: the only position the trunk knows, so one network serves every size."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn, Tensor

_OCTAVES = (2.0, 4.0, 8.0)
_LEAST_FORWARD = 0.2


class RayEmbedding(nn.Module):
    """Direction, its slopes x/z and y/z, and sines and cosines of these, then one layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(5 + 4 * len(_OCTAVES), width)

    def forward(self, rays: Tensor, size: tuple[int, int]) -> Tensor:
        """Unit directions (B, 3, H, W) to tokens (B, rows * columns, width) of a grid `size`."""
        mean = F.adaptive_avg_pool2d(rays, size).flatten(2).transpose(1, 2)
        slopes = mean[..., :2] / mean[..., 2:].clamp_min(_LEAST_FORWARD)
        waves = [wave(slopes * octave) for octave in _OCTAVES for wave in (torch.sin, torch.cos)]
        return self.layer(torch.cat([mean, slopes, *waves], -1))
