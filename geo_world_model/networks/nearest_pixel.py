# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The nearest marked pixel of every pixel, for batches on any device.

Jump flooding (Rong and Tan, I3D 2006): neighbours at halving distances tell each other what is
nearest to them, with steps of two and one once more at the end; exact but for rare near ties.
"""

from __future__ import annotations

import torch
from torch import Tensor

_NOWHERE = -(1 << 14)


def nearest_pixel(marked: Tensor) -> Tensor:
    """Flat index row * W + column of the nearest True pixel, (B, H, W) int64.

    marked: (B, H, W) bool. Images without any True pixel point every pixel at itself.
    """
    batch, height, width = marked.shape
    rows = torch.arange(height, device=marked.device)[:, None].expand(height, width)
    columns = torch.arange(width, device=marked.device)[None].expand(height, width)
    place = torch.stack([rows, columns])[None]
    nearest = torch.where(marked[:, None], place, _NOWHERE)
    levels = max(1, (max(height, width) - 1).bit_length())
    distance = _square_distance(nearest, place)
    for step in [1 << level for level in reversed(range(levels))] + [2, 1]:
        padded = torch.nn.functional.pad(nearest, (step,) * 4, value=_NOWHERE)
        for down in (0, step, 2 * step):
            for right in (0, step, 2 * step):
                if down == right == step:
                    continue
                other = padded[:, :, down:down + height, right:right + width]
                closer = _square_distance(other, place)
                better = closer < distance
                nearest = torch.where(better[:, None], other, nearest)
                distance = torch.where(better, closer, distance)
    nearest = torch.where(nearest[:, :1] == _NOWHERE, place, nearest)
    return nearest[:, 0] * width + nearest[:, 1]


def _square_distance(nearest: Tensor, place: Tensor) -> Tensor:
    return (nearest - place).square().sum(1)
