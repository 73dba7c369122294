# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What views show to another camera: forward warping in batches, with a z-buffer.

Stands in for the cache's renderer while a network is trained: the same holes, in a hundredth of
the time for small pictures.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

#: A pixel becomes so many surfels a side: with one, magnified surfaces have cracks.
SURFELS = 2
_NEAREST = 0.05
_NOTHING = torch.iinfo(torch.int64).max


def warp(colour: Tensor, depth: Tensor, intrinsics: Tensor, target_from_source: Tensor
         ) -> tuple[Tensor, Tensor]:
    """
    Draw the pixels of S views into a target camera with the same intrinsics.

    colour: (B, S, 3, H, W). depth: (B, S, H, W), z in metres, NaN where there is nothing to draw.
    intrinsics: (B, 4), fx, fy, cx, cy in pixels, centres at whole numbers. target_from_source:
    (B, S, 4, 4). Returns colour (B, 3, H, W), zeros where nothing falls, and depth (B, H, W),
    metres, NaN there. The nearest surfel wins; of equal ones the first: the order is fixed.
    """
    batch, views, _, height, width = colour.shape
    count = SURFELS ** 2 * height * width
    fine = _surfels(depth)
    offset = (torch.arange(SURFELS, device=depth.device) + 0.5) / SURFELS - 0.5
    column = (torch.arange(width, device=depth.device)[:, None] + offset).flatten()
    row = (torch.arange(height, device=depth.device)[:, None] + offset).flatten()
    fx, fy, cx, cy = (part[:, None, None, None] for part in intrinsics.unbind(1))
    place = torch.stack([(column - cx) / fx * fine, (row[:, None] - cy) / fy * fine, fine], 2)
    place = place.reshape(batch, views, 3, count)
    seen = target_from_source[..., :3, :3] @ place + target_from_source[..., :3, 3:]
    seen = seen.transpose(1, 2).reshape(batch, 3, views * count)
    reach = seen[:, 2]
    fx, fy, cx, cy = (part[:, None] for part in intrinsics.unbind(1))
    forward = reach.clamp_min(_NEAREST)
    at_column = torch.round(torch.nan_to_num(seen[:, 0] / forward * fx + cx, -1e6)).clamp(
        -1e6, 1e6).long()
    at_row = torch.round(torch.nan_to_num(seen[:, 1] / forward * fy + cy, -1e6)).clamp(
        -1e6, 1e6).long()
    inside = ((reach > _NEAREST) & (at_column >= 0) & (at_column < width) & (at_row >= 0)
              & (at_row < height))
    first = torch.arange(batch, device=depth.device)[:, None] * height * width
    pixel = torch.where(inside, first + at_row * width + at_column, batch * height * width)
    # bits of positive floats are ordered as they are
    order = torch.arange(views * count, device=depth.device)
    key = (reach.float().contiguous().view(torch.int32).long() << 32) | order
    buffer = torch.full((batch * height * width + 1,), _NOTHING, device=depth.device)
    buffer.scatter_reduce_(0, pixel.flatten(), key.flatten(), 'amin')
    winner = buffer[:-1].reshape(batch, height * width)
    drawn = winner != _NOTHING
    index = torch.where(drawn, winner & 0xFFFFFFFF, 0)
    shown = torch.where(drawn, reach.gather(1, index), torch.nan)
    source = _pixel_of_surfel(index, height, width)
    flat = colour.transpose(1, 2).reshape(batch, 3, views * height * width)
    painted = flat.gather(2, source[:, None].expand(-1, 3, -1)) * drawn[:, None]
    return painted.view(batch, 3, height, width), shown.view(batch, height, width)


def _surfels(depth: Tensor) -> Tensor:
    """Depth (..., H, W) on a grid finer by SURFELS: inverse depth is affine on planes."""
    inverse = 1 / depth
    across, down = _slope(inverse, -1), _slope(inverse, -2)
    offset = (torch.arange(SURFELS, device=depth.device) + 0.5) / SURFELS - 0.5
    fine = (inverse[..., :, None, :, None] + down[..., :, None, :, None] * offset[:, None, None]
            + across[..., :, None, :, None] * offset)
    *lead, height, width = depth.shape
    return 1 / fine.reshape(*lead, SURFELS * height, SURFELS * width)


def _slope(image: Tensor, axis: int) -> Tensor:
    """The smaller of the differences to both neighbours, 0 where they disagree or are missing."""
    flat = image.flatten(0, -3) if image.dim() > 2 else image[None]
    pad = (1, 1, 0, 0) if axis == -1 else (0, 0, 1, 1)
    wide = F.pad(flat[:, None], pad, mode='replicate')[:, 0]
    size = image.shape[axis]
    before = wide.narrow(axis, 1, size) - wide.narrow(axis, 0, size)
    after = wide.narrow(axis, 2, size) - wide.narrow(axis, 1, size)
    least = torch.where(before.abs() < after.abs(), before, after)
    return torch.where(before * after > 0, least, 0).view_as(image)


def _pixel_of_surfel(index: Tensor, height: int, width: int) -> Tensor:
    fine_width, count = SURFELS * width, SURFELS ** 2 * height * width
    view, inside = index // count, index % count
    row, column = inside // fine_width // SURFELS, inside % fine_width // SURFELS
    return (view * height + row) * width + column
