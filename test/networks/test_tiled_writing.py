# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Four views tiled into one picture: their places, poses, and what is given."""

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')

from completion_inputs import made_up, shaken  # noqa: E402

from geo_world_model.errors import NetworkError  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from geo_world_model.networks.tiled_writing import tile, untile, write_tiled  # noqa: E402


def writer(**options):
    torch.manual_seed(0)
    return shaken(CompletionModel(**CONFIGURATIONS['tiny'], modalities=2, **options))


def scene(frames=8, given=2):
    arguments = made_up(2, 16, 24, views=given)
    poses = torch.eye(4).repeat(2, frames, 1, 1)
    poses[..., 0, 3] = 0.2 * torch.arange(frames)
    return arguments['references'].colour_depth[:, :, :3], arguments['rays'], poses


def test_tiles_lie_row_by_row_and_come_back():
    views = torch.arange(4.0)[None, :, None, None, None].expand(2, 4, 3, 2, 5)
    picture = tile(views)
    assert picture.shape == (2, 3, 4, 10)
    assert picture[0, 0, :, 0].tolist() == [0, 0, 2, 2] and picture[0, 0, 0, 9] == 1
    assert torch.equal(untile(picture), views)


@torch.no_grad()
def test_two_groups_are_written_in_four_passes_and_given_frames_stay():
    model, count = writer(tiles=True), []
    model.trunk.register_forward_hook(lambda *_: count.append(1))
    context, rays, poses = scene()
    colour, code = write_tiled(model, context, rays, poses)
    assert torch.equal(colour[:, :2], context) and colour.shape == (2, 8, 3, 16, 24)
    assert torch.isfinite(code).all() and code.shape == (2, 8, 1, 16, 24)
    assert len(count) == 4
    keep = torch.zeros(2, 8, dtype=torch.bool)
    keep[1, 5] = True
    _, code = write_tiled(model, context, rays, poses, keep)
    assert len(count) == 4 + 3
    assert torch.equal(torch.isfinite(code).flatten(2).all(2), keep)


@torch.no_grad()
def test_the_pose_of_a_view_moves_what_is_written_in_its_own_group_and_later():
    model, (context, rays, poses) = writer(tiles=True), scene()
    before, _ = write_tiled(model, context, rays, poses)
    poses[0, 6, 1, 3] += 0.5
    after, _ = write_tiled(model, context, rays, poses)
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.equal(before[0, 6], after[0, 6])
    assert torch.allclose(before[1], after[1], atol=1e-6)


def test_the_last_group_teaches_through_the_first():
    model, (context, rays, poses) = writer(tiles=True), scene()
    context.requires_grad_()
    _, code = write_tiled(model, context, rays, poses)
    code[:, -1].sum().backward()
    assert (context.grad.abs().sum((0, 2, 3, 4)) > 0).all()


@pytest.mark.parametrize('options, frames', [({}, 8), ({'tiles': True}, 6)])
def test_refuses_another_network_or_half_a_group(options, frames):
    with pytest.raises(NetworkError, match='groups of 4'):
        write_tiled(writer(**options), *scene(frames))


def test_a_network_without_tiles_refuses_a_tiled_picture(arguments, tiny):
    with pytest.raises(NetworkError, match='tiles=True'):
        tiny(**arguments, tiles=torch.zeros(2, 6, 24, 32))
