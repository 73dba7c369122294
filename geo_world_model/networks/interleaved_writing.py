# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Geometry as context: one network writes I1, G1, I2, G2, ... each from all that is written.

GaC (arXiv 2602.21929, CVPR 2026), variant 1: {G_i, I_i+1} = rho({I_i, G_i}, P_i+1), one network,
a modality token says what is written next, and later frames see its own earlier outputs, so
training runs through the whole chain. A frame whose geometry is dropped is context by colour only.
"""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.networks.reference_batch import ReferenceBatch

#: What the modality token says.
IMAGE, GEOMETRY = 0, 1
MOST_FRAMES = 8


def write_sequence(model: CompletionModel, context: Tensor, rays: Tensor,
                   camera_to_world: Tensor, keep: Tensor | None = None
                   ) -> tuple[Tensor, Tensor]:
    """Write F frames, the first 1 to 4 of which are given.

    model: of two modalities, with references. context: (B, C, 3, H, W) in [-1, 1]. rays:
    (B, 3, H, W), unit directions of every frame's camera. camera_to_world: (B, F, 4, 4). keep:
    (B, F) bool, which frames get a geometry, all by default (keep_geometry draws them); where no
    frame of the batch does, the step is saved. Returns colour (B, F, 3, H, W) and coded depth
    (B, F, 1, H, W), NaN where dropped. Gradients run through all of it. NetworkError otherwise.
    """
    batch, frames = camera_to_world.shape[:2]
    given = context.shape[1]
    if model.config.modalities != 2 or model.memory is None:
        raise NetworkError('writing sequences takes a network of two modalities with references')
    if not 1 <= given <= 4 or not given <= frames <= MOST_FRAMES:
        raise NetworkError(f'{given} of {frames} frames are given: expected 1..4 of at most '
                           f'{MOST_FRAMES}')
    if keep is None:
        keep = torch.ones(batch, frames, dtype=torch.bool, device=context.device)
    nothing = torch.full_like(context[:, 0, :1], torch.nan)
    colours, codes = [], []
    for frame in range(frames):
        memory = _memory(model, colours, codes, rays, camera_to_world, keep)
        colour = context[:, frame] if frame < given else \
            _write(model, torch.zeros_like(context[:, 0]), rays, memory, IMAGE)[:, :3]
        code = nothing
        if keep[:, frame].any():
            written = _write(model, colour, rays, memory, GEOMETRY)[:, 3:]
            code = torch.where(keep[:, frame, None, None, None], written, nothing)
        colours.append(colour)
        codes.append(code)
    return torch.stack(colours, 1), torch.stack(codes, 1)


def _memory(model, colours, codes, rays, camera_to_world, keep):
    """All earlier frames, seen from the next one."""
    count = len(colours)
    if not count:
        return None
    moved = torch.linalg.inv(camera_to_world[:, count])[:, None] @ camera_to_world[:, :count]
    written = torch.cat([torch.stack(colours, 1), torch.stack(codes, 1)], 2)
    return model.encode_references(ReferenceBatch.from_views(
        written, rays[:, None].expand(-1, count, -1, -1, -1), moved, geometric=keep[:, :count]))


def _write(model, colour, rays, memory, modality):
    batch = len(colour)
    base = torch.cat([colour, torch.zeros_like(colour[:, :1])], 1)
    known = torch.zeros_like(base[:, :2])
    known[:, 0] = float(modality == GEOMETRY)
    kind = torch.full((batch,), modality, dtype=torch.int64, device=base.device)
    start = torch.zeros(batch, device=base.device)
    return model(base, base, known, rays, start, memory, modality=kind).colour_depth
