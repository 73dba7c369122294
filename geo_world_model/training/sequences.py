# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Sequences of views of one scene, in the order of a camera's way, for the interleaved variant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from geo_world_model.errors import ConfigError
from geo_world_model.networks.depth_coding import encode_depth, FARTHEST
from geo_world_model.training.samples import view_rays


@dataclass(frozen=True, eq=False)
class Sequences:
    """
    B sequences of F frames.

    colour: (B, F, 3, H, W) in [-1, 1]. code: (B, F, 1, H, W), coded depth, 0 where not measured;
    measured: the same shape, in {0, 1}. rays: (B, 3, H, W). camera_to_world: (B, F, 4, 4), the
    first frame's camera as the world.
    """

    colour: Tensor
    code: Tensor
    measured: Tensor
    rays: Tensor
    camera_to_world: Tensor


def draw_sequences(pool, batch: int, seed: int, frames: int,
                   device: torch.device | str = 'cpu') -> Sequences:
    """
    Draw B sequences from a pool of scenes; the seed alone decides which.

    frames: consecutive views of a scene, forward or backward; ConfigError where scenes have fewer.
    """
    rng = np.random.default_rng(seed)
    scenes = pool.scenes(rng.integers(0, len(pool), batch))
    views = scenes['rgb'].shape[1]
    if views < frames:
        raise ConfigError(f'scenes have {views} views: expected {frames} or more; set "views" of '
                          'the stage')
    order = rng.integers(0, views - frames + 1, batch)[:, None] + np.arange(frames)
    order = np.where(rng.random((batch, 1)) < 0.5, order, order[:, ::-1])
    row = np.arange(batch)[:, None]
    return build_sequences(*(scenes[name][row, order] for name in ('rgb', 'depth', 'poses')),
                           scenes['intrinsics'], device)


def build_sequences(rgb, depth, poses, intrinsics, device='cpu') -> Sequences:
    """
    Make sequences of arrays as of a shard (pool.py).

    rgb: (B, F, H, W, 3) uint8; depth: (B, F, H, W), metres, +Inf sky, NaN not measured;
    poses: (B, F, 4, 4); intrinsics: (B, 4).
    """
    depth = torch.as_tensor(depth, dtype=torch.float32, device=device)[:, :, None]
    measured = ~torch.isnan(depth)
    code = torch.where(measured, encode_depth(torch.nan_to_num(depth, 1.0, FARTHEST)), 0)
    colour = torch.as_tensor(rgb, device=device).permute(0, 1, 4, 2, 3).float() / 127.5 - 1
    matrices = torch.as_tensor(poses, dtype=torch.float64, device=device)
    relative = (torch.linalg.inv(matrices[:, :1]) @ matrices).float()
    lens = torch.as_tensor(intrinsics, dtype=torch.float32, device=device)
    return Sequences(colour, code, measured.float(), view_rays(lens, *depth.shape[-2:]), relative)
