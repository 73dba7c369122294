# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a completion is charged for."""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.networks.completion_model import CompletionOutput
from geo_world_model.training.samples import Samples

#: Most that an estimate near its end counts more: its error is divided by (1 - t)^2.
_MOST_WEIGHT = 4.0
#: Of the likelihood of depth in holes, beside the squared error of colour.
_DEPTH_WEIGHT = 0.25


def completion_loss(output: CompletionOutput, samples: Samples, timestep: Tensor,
                    known_weight: float = 0.5, slope_weight: float = 0.5
                    ) -> tuple[Tensor, dict[str, float]]:
    """
    Return the loss, a scalar, and its parts by name.

    Colour in holes: squared error, weighted by min(1 / (1 - t)^2, 4); where it is known: absolute
    error times known_weight, so that a rendering is changed only for the better. Depth: negative
    log-likelihood of a Laplace distribution of the scale the network says, in holes, a quarter of
    it, and the absolute error of known depth times known_weight; and slope_weight times the
    absolute error of neighbours' differences.
    timestep: (B,).
    """
    weight = (1 / (1 - timestep).clamp_min(1e-3) ** 2).clamp_max(_MOST_WEIGHT)
    weight = weight[:, None, None, None]
    error = output.colour_depth - samples.truth
    colour_hole, depth_hole = samples.hole[:, :1], samples.hole[:, 1:]
    seen = samples.measured
    squared = _mean(weight * error[:, :3] ** 2, colour_hole.expand(-1, 3, -1, -1))
    kept = _mean(error[:, :3].abs(), 1 - colour_hole.expand(-1, 3, -1, -1))
    scale = output.confidence
    likelihood = error[:, 3:].abs() * torch.exp(-scale) + scale
    depth = _mean(likelihood, depth_hole * seen)
    depth_kept = _mean(error[:, 3:].abs(), (1 - depth_hole) * seen)
    slope = sum(_mean(error[:, 3:].diff(dim=axis).abs(), _pairs(seen * depth_hole, axis))
                for axis in (-1, -2))
    loss = (squared + _DEPTH_WEIGHT * depth + known_weight * (kept + depth_kept)
            + slope_weight * slope)
    return loss, {name: float(part.detach()) for name, part in (
        ('loss', loss), ('colour', squared), ('colour_known', kept), ('depth', depth),
        ('depth_known', depth_kept), ('slope', slope))}


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1.0)


def _pairs(mask: Tensor, axis: int) -> Tensor:
    length = mask.shape[axis] - 1
    return mask.narrow(axis, 0, length) * mask.narrow(axis, 1, length)
