# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that write the views of a drive, each from what it has, with commits or without."""

import torch

from geo_world_model.networks.base_fill import fill_base
from geo_world_model.networks.depth_coding import decode_depth, encode_depth
from geo_world_model.networks.interleaved_writing import write_sequence
from geo_world_model.networks.reference_batch import ReferenceBatch
from geo_world_model.training.warping import warp

#: Earlier views that go with a view: of the joint network, and of the interleaved one.
_REFERENCES, CONTEXT = 2, 4


class Cloud:
    """What has been committed of B drives; the first view of each to begin with."""

    def __init__(self, truth, lens):
        """truth: Sequences, whose first view is measured; lens: (B, 4) px."""
        self.poses, self._lens = truth.camera_to_world, lens
        depth = torch.where(truth.measured[:, 0] > 0, decode_depth(truth.code[:, 0]), torch.nan)
        self._colour, self._depth = [truth.colour[:, 0]], [depth[:, 0]]
        self._places = [0]

    def rendering(self, view):
        """Return rendering (B, 4, H, W), 0 where unknown, and known (B, 1, H, W) at a view."""
        moved = torch.linalg.inv(self.poses[:, view])[:, None] @ self.poses[:, self._places]
        colour, reach = warp(torch.stack(self._colour, 1), torch.stack(self._depth, 1),
                             self._lens, moved)
        known = (~torch.isnan(reach))[:, None].float()
        code = encode_depth(torch.nan_to_num(reach, 1.0))[:, None]
        return torch.cat([colour, code], 1) * known, known

    def commit(self, view, completed, known):
        """Add what is not known of a completed view (B, 4, H, W)."""
        self._colour.append(completed[:, :3])
        self._depth.append(torch.where(known > 0, torch.nan, decode_depth(completed[:, 3:]))[:, 0])
        self._places.append(view)


def write_nothing(truth, lens):
    """The first view as it is seen from the others, completed classically; no commits."""
    cloud = Cloud(truth, lens)
    views = [torch.cat([truth.colour[:, 0], truth.code[:, 0]], 1)]
    for view in range(1, truth.colour.shape[1]):
        rendering, known = cloud.rendering(view)
        views.append(fill_base(rendering, known.repeat(1, 2, 1, 1)))
    return _split(views)


@torch.no_grad()
def write_joint(model, truth, lens, commits):
    """Complete each view's rendering of the cloud.

    Returns colour (B, F, 3, H, W) and coded depth (B, F, 1, H, W), the first view as it is.
    """
    cloud = Cloud(truth, lens)
    views = [torch.cat([truth.colour[:, 0], truth.code[:, 0]], 1)]
    for view in range(1, truth.colour.shape[1]):
        rendering, known = cloud.rendering(view)
        both = known.repeat(1, 2, 1, 1)
        base = fill_base(rendering, both)
        earlier = range(max(0, view - _REFERENCES), view) if commits else [0]
        moved = torch.linalg.inv(truth.camera_to_world[:, view])[:, None] \
            @ truth.camera_to_world[:, list(earlier)]
        references = ReferenceBatch.from_views(
            torch.stack([views[each] for each in earlier], 1),
            truth.rays[:, None].expand(-1, len(earlier), -1, -1, -1), moved)
        made = model(base, base, both, truth.rays, torch.zeros(len(base)),
                     references).colour_depth
        completed = torch.where(known > 0, rendering, made)
        if commits:
            cloud.commit(view, completed, known)
        views.append(completed)
    return _split(views)


@torch.no_grad()
def write_interleaved(model, truth, lens, commits, geometry=True, context=CONTEXT):
    """
    Write each view and its geometry from the last views, its own; answer as of write_joint.

    geometry: whether geometry is written and is context; without it only colour is, and depth is
    that of the cloud's rendering, its planes carried on. context: how many views, at most.
    """
    cloud = Cloud(truth, lens)
    views = [torch.cat([truth.colour[:, 0], truth.code[:, 0]], 1)]
    for view in range(1, truth.colour.shape[1]):
        first = max(0, view - context)
        shown = torch.stack([each[:, :3] for each in views[first:]], 1)
        poses = truth.camera_to_world[:, first:view + 1]
        keep = torch.full(poses.shape[:2], geometry, device=poses.device)
        colour, code = write_sequence(model, shown, truth.rays, poses, keep)
        rendering, known = cloud.rendering(view)
        depth = code[:, -1] if geometry else \
            fill_base(rendering, known.repeat(1, 2, 1, 1))[:, 3:]
        completed = torch.cat([colour[:, -1], depth], 1)
        if commits:
            completed = torch.where(known > 0, rendering, completed)
            cloud.commit(view, completed, known)
        views.append(completed)
    return _split(views)


def _split(views):
    both = torch.stack(views, 1)
    return both[:, :, :3], both[:, :, 3:]
