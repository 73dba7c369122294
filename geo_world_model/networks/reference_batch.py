# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Other views of the same place, as a network is shown them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from geo_world_model.errors import NetworkError
from geo_world_model.networks.depth_coding import decode_depth

#: Metres of a point map, coded as 1; farther points are held at POINT_RANGE of these.
POINT_UNIT, POINT_RANGE = 5.0, 4.0


@dataclass(frozen=True, eq=False)
class ReferenceBatch:
    """S views for each of B targets.

    colour_depth: (B, S, 4, H, W), colour in [-1, 1] and coded depth, 0 where unknown.
    points: (B, S, 3, H, W), the same pixels in the target's camera frame / 5 m, within +-4.
    rays: (B, S, 6, H, W), Pluecker rays in the target's camera frame: unit direction d, moment
    o x d in metres. usable: (B, S) bool. geometric: (B, S) bool, depth is there.
    NetworkError for sizes that do not fit.
    """

    colour_depth: Tensor
    points: Tensor
    rays: Tensor
    usable: Tensor
    geometric: Tensor

    def __post_init__(self) -> None:
        batch, views, _, height, width = self.colour_depth.shape
        for name, shape in (('colour_depth', (batch, views, 4, height, width)),
                            ('points', (batch, views, 3, height, width)),
                            ('rays', (batch, views, 6, height, width)),
                            ('usable', (batch, views)), ('geometric', (batch, views))):
            if tuple(getattr(self, name).shape) != shape:
                raise NetworkError(f'{name} of references is {tuple(getattr(self, name).shape)}: '
                                   f'expected {shape}')

    @classmethod
    def from_views(cls, colour_depth: Tensor, rays: Tensor, target_from_reference: Tensor,
                   usable: Tensor | None = None, geometric: Tensor | None = None
                   ) -> ReferenceBatch:
        """Make the batch from what cameras saw.

        colour_depth: (B, S, 4, H, W), depth coded, NaN where unknown. rays: (B, S, 3, H, W) unit
        directions in each reference's own camera frame. target_from_reference: (B, S, 4, 4).
        usable, geometric: (B, S) bool, all by default; a view without geometry shows no depth.
        """
        batch, views, _, height, width = colour_depth.shape
        everything = torch.ones(batch, views, dtype=torch.bool, device=colour_depth.device)
        usable = everything if usable is None else usable
        geometric = everything if geometric is None else geometric
        code = colour_depth[:, :, 3:]
        seen = torch.isfinite(code) & geometric[:, :, None, None, None]
        code = torch.where(seen, code, 0)
        rotation, place = target_from_reference[..., :3, :3], target_from_reference[..., :3, 3:]
        own = rays / rays[:, :, 2:].clamp_min(1e-3) * decode_depth(code)
        points = (rotation @ own.flatten(3) + place).view_as(rays) / POINT_UNIT
        direction = rotation @ rays.flatten(3)
        moment = torch.linalg.cross(place.expand_as(direction), direction, dim=2)
        return cls(torch.cat([colour_depth[:, :, :3], code], 2),
                   torch.where(seen, points.clamp(-POINT_RANGE, POINT_RANGE), 0),
                   torch.cat([direction, moment], 2).view(batch, views, 6, height, width),
                   usable, geometric)

    def channels(self) -> Tensor:
        """All of it for an encoder, (B, S, 14, H, W); the last channel says: with geometry."""
        flag = self.geometric[:, :, None, None, None].to(self.points)
        flag = flag.expand_as(self.points[:, :, :1])
        return torch.cat([self.colour_depth, self.points, self.rays, flag], 2)

    def to(self, device: torch.device | str) -> ReferenceBatch:
        """The same on another device."""
        return ReferenceBatch(*(part.to(device) for part in (
            self.colour_depth, self.points, self.rays, self.usable, self.geometric)))
