# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Geometry as context, trained end to end on what the network itself has written.

GaC (arXiv 2602.21929, CVPR 2026): 1 to 4 frames of a sequence are given, the others and all
geometries are written one after the other; the gradient of a late error runs back through every
frame that was its context.
"""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.networks.completion_model import CompletionModel
from geo_world_model.networks.geometry_dropout import keep_geometry
from geo_world_model.networks.interleaved_writing import MOST_CONTEXT, write_sequence
from geo_world_model.networks.tiled_writing import write_tiled
from geo_world_model.training.sequences import draw_sequences, Sequences
from geo_world_model.training.step import Step

#: Of the absolute error of coded depth, beside the squared error of colour.
_DEPTH_WEIGHT = 0.25


def interleaved_step(model: CompletionModel, step: Step) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of one batch of sequences, and its parts by name."""
    stage, chance = step.stage, step.chance
    sequences = draw_sequences(step.pool, stage.batch, step.seed, stage.views, step.device)
    most = min(MOST_CONTEXT, stage.views - 1)
    given = 1 + int(torch.randint(most, (1,), generator=chance))
    keep = keep_geometry((stage.batch, stage.views), step.recipe.augmentation.geometry_dropout,
                         chance, step.device)
    write = write_tiled if stage.tiled else write_sequence
    with step.autocast():
        colour, code = write(model, sequences.colour[:, :given], sequences.rays,
                             sequences.camera_to_world, keep)
    return interleaved_loss(colour.float(), code.float(), sequences, given)


def interleaved_loss(colour: Tensor, code: Tensor, sequences: Sequences, given: int
                     ) -> tuple[Tensor, dict[str, float]]:
    """
    Squared error of the colour of frames that were not given, and a quarter of the absolute
    error of coded depth where it was written and measured; both with parts by name.

    colour: (B, F, 3, H, W). code: (B, F, 1, H, W), NaN where it was dropped.
    """
    squared = (colour[:, given:] - sequences.colour[:, given:]).square().mean()
    written = torch.isfinite(code) * sequences.measured
    error = (torch.nan_to_num(code) - sequences.code).abs() * written
    depth = error.sum() / written.sum().clamp_min(1)
    loss = squared + _DEPTH_WEIGHT * depth
    return loss, {'loss': float(loss.detach()), 'colour': float(squared.detach()),
                  'depth': float(depth.detach())}
