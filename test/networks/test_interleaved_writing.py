# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Writing of images and geometry in turn: steps saved, context kept, gradients through all."""

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')

from completion_inputs import made_up, shaken  # noqa: E402

from geo_world_model.errors import NetworkError  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from geo_world_model.networks.interleaved_writing import write_sequence  # noqa: E402


def _writer():
    torch.manual_seed(0)
    return shaken(CompletionModel(**CONFIGURATIONS['tiny'], modalities=2))


def _scene(frames=4, given=2, size=(16, 24)):
    arguments = made_up(2, *size, views=given)
    poses = torch.eye(4).repeat(2, frames, 1, 1)
    poses[..., 0, 3] = 0.2 * torch.arange(frames)
    return arguments['references'].colour_depth[:, :, :3], arguments['rays'], poses


def _calls(model):
    count = []
    model.trunk.register_forward_hook(lambda *_: count.append(1))
    return count


@torch.no_grad()
def test_given_frames_stay_and_every_other_image_and_all_geometry_are_written():
    model, (context, rays, poses) = _writer(), _scene()
    count = _calls(model)
    colour, code = write_sequence(model, context, rays, poses)
    assert torch.equal(colour[:, :2], context)
    assert colour.shape == (2, 4, 3, 16, 24) and torch.isfinite(code).all()
    assert len(count) == 4 + 2


@torch.no_grad()
def test_dropped_geometry_saves_its_steps():
    model, (context, rays, poses) = _writer(), _scene()
    count = _calls(model)
    _, code = write_sequence(model, context, rays, poses, torch.zeros(2, 4, dtype=torch.bool))
    assert len(count) == 2 and torch.isnan(code).all()


@torch.no_grad()
def test_geometry_in_the_context_changes_the_next_image_of_its_own_sequence_only():
    model, (context, rays, poses) = _writer(), _scene()
    keep = torch.ones(2, 4, dtype=torch.bool)
    whole, _ = write_sequence(model, context, rays, poses, keep)
    keep[0, 1] = False
    dropped, code = write_sequence(model, context, rays, poses, keep)
    assert not torch.equal(whole[0, 2], dropped[0, 2])
    assert torch.allclose(whole[1], dropped[1], atol=1e-6)
    assert torch.isnan(code[0, 1]).all() and torch.isfinite(code[1]).all()


def test_the_last_geometry_teaches_through_all_frames_before_it():
    model, (context, rays, poses) = _writer(), _scene()
    context.requires_grad_()
    _, code = write_sequence(model, context, rays, poses)
    code[:, -1].sum().backward()
    assert (context.grad.abs().sum((0, 2, 3, 4)) > 0).all()
    assert torch.isfinite(context.grad).all()


@torch.no_grad()
def test_the_modality_token_decides_what_is_written():
    model, (context, rays, poses) = _writer(), _scene()
    first, _ = write_sequence(model, context, rays, poses)
    model.trunk.modality.weight[0] += 1
    second, _ = write_sequence(model, context, rays, poses)
    assert not torch.equal(first[:, 2:], second[:, 2:])


@pytest.mark.parametrize('frames, given', [(9, 2), (6, 5), (1, 2)])
def test_refuses_more_frames_than_it_writes(frames, given):
    context, rays, poses = _scene(frames, given)
    with pytest.raises(NetworkError, match='frames are given'):
        write_sequence(_writer(), context, rays, poses)


def test_refuses_a_network_of_one_modality(tiny):
    with pytest.raises(NetworkError, match='two modalities'):
        write_sequence(tiny, *_scene())


@torch.no_grad()
@pytest.mark.parametrize('tiles', [True, False])
def test_tokens_know_the_pose_of_their_view_where_the_network_is_made_so(tiles, monkeypatch):
    torch.manual_seed(0)
    model = shaken(CompletionModel(**CONFIGURATIONS['tiny'], modalities=2, tiles=tiles))
    context, rays, poses = _scene()
    # without context only the tokens themselves can tell where a view stands
    monkeypatch.setattr('geo_world_model.networks.interleaved_writing.encode_earlier',
                        lambda *_: None)
    here, _ = write_sequence(model, context, rays, poses)
    poses[:, 3, 0, 3] += 1.0
    there, _ = write_sequence(model, context, rays, poses)
    assert torch.equal(here[:, :3], there[:, :3])
    assert torch.equal(here[:, 3], there[:, 3]) != tiles
