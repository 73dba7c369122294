# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The completion model: colour, depth and how sure the depth is, for one view in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from diffusers.utils import BaseOutput
from torch import Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.global_geometric_memory import GlobalGeometricMemory
from geo_world_model.networks.preconditioning import precondition
from geo_world_model.networks.reference_batch import ReferenceBatch
from geo_world_model.networks.reference_memory import EncodedReferences, ReferenceMemory
from geo_world_model.networks.spatial_stereo_memory import SpatialStereoMemory
from geo_world_model.networks.unet_vit import TOKEN, UNetViT

#: Of the outputs: residual of colour and depth, their two gates, the scale.
_RESIDUAL, _GATES = 4, 2
#: Input: estimate, base, known, rays.
_CHANNELS_IN = 4 + 4 + 2 + 3
#: The log scale stays within these bounds, so that no loss divides by nothing.
_SCALE_LIMIT = 6.0


@dataclass
class CompletionOutput(BaseOutput):
    """colour_depth: (B, 4, H, W), the completed view: colour about [-1, 1], depth coded.

    confidence: (B, 1, H, W), log of the scale b of a Laplace distribution of the coded depth,
    p(z) = exp(-|z - depth| / b) / (2 b): low where the depth is sure.
    """

    colour_depth: Tensor
    confidence: Tensor


