# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Geometry as context: one network writes I1, G1, I2, G2, ... each from all that is written.

GaC (arXiv 2602.21929, CVPR 2026), variant 1: {G_i, I_i+1} = rho({I_i, G_i}, P_i+1), one network,
a modality token says what is written next, and later frames see its own earlier outputs, so
training runs through the whole chain. A frame whose geometry is dropped is context by colour only.
In the paper r_i, which moves the queries and opens the gates, is the pose of the token: a network
made with tiles=True is told it as Pluecker rays in the first frame's camera; without, r_i is where
a token looks in its own camera, and the poses of the others come with their keys and values.
"""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.networks.reference_batch import ReferenceBatch
from geo_world_model.networks.reference_memory import EncodedReferences

#: What the modality token says.
IMAGE, GEOMETRY = 0, 1
MOST_FRAMES = 8
#: Frames that may be given.
MOST_CONTEXT = 4


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
    check_sequence(model, given, frames)
    if keep is None:
        keep = torch.ones(batch, frames, dtype=torch.bool, device=context.device)
    nothing = torch.full_like(context[:, 0, :1], torch.nan)
    where = pluecker_rays(rays, torch.linalg.inv(camera_to_world[:, :1]) @ camera_to_world) \
        if model.config.tiles else None
    colours, codes = [], []
    for frame in range(frames):
        memory = encode_earlier(model, colours, codes, rays, camera_to_world, keep)
        at = None if where is None else where[:, frame]
        colour = context[:, frame] if frame < given else write_view(
            model, torch.zeros_like(context[:, 0]), 0.0, rays, memory, IMAGE, at)[:, :3]
        code = nothing
        if keep[:, frame].any():
            written = write_view(model, colour, 1.0, rays, memory, GEOMETRY, at)[:, 3:]
            code = torch.where(keep[:, frame, None, None, None], written, nothing)
        colours.append(colour)
        codes.append(code)
    return torch.stack(colours, 1), torch.stack(codes, 1)


def check_sequence(model: CompletionModel, given: int, frames: int) -> None:
    """Raise NetworkError unless the model writes sequences and has the length of this one."""
    if model.config.modalities != 2 or model.memory is None:
        raise NetworkError('writing sequences takes a network of two modalities with references')
    if not 1 <= given <= MOST_CONTEXT or not given <= frames <= MOST_FRAMES:
        raise NetworkError(f'{given} of {frames} frames are given: expected '
                           f'1..{MOST_CONTEXT} of at most {MOST_FRAMES}')


def encode_earlier(model: CompletionModel, colours: list[Tensor], codes: list[Tensor],
                   rays: Tensor, camera_to_world: Tensor, keep: Tensor
                   ) -> EncodedReferences | None:
    """Encode all frames written so far, seen from the next one; arguments as of write_sequence."""
    count = len(colours)
    if not count:
        return None
    with torch.autocast(rays.device.type, enabled=False):
        # points and rays keep the precision of their poses
        moved = torch.linalg.inv(camera_to_world[:, count])[:, None] @ camera_to_world[:, :count]
        written = torch.cat([torch.stack(colours, 1), torch.stack(codes, 1)], 2).float()
        earlier = ReferenceBatch.from_views(written, rays[:, None].expand(-1, count, -1, -1, -1),
                                            moved, geometric=keep[:, :count])
    return model.encode_references(earlier)


def write_view(model: CompletionModel, colour: Tensor, known: Tensor | float, rays: Tensor,
               memory: EncodedReferences | None, modality: int, tiles: Tensor | None = None
               ) -> Tensor:
    """Write one picture, (B, 4, H, W), in one step at t = 0.

    colour: (B, 3, H, W), 0 where it is not known. known: of its pixels, (B, 1, H, W) or a number.
    """
    base = torch.cat([colour, torch.zeros_like(colour[:, :1])], 1)
    mask = torch.zeros_like(base[:, :2])
    mask[:, :1] = known
    kind = torch.full((len(colour),), modality, dtype=torch.int64, device=base.device)
    start = torch.zeros(len(colour), device=base.device)
    return model(base, base, mask, rays, start, memory, modality=kind,
                 tiles=tiles).colour_depth


def pluecker_rays(rays: Tensor, moved: Tensor) -> Tensor:
    """Direction and moment, (B, F, 6, H, W), of rays (B, 3, H, W) of cameras at `moved`.

    moved: (B, F, 4, 4), each camera's pose in the frame of the camera they are told in, metres.
    """
    with torch.autocast(rays.device.type, enabled=False):
        direction = moved[..., :3, :3] @ rays.flatten(2)[:, None]
        moment = torch.linalg.cross(moved[..., :3, 3:].expand_as(direction), direction, dim=2)
    return torch.cat([direction, moment], 2).unflatten(-1, rays.shape[-2:])
