# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth carried into holes along the planes that end at them.

Inverse depth is affine in the image on a plane. Every window gets its least-squares plane; the
nearest one that fits goes on into the hole.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from geo_world_model.networks.depth_coding import FARTHEST, NEAREST
from geo_world_model.networks.nearest_pixel import nearest_pixel

#: Half a window, px; a plane may miss its pixels by this share of their inverse depth; the
#: inverse depth may leave that of its start by this factor.
REACH, RESIDUAL, RUNAWAY = 4, 0.02, 3.0
_FEWEST = 12


def extrapolate_planes(depth: Tensor, known: Tensor) -> Tensor:
    """Depth (B, 1, H, W), metres, everywhere; known pixels stay as they are.

    depth: (B, 1, H, W) metres, finite where known. known: (B, 1, H, W), 1 = known, 0 = hole.
    Images without any known depth come back as 3 m.
    """
    mask = known > 0.5
    inverse = torch.where(mask, 1 / depth.clamp(NEAREST, FARTHEST), 0)
    down, right, fits = _slopes(inverse, mask)
    batch, _, height, width = depth.shape
    good = mask & fits
    good = torch.where(good.flatten(1).any(1)[:, None, None, None], good, mask)
    source = nearest_pixel(good[:, 0]).flatten(1)

    def at_source(image: Tensor) -> Tensor:
        return image.flatten(1).gather(1, source).view_as(depth)

    rows = torch.arange(height, device=depth.device)[:, None]
    columns = torch.arange(width, device=depth.device)[None]
    source = source.view(batch, -1)
    away_down = rows - (source // width).view_as(depth)
    away_right = columns - (source % width).view_as(depth)
    start = at_source(inverse)
    carried = start + at_source(down) * away_down + at_source(right) * away_right
    carried = torch.maximum(torch.minimum(carried, start * RUNAWAY), start / RUNAWAY)
    nothing = ~mask.flatten(1).any(1)[:, None, None, None]
    carried = torch.where(nothing, 1 / 3.0, carried).clamp(1 / FARTHEST, 1 / NEAREST)
    return torch.where(mask, depth.clamp(NEAREST, FARTHEST), 1 / carried)


def _slopes(inverse: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Slopes per pixel down and right, 0 where no plane fits, and where one does."""
    offset = torch.arange(-REACH, REACH + 1, device=inverse.device, dtype=inverse.dtype)
    one = torch.ones_like(offset)
    # moments 1, y, x, yy, xx, xy of a window about its own centre: nothing large is subtracted
    kernels = torch.stack([torch.outer(a, b) for a, b in (
        (one, one), (offset, one), (one, offset), (offset ** 2, one), (one, offset ** 2),
        (offset, offset))])[:, None]
    weight = mask.to(inverse.dtype)
    n, y, x, yy, xx, xy = F.conv2d(weight, kernels, padding=REACH).split(1, 1)
    z, yz, xz = F.conv2d(inverse, kernels[:3], padding=REACH).split(1, 1)
    zz = F.conv2d(inverse ** 2, kernels[:1], padding=REACH)
    n = n.clamp_min(1)
    y, x, z = y / n, x / n, z / n
    yy, xx, xy = yy / n - y * y, xx / n - x * x, xy / n - x * y
    yz, xz, zz = yz / n - y * z, xz / n - x * z, zz / n - z * z
    determinant = yy * xx - xy ** 2
    fits = (n > _FEWEST) & (determinant > 0.5)
    determinant = torch.where(fits, determinant, 1)
    down = (xx * yz - xy * xz) / determinant
    right = (yy * xz - xy * yz) / determinant
    miss = (zz - down * yz - right * xz).clamp_min(0).sqrt()
    fits &= miss < RESIDUAL * z.clamp_min(1e-6)
    return torch.where(fits, down, 0), torch.where(fits, right, 0), fits
