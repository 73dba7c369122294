# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Forward warping draws what a camera would see."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch')
from geo_world_model.training.warping import warp  # noqa: E402

LENS = torch.tensor([[20.0, 20.0, 15.5, 7.5]])


def view(depth, seed=0):
    colour = torch.rand((1, 1, 3, 16, 32), generator=torch.Generator().manual_seed(seed))
    return colour, torch.as_tensor(depth, dtype=torch.float32).expand(1, 1, 16, 32)


def test_a_view_seen_from_its_own_pose_comes_back():
    colour, depth = view(torch.linspace(1, 3, 16)[:, None])
    shown, reach = warp(colour, depth, LENS, torch.eye(4)[None, None])
    assert torch.equal(shown, colour[:, 0])
    assert torch.allclose(reach, depth[:, 0], rtol=0.05)


def test_a_wall_moves_by_its_parallax_and_leaves_a_hole():
    colour, depth = view(torch.tensor(2.0))
    moved = torch.eye(4)
    moved[0, 3] = -0.4  # the camera goes right: 20 px * 0.4 m / 2 m
    shown, reach = warp(colour, depth, LENS, moved[None, None])
    assert torch.equal(shown[..., :28], colour[0, 0][None, ..., 4:])
    assert torch.isnan(reach[..., 28:]).all() and not torch.isnan(reach[..., :28]).any()


def test_a_wall_that_comes_nearer_has_no_cracks():
    colour, depth = view(torch.tensor(2.0))
    moved = torch.eye(4)
    moved[2, 3] = -0.8
    _, reach = warp(colour, depth, LENS, moved[None, None])
    assert not torch.isnan(reach).any()


def test_the_nearest_of_two_views_wins_and_nothing_is_drawn_where_nothing_was_measured():
    far, near = view(torch.tensor(4.0), 1), view(torch.tensor(1.0), 2)
    depth = near[1].clone()
    depth[..., 16:] = torch.nan
    shown, reach = warp(torch.cat([far[0], near[0]], 1), torch.cat([far[1], depth], 1), LENS,
                        torch.eye(4).expand(1, 2, 4, 4))
    assert torch.equal(shown[..., :15], near[0][0, 0][None, ..., :15])
    assert torch.equal(shown[..., 17:], far[0][0, 0][None, ..., 17:])
    assert set(np.unique(reach.numpy().round(3))) == {1.0, 4.0}
