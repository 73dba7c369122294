# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Two convolutions and a way around them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn, Tensor


class ResidualBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))), scaled and shifted by the time in between.

    The second convolution starts at zero, so a new block passes its input on.
    """

    def __init__(self, channels_in: int, channels: int, time_width: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(8, channels_in)
        self.norm_out = nn.GroupNorm(8, channels)
        self.conv_in = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.conv_out = nn.Conv2d(channels, channels, 3, padding=1)
        self.around = nn.Identity() if channels_in == channels \
            else nn.Conv2d(channels_in, channels, 1)
        self.modulation = nn.Linear(time_width, 2 * channels)
        for layer in (self.conv_out, self.modulation):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, image: Tensor, time: Tensor) -> Tensor:
        """image (B, C_in, H, W), time (B, time_width) to (B, C, H, W)."""
        hidden = self.conv_in(F.silu(self.norm_in(image)))
        scale, shift = self.modulation(time)[..., None, None].chunk(2, 1)
        hidden = self.conv_out(F.silu(self.norm_out(hidden) * (1 + scale) + shift))
        return self.around(image) + hidden