class CompletionModel(ModelMixin, ConfigMixin):
    """completed = skip + sigmoid(gate) * residual, with skip = base + a(t) (estimate - base).

    channels, blocks, heads, residual_blocks: size, see configurations. references: other views
    as further keys and values. camera_gated: GaC's attention, else plain. gates: a gate each for
    colour and depth, else the residual as it is. modalities: kinds of output that a token tells
    apart (GaC's <Image> and <Geometry>), 0 = colour and depth together. tiles: tokens
    know the pose of their view, so a picture may be tiled of several (GaC's grid). global_blocks,
    stereo_blocks: length of WorldStereo's branches GGM and SSM, 0 = none; they change nothing
    before they are trained, and `model.global_memory.save_pretrained` carries one to another
    trunk. A new network answers with its base. Raises NetworkError for what is no network.
    """

    @register_to_config
    def __init__(self, channels: Sequence[int] = (48, 96, 160), blocks: int = 4, heads: int = 5,
                 residual_blocks: Sequence[int] = (1, 1), references: bool = True,
                 camera_gated: bool = True, gates: bool = True, modalities: int = 0,
                 global_blocks: int = 0, stereo_blocks: int = 0, tiles: bool = False) -> None:
        super().__init__()
        if len(channels) != 3 or any(width % 8 for width in channels):
            raise NetworkError(f'channels {channels!r}: expected three multiples of 8')
        if blocks < 1 or heads < 1 or channels[2] % (2 * heads):
            raise NetworkError(f'{blocks} blocks, {heads} heads of {channels[2]} channels: '
                               'expected at least one each, heads dividing half the channels')
        self.trunk = UNetViT(_CHANNELS_IN, _RESIDUAL + _GATES + 1, channels, blocks, heads,
                             residual_blocks, camera_gated, modalities, tiles)
        self.memory = ReferenceMemory(channels[2], heads, blocks) if references else None
        if not 0 <= global_blocks <= blocks or not 0 <= stereo_blocks <= blocks \
                or (stereo_blocks and channels[2] % (4 * heads)):
            raise NetworkError(f'branches of {global_blocks} and {stereo_blocks} blocks beside '
                               f'{blocks}: expected no more, and heads of multiples of 4')
        self.global_memory = GlobalGeometricMemory(channels[2], heads, global_blocks) \
            if global_blocks else None
        self.stereo_memory = SpatialStereoMemory(channels[2], heads, stereo_blocks) \
            if stereo_blocks else None

    def forward(self, estimate: Tensor, base: Tensor, known: Tensor, rays: Tensor,
                timestep: Tensor, references: ReferenceBatch | EncodedReferences | None = None,
                geometry: Tensor | None = None, modality: Tensor | None = None,
                stereo: ReferenceBatch | None = None, tiles: Tensor | None = None
                ) -> CompletionOutput:
        """Predict the completed view x_1 from an estimate x_t.

        estimate, base: (B, 4, H, W), colour in [-1, 1] and coded depth (log of d / 3 m); the
        base is the rendering where it is known, a classical fill elsewhere. known: (B, 2, H, W)
        in {0, 1}, colour and depth. rays: (B, 3, H, W), unit directions in the camera's frame.
        timestep: (B,) in 0..1; at 0 the estimate has no influence. references: views, or what
        `encode_references` made of them. geometry: (B, 5, H, W), a rendering of clouds of other
        views: colour, coded depth, mask (merge_clouds), for the global memory. stereo: views that
        the stereo memory pairs with the target. modality: (B,) int64. tiles: (B, 6, H, W),
        Pluecker rays (unit direction, moment in metres) in one camera's frame, of a tiled picture.
        H and W: multiples of 8. NetworkError otherwise.
        """
        self._check(estimate, base, known, rays, timestep, modality)
        if tiles is not None and not self.config.tiles:
            raise NetworkError('a tiled picture takes a network made with tiles=True')
        start = precondition(estimate, base, timestep)
        image = torch.cat([start, base, known, rays], 1)
        encoded = self.encode_references(references)
        additions = self._branches(start, rays, timestep, geometry, stereo)
        out = self.trunk(image, rays, timestep, encoded, additions, modality, tiles)
        residual, gate, scale = out.split([_RESIDUAL, _GATES, 1], 1)
        if self.config.gates:
            gate = torch.sigmoid(gate)
            residual = residual * torch.cat([gate[:, :1].expand(-1, 3, -1, -1), gate[:, 1:]], 1)
        return CompletionOutput(start + residual, scale.clamp(-_SCALE_LIMIT, _SCALE_LIMIT))

    def _branches(self, start: Tensor, rays: Tensor, timestep: Tensor, geometry: Tensor | None,
                  stereo: ReferenceBatch | None) -> list[Tensor]:
        """What the branches add after each of the trunk's first blocks."""
        parts = []
        if self.global_memory is not None and geometry is not None:
            parts.append(self.global_memory(start, geometry, rays, timestep))
        if self.stereo_memory is not None and stereo is not None:
            parts.append(self.stereo_memory(start, rays, stereo))
        return [sum(added for added in level if added is not None)
                for level in zip_longest(*parts)]

    def encode_references(self, references: ReferenceBatch | EncodedReferences | None
                          ) -> EncodedReferences | None:
        """Encode references once, for all steps of one view."""
        if references is None or self.memory is None \
                or isinstance(references, EncodedReferences):
            return references if self.memory is not None else None
        return self.memory(references)

    def _check(self, estimate: Tensor, base: Tensor, known: Tensor, rays: Tensor,
               timestep: Tensor, modality: Tensor | None) -> None:
        batch, _, height, width = base.shape
        for name, tensor, channels in (('estimate', estimate, 4), ('base', base, 4),
                                       ('known', known, 2), ('rays', rays, 3)):
            if tuple(tensor.shape) != (batch, channels, height, width):
                raise NetworkError(f'{name} has shape {tuple(tensor.shape)}: expected '
                                   f'{(batch, channels, height, width)}')
        if height % TOKEN or width % TOKEN:
            raise NetworkError(f'{width}x{height} pixels: expected multiples of {TOKEN}')
        if tuple(timestep.shape) != (batch,):
            raise NetworkError(f'timestep has shape {tuple(timestep.shape)}: expected {(batch,)}')
        if (modality is None) == bool(self.config.modalities):
            raise NetworkError(f'a network of {self.config.modalities} modalities was '
                               f'{"not " if modality is None else ""}told one')

    def parameter_count(self) -> int:
        """Number of weights."""
        return sum(parameter.numel() for parameter in self.parameters())
