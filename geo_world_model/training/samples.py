# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the network is shown and what it should say: a view, and what other views know of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from geo_world_model.errors import ConfigError
from geo_world_model.networks.base_fill import fill_base
from geo_world_model.networks.depth_coding import encode_depth, FARTHEST
from geo_world_model.networks.geometry_dropout import keep_geometry
from geo_world_model.networks.global_geometric_memory import merge_clouds
from geo_world_model.networks.reference_batch import ReferenceBatch
from geo_world_model.training.warping import warp


@dataclass(frozen=True)
class Augmentation:
    """
    Shares of the samples that are made harder, each in 0..1.

    sources: of samples whose rendering comes from 1, 2, ... other views. rectangles: a piece of
    the rendering is cut out. colour_only: all colour is known and no depth (a photograph). empty:
    nothing is known. reference_dropout: of references that are left out; geometry_dropout: of
    references that come without their depth (GaC). own_dropout: of the pixels of a guide that the
    rendering shows too (WorldStereo's GGM). depth_scale: deviation of the logarithm of a source's
    scale error; exposure: of a source's brightness.
    """

    sources: tuple[float, ...] = (0.6, 0.25, 0.15)
    rectangles: float = 0.25
    colour_only: float = 0.2
    empty: float = 0.05
    reference_dropout: float = 0.1
    geometry_dropout: float = 0.1
    own_dropout: float = 0.5
    depth_scale: float = 0.01
    exposure: float = 0.05


@dataclass(frozen=True, eq=False)
class Cuts:
    """hole (B, H, W) bool: not known, whatever others show; photograph (B,) bool: all colour is
    known, no depth, and there are no references."""

    hole: np.ndarray
    photograph: np.ndarray


@dataclass(frozen=True, eq=False)
class Samples:
    """
    A batch of B.

    truth: (B, 4, H, W), colour in [-1, 1] and coded depth, 0 where not measured; measured:
    (B, 1, H, W) in {0, 1}. rendering: (B, 4, H, W), known: (B, 2, H, W): what others show; base:
    (B, 4, H, W), completed classically. rays: (B, 3, H, W). references: ReferenceBatch or None.
    guide: (B, 5, H, W), what the clouds of all views show (merge_clouds), or None.
    """

    truth: Tensor
    measured: Tensor
    rendering: Tensor
    known: Tensor
    base: Tensor
    rays: Tensor
    references: ReferenceBatch | None
    guide: Tensor | None = None

    @property
    def hole(self) -> Tensor:
        """Where something must be invented, (B, 2, H, W) in {0, 1}: colour, depth."""
        return 1 - self.known


def draw_samples(pool, batch: int, seed: int, augmentation: Augmentation,
                 device: torch.device | str = 'cpu', references: int = 2,
                 guide: bool = False) -> Samples:
    """
    Draw B samples from a pool of scenes; the seed alone decides which, and how.

    references: views of the scene, besides the target, that go with it (0: none). guide: make one
    of a view or more that the rendering does not show; ConfigError where scenes have too few.
    """
    rng = np.random.default_rng(seed)
    scenes = pool.scenes(rng.integers(0, len(pool), batch))
    views = scenes['rgb'].shape[1]
    order = np.stack([rng.permutation(views) for _ in range(batch)])
    count = 1 + rng.choice(len(augmentation.sources), batch, p=augmentation.sources)
    if guide and views < 3:
        raise ConfigError(f'scenes of {views} views: a guide takes 3 or more')
    count = np.minimum(count, views - 2 if guide else views - 1)
    scale = np.exp(augmentation.depth_scale * rng.standard_normal((batch, views, 1, 1)))
    light = np.exp(augmentation.exposure * rng.standard_normal((batch, views, 1, 1, 1)))
    row = np.arange(batch)[:, None]
    rgb, depth, poses = (scenes[name][row, order] for name in ('rgb', 'depth', 'poses'))
    return build_samples(
        rgb, depth, poses, scenes['intrinsics'], count, device=device, references=references,
        scale=scale.astype(np.float32), light=light.astype(np.float32),
        cuts=_cuts(rng, batch, depth.shape[2:], augmentation),
        generator=torch.Generator().manual_seed(int(rng.integers(1 << 62))),
        augmentation=augmentation, guide=guide)


