# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Writing of four views at once, tiled into one picture.

GaC (arXiv 2602.21929, CVPR 2026) tiles four consecutive views into a grid before they are encoded,
so that attention within the picture keeps a group of views consistent. Images and geometries
alternate by groups: I_1..4, G_1..4, I_5..8, G_5..8.
"""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.networks.interleaved_writing import (
    check_sequence, encode_earlier, GEOMETRY, IMAGE, pluecker_rays, write_view)

#: Views a tiled picture is wide and high.
SIDE = 2
GROUP = SIDE ** 2


def write_tiled(model: CompletionModel, context: Tensor, rays: Tensor, camera_to_world: Tensor,
                keep: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Write F frames, 4 or 8, by groups of four; arguments and answer as of write_sequence.

    The model is made with tiles=True. A group's tokens know their rays in the frame of its first
    camera; the groups before are its references, a view each. Gradients run through all of it.
    """
    batch, frames = camera_to_world.shape[:2]
    given = context.shape[1]
    check_sequence(model, given, frames)
    if frames % GROUP or not model.config.tiles:
        raise NetworkError(f'{frames} frames: tiled writing takes groups of {GROUP} and a network '
                           'made with tiles=True')
    if keep is None:
        keep = torch.ones(batch, frames, dtype=torch.bool, device=context.device)
    wide = tile(rays[:, None].expand(-1, GROUP, -1, -1, -1))
    blank = torch.zeros_like(context[:, :1])
    colours, codes = [], []
    for first in range(0, frames, GROUP):
        memory = encode_earlier(model, colours, codes, rays, camera_to_world, keep)
        group = slice(first, first + GROUP)
        poses = camera_to_world[:, group]
        where = tile(pluecker_rays(rays, torch.linalg.inv(poses[:, :1]) @ poses))
        known = max(0, min(GROUP, given - first))
        shown = torch.cat([context[:, first:first + known],
                           blank.expand(-1, GROUP - known, -1, -1, -1)], 1)
        mask = (torch.arange(GROUP, device=rays.device) < known).to(shown)
        mask = mask[None, :, None, None, None].expand(batch, -1, 1, *rays.shape[-2:])
        image = tile(shown)
        if known < GROUP:
            written = write_view(model, image, tile(mask), wide, memory, IMAGE, where)[:, :3]
            image = torch.where(tile(mask) > 0, image, written)
        code = torch.full_like(shown[:, :, :1], torch.nan)
        if keep[:, group].any():
            depth = write_view(model, image, 1.0, wide, memory, GEOMETRY, where)[:, 3:]
            code = torch.where(keep[:, group, None, None, None], untile(depth), code)
        colours += untile(image).unbind(1)
        codes += code.unbind(1)
    return torch.stack(colours, 1), torch.stack(codes, 1)


def tile(views: Tensor) -> Tensor:
    """Four views (B, 4, C, H, W) as one picture (B, C, 2 H, 2 W), row by row."""
    rows = [torch.cat(views[:, row * SIDE:(row + 1) * SIDE].unbind(1), -1) for row in range(SIDE)]
    return torch.cat(rows, -2)


def untile(picture: Tensor) -> Tensor:
    """Undo `tile`."""
    return torch.stack([part for row in picture.chunk(SIDE, -2) for part in row.chunk(SIDE, -1)],
                       1)
