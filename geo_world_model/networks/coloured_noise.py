# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Noise with the spectrum of what a completion is unsure about: about 1/f, coarse above all."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

#: Standard deviation of each octave, finest first, matched to the residual of holes; depth is
#: less sure of its coarse octaves than colour.
OCTAVES = (0.05, 0.07, 0.10, 0.14, 0.18, 0.20)
DEPTH_COARSE = 1.7
_FIRST_COARSE = 3
#: Bilinear enlargement averages neighbours; this restores about the deviation it takes.
_RESTORED = 1.4


def coloured_noise(shape: Sequence[int], generator: torch.Generator | None = None,
                   device: torch.device | str = 'cpu', octaves: Sequence[float] = OCTAVES
                   ) -> Tensor:
    """Noise (B, 4, H, W): three channels of colour and one of coded depth.

    generator: of the CPU, so that one seed gives one noise on every device.
    """
    batch, channels, height, width = shape
    noise = torch.zeros(batch, channels, height, width)
    for level, amplitude in enumerate(octaves):
        gain = torch.full((channels, 1, 1), amplitude)
        if level >= _FIRST_COARSE:
            gain[3:] *= DEPTH_COARSE
        if level == 0:
            noise += gain * torch.randn(batch, channels, height, width, generator=generator)
            continue
        size = [-(-side // 2 ** level) + 1 for side in (height, width)]
        coarse = torch.randn(batch, channels, *size, generator=generator)
        noise += gain * _RESTORED * F.interpolate(coarse, size=(height, width), mode='bilinear',
                                                  align_corners=True)
    return noise.to(device)


def noisy_source(base: Tensor, known: Tensor, noise: Tensor) -> Tensor:
    """Where sampling starts: the base, and noise (B, 4, H, W) in the holes only.

    base: (B, 4, H, W). known: (B, 2, H, W), colour and depth.
    """
    hole = 1 - torch.cat([known[:, :1].expand(-1, 3, -1, -1), known[:, 1:]], 1)
    return base + noise * hole
