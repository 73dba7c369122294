# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views as tensors for the completion model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.view import UNKNOWN, View
from geo_world_model.networks.depth_coding import encode_depth
from geo_world_model.networks.reference_batch import ReferenceBatch


def view_tensors(view: View) -> tuple[Tensor, Tensor, Tensor]:
    """Return rendering (1, 4, H, W), known (1, 2, H, W) and rays (1, 3, H, W), float32.

    Depth stays NaN where it is unknown.
    """
    colour = torch.from_numpy(view.rgb.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)
    depth = encode_depth(torch.from_numpy(view.depth.copy()))[None]
    known = torch.from_numpy(np.stack([view.provenance != UNKNOWN, ~np.isnan(view.depth)]))
    return torch.cat([colour, depth])[None], known.float()[None], camera_rays(view.camera)[None]


def camera_rays(camera: PinholeCamera) -> Tensor:
    """Unit directions (3, H, W) float32 in the camera's frame."""
    rays = camera.rays()
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    return torch.from_numpy(rays.astype(np.float32)).permute(2, 0, 1).contiguous()


def reference_tensors(views: Sequence[View], target: View) -> ReferenceBatch | None:
    """Return the references of one target, all of one size; None without any."""
    if not views:
        return None
    parts = [view_tensors(view) for view in views]
    to_target = np.linalg.inv(target.pose.matrix)
    moved = np.stack([to_target @ view.pose.matrix for view in views]).astype(np.float32)
    geometric = torch.cat([known[:, 1].flatten(1).any(1) for _, known, _ in parts])
    return ReferenceBatch.from_views(
        torch.cat([rendering for rendering, _, _ in parts])[None],
        torch.cat([rays for _, _, rays in parts])[None], torch.from_numpy(moved)[None],
        geometric=geometric[None])