def build_samples(rgb, depth, poses, intrinsics, count, *, device='cpu', references=2, scale=None,
                  light=None, cuts=None, generator=None, augmentation=None, guide=False
                  ) -> Samples:
    """
    Make samples of views: the first of each is the target, `count` (B,) others are warped into it.

    rgb: (B, V, H, W, 3) uint8; depth: (B, V, H, W), metres; poses: (B, V, 4, 4) camera to world;
    intrinsics: (B, 4). scale (B, V, 1, 1), light (B, V, 1, 1, 1): factors on the depth and the
    brightness of views; cuts: Cuts. Without augmentation nothing is dropped from the references.
    guide: views that are not warped make one, together with the rendering.
    """
    depth = torch.as_tensor(depth, dtype=torch.float32, device=device)
    colour = torch.as_tensor(rgb, device=device).permute(0, 1, 4, 2, 3).float() / 127.5 - 1
    measured = ~torch.isnan(depth[:, 0])
    truth = torch.cat([colour[:, 0], torch.where(
        measured, encode_depth(torch.nan_to_num(depth[:, 0], 0.0, FARTHEST)), 0)[:, None]], 1)
    others = depth[:, 1:].clamp_max(FARTHEST)
    shown = colour[:, 1:]
    if scale is not None:
        others = others * torch.as_tensor(scale[:, 1:], device=device)
    if light is not None:
        shown = ((shown + 1) * torch.as_tensor(light[:, 1:], device=device) - 1).clamp(-1, 1)
    number = torch.as_tensor(np.asarray(count), device=device)
    used = torch.arange(others.shape[1], device=device) < number[:, None]
    matrices = torch.as_tensor(poses, dtype=torch.float64, device=device)
    relative = (torch.linalg.inv(matrices[:, :1]) @ matrices[:, 1:]).float()
    lens = torch.as_tensor(intrinsics, dtype=torch.float32, device=device)
    drawn, reach = warp(shown, torch.where(used[:, :, None, None], others, torch.nan), lens,
                        relative)
    known = (~torch.isnan(reach))[:, None].float().repeat(1, 2, 1, 1)
    rendering = torch.cat([drawn, encode_depth(torch.nan_to_num(reach, 1.0))[:, None]], 1)
    if cuts is not None:
        cut = torch.as_tensor(cuts.hole, device=device)
        photograph = torch.as_tensor(cuts.photograph, device=device)[:, None, None, None]
        rendering = torch.where(photograph, truth, rendering)
        known = torch.where(photograph, torch.tensor([1.0, 0.0], device=device)[:, None, None],
                            torch.where(cut[:, None], 0.0, known))
    # a photograph keeps its colour; what is unknown shows nothing
    mask = torch.cat([known[:, :1].expand(-1, 3, -1, -1), known[:, 1:]], 1)
    rendering = torch.where(mask > 0, rendering, 0)
    rays = view_rays(lens, *depth.shape[-2:])
    merged = None
    if guide:
        far = warp(shown, torch.where(used[:, :, None, None], torch.nan, others), lens, relative)
        merged = merge_clouds(
            _cloud(rendering[:, :3], rendering[:, 3:], known[:, 1:]),
            _cloud(far[0], encode_depth(torch.nan_to_num(far[1], 1.0))[:, None],
                   (~torch.isnan(far[1]))[:, None].float()),
            0.0 if augmentation is None else augmentation.own_dropout, generator)
    batch = None
    if references:
        batch = _references(shown, others, rays, relative, references, generator, augmentation)
        if cuts is not None:
            lone = torch.as_tensor(cuts.photograph, device=device)[:, None]
            batch = ReferenceBatch(batch.colour_depth, batch.points, batch.rays,
                                   batch.usable & ~lone, batch.geometric)
    return Samples(truth, measured[:, None].float(), rendering, known,
                   fill_base(rendering, known), rays, batch, merged)


def _cloud(colour: Tensor, code: Tensor, mask: Tensor) -> Tensor:
    """A rendering of a cloud as the global memory takes it, (B, 5, H, W)."""
    return torch.cat([torch.cat([colour, code], 1) * mask, mask], 1)


def _references(shown, depth, rays, relative, count, generator, augmentation):
    count = min(count, shown.shape[1])
    size = shown.shape[0], count
    usable = geometric = None
    if augmentation is not None:
        usable = keep_geometry(size, augmentation.reference_dropout, generator, shown.device)
        geometric = keep_geometry(size, augmentation.geometry_dropout, generator, shown.device)
    code = encode_depth(depth[:, :count])[:, :, None]
    return ReferenceBatch.from_views(
        torch.cat([shown[:, :count], code], 2), rays[:, None].expand(-1, count, -1, -1, -1),
        relative[:, :count], usable, geometric)


def view_rays(lens: Tensor, height: int, width: int) -> Tensor:
    """Unit directions (B, 3, H, W) of pixels in their camera's frame."""
    fx, fy, cx, cy = (part[:, None, None] for part in lens.unbind(1))
    column = torch.arange(width, device=lens.device)[None, None].expand(len(lens), height, -1)
    row = torch.arange(height, device=lens.device)[None, :, None].expand(len(lens), -1, width)
    rays = torch.stack([(column - cx) / fx, (row - cy) / fy, torch.ones_like(column)], 1)
    return rays / rays.norm(dim=1, keepdim=True)


def _cuts(rng, batch, size, augmentation):
    height, width = size
    hole = np.zeros((batch, height, width), bool)
    for index in np.flatnonzero(rng.random(batch) < augmentation.rectangles):
        high, wide = (int(rng.integers(max(1, side // 6), side // 2 + 1)) for side in size)
        top, left = rng.integers(0, height - high + 1), rng.integers(0, width - wide + 1)
        hole[index, top:top + high, left:left + wide] = True
    hole[rng.random(batch) < augmentation.empty] = True
    return Cuts(hole, rng.random(batch) < augmentation.colour_only)
