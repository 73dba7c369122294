# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""WorldStereo's branches: nothing before training, pairs by themselves, others' points trusted."""

import dataclasses

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')

from completion_inputs import made_up, shaken  # noqa: E402

from geo_world_model.errors import NetworkError  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from geo_world_model.networks.global_geometric_memory import (  # noqa: E402
    GlobalGeometricMemory, merge_clouds)
from geo_world_model.networks.rotary import rotate  # noqa: E402
from geo_world_model.networks.spatial_stereo_memory import SpatialStereoMemory  # noqa: E402

BRANCHES = {'global_blocks': 2, 'stereo_blocks': 1}


def _inputs():
    arguments = made_up()
    geometry = torch.rand(2, 5, 24, 32, generator=torch.Generator().manual_seed(4))
    return arguments, {'geometry': geometry, 'stereo': arguments['references']}


@torch.no_grad()
def test_branches_at_their_start_leave_the_trunk_exactly_as_it_is():
    arguments, more = _inputs()
    model = CompletionModel(**CONFIGURATIONS['tiny'], **BRANCHES)
    shaken(model.trunk), shaken(model.memory)
    trunk, joined = model(**arguments), model(**arguments, **more)
    assert torch.equal(trunk.colour_depth, joined.colour_depth)
    assert torch.equal(trunk.confidence, joined.confidence)


@pytest.mark.parametrize('branch, part', [('global_memory', 'geometry'),
                                          ('stereo_memory', 'stereo')])
@torch.no_grad()
def test_a_trained_branch_is_heard_and_moves_to_another_trunk(branch, part, tmp_path):
    arguments, more = _inputs()
    model, other = (CompletionModel(**CONFIGURATIONS['tiny'], **BRANCHES) for _ in range(2))
    shaken(model)
    other.load_state_dict(model.state_dict())
    trunk = model(**arguments)
    heard = model(**arguments, **{part: more[part]})
    assert not torch.equal(trunk.colour_depth, heard.colour_depth)
    getattr(model, branch).save_pretrained(tmp_path)
    kind = type(getattr(model, branch))
    setattr(other, branch, kind.from_pretrained(tmp_path, low_cpu_mem_usage=False))
    again = other(**arguments, **{part: more[part]})
    assert torch.equal(heard.colour_depth, again.colour_depth)


@torch.no_grad()
def test_a_pair_is_not_influenced_by_another_pair():
    arguments, _ = _inputs()
    branch = shaken(SpatialStereoMemory(32, 2, 2))
    references = arguments['references']

    def pairs(colours):
        changed = dataclasses.replace(references, colour_depth=colours)
        tokens, rows, columns = branch.stitch(arguments['base'], arguments['rays'], changed)
        for block in branch.blocks:
            tokens = block(tokens, rows, columns)
        return tokens

    before = pairs(references.colour_depth)
    colours = references.colour_depth.clone()
    colours[0, 1, 0, 5, 7] += 1
    after = pairs(colours)
    changed = [not torch.equal(one, two) for one, two in zip(before, after, strict=True)]
    assert changed == [False, True, False, False]
    half = before.shape[1] // 2
    assert not torch.equal(before[1, :half], after[1, :half])


@torch.no_grad()
def test_an_unusable_reference_adds_nothing_to_the_stereo_memory():
    arguments, _ = _inputs()
    branch = shaken(SpatialStereoMemory(32, 2, 1))
    usable = torch.tensor([[True, False]] * 2)
    hidden = dataclasses.replace(arguments['references'], usable=usable)
    alone = dataclasses.replace(hidden, **{
        field.name: getattr(hidden, field.name)[:, :1] for field in dataclasses.fields(hidden)})
    for one, two in zip(*(branch(arguments['base'], arguments['rays'], each)
                          for each in (hidden, alone)), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_both_halves_of_a_pair_have_the_same_positions():
    arguments, _ = _inputs()
    branch = SpatialStereoMemory(32, 2, 1)
    _, rows, columns = branch.stitch(arguments['base'], arguments['rays'],
                                     arguments['references'])
    assert torch.equal(rows[:12], rows[12:]) and torch.equal(columns[:12], columns[12:])
    assert columns.max() == 3 and rows.max() == 2


def test_turned_queries_and_keys_know_only_their_distance():
    query, key = torch.randn(2, 1, 1, 1, 16, generator=torch.Generator().manual_seed(0))

    def product(at, by):
        at, by = (torch.tensor([place]) for place in (at, by))
        return (rotate(query, at, at) * rotate(key, by, by)).sum()

    assert torch.allclose(product(2, 5), product(7, 10), atol=1e-5)
    assert not torch.allclose(product(2, 5), product(2, 6), atol=1e-3)


def test_own_points_are_dropped_at_their_rate_and_the_nearer_surface_is_seen():
    own, others = (torch.full((1, 5, 100, 100), value) for value in (0.2, 0.6))
    own[:, 4], others[:, 4] = 1, 1
    assert torch.equal(merge_clouds(own, others), own)
    assert torch.equal(merge_clouds(others, own), own)
    merged = merge_clouds(own, others, 0.3, torch.Generator().manual_seed(0))
    assert (merged[:, 3] == 0.2).float().mean().item() == pytest.approx(0.7, abs=0.02)
    assert (merged[:, 4] == 1).all()
    assert (merge_clouds(own, torch.zeros_like(own), 1.0) == 0).all()


def test_a_branch_longer_than_its_trunk_is_refused():
    with pytest.raises(NetworkError, match='branches of 3'):
        CompletionModel(**CONFIGURATIONS['tiny'], global_blocks=3)


def test_training_reaches_the_branch_through_its_join():
    arguments, more = _inputs()
    branch = GlobalGeometricMemory(32, 2, 1)
    added, = branch(arguments['base'], more['geometry'], arguments['rays'],
                    arguments['timestep'])
    added.sum().backward()
    assert branch.joins[0].weight.grad.abs().sum() > 0
