# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Rotary positions on a grid (Su et al. 2021): half of a head turns by row, half by column."""

from __future__ import annotations

import torch
from torch import Tensor

_BASE = 100.0


def rotate(heads: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Turn queries or keys (B, heads, N, D), D a multiple of 4, by rows and columns (N,)."""
    by_row, by_column = heads.chunk(2, -1)
    return torch.cat([_turn(by_row, rows), _turn(by_column, columns)], -1)


def _turn(part: Tensor, position: Tensor) -> Tensor:
    half = part.shape[-1] // 2
    speed = _BASE ** (-torch.arange(half, device=part.device) / half)
    angle = position[:, None].float() * speed
    cosine, sine = angle.cos().to(part.dtype), angle.sin().to(part.dtype)
    first, second = part.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], -1)
