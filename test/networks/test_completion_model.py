# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The completion model: what it answers untrained, what one step depends on, what it refuses."""

import dataclasses

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')

from geo_world_model.errors import NetworkError  # noqa: E402
from geo_world_model.networks.coloured_noise import coloured_noise, noisy_source  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from completion_inputs import made_up, shaken  # noqa: E402


@torch.no_grad()
def test_a_new_network_answers_with_its_base(tiny, arguments):
    assert torch.equal(tiny(**arguments).colour_depth, arguments['base'])


@torch.no_grad()
def test_one_step_gives_the_same_for_zero_and_random_noise(tiny, arguments):
    shaken(tiny)
    noise = coloured_noise(arguments['base'].shape, torch.Generator().manual_seed(3))
    still = tiny(**arguments)
    noisy = tiny(**arguments | {
        'estimate': noisy_source(arguments['base'], arguments['known'], noise)})
    assert torch.equal(still.colour_depth, noisy.colour_depth)
    assert torch.equal(still.confidence, noisy.confidence)


@torch.no_grad()
def test_later_steps_depend_on_the_noise(tiny, arguments):
    shaken(tiny)
    arguments['timestep'] = torch.full((2,), 0.5)
    other = arguments | {'estimate': arguments['base'] + 0.1}
    assert not torch.equal(tiny(**arguments).colour_depth, tiny(**other).colour_depth)


@torch.no_grad()
def test_references_encoded_before_give_what_references_give(tiny, arguments):
    shaken(tiny)
    encoded = tiny.encode_references(arguments['references'])
    assert torch.equal(tiny(**arguments).colour_depth,
                       tiny(**arguments | {'references': encoded}).colour_depth)


@torch.no_grad()
def test_references_that_are_not_usable_have_no_influence(tiny, arguments):
    shaken(tiny)
    references = arguments['references']
    usable = torch.tensor([[True, False]] * 2)
    hidden = dataclasses.replace(references, usable=usable)
    colours = references.colour_depth.clone()
    colours[:, 1] = 0.3
    other = dataclasses.replace(hidden, colour_depth=colours)
    seen = dataclasses.replace(references, colour_depth=colours)
    one, two, three, four = (tiny(**arguments | {'references': each}).colour_depth
                             for each in (hidden, other, references, seen))
    assert torch.equal(one, two)
    assert not torch.equal(three, four)


@pytest.mark.parametrize('size', [(32, 64), (88, 160)])
@torch.no_grad()
def test_one_network_serves_several_sizes(tiny, size):
    out = tiny(**made_up(1, *size))
    assert out.colour_depth.shape == (1, 4, *size)
    assert out.confidence.shape == (1, 1, *size)


def test_gradients_reach_every_weight_after_training_began(tiny, arguments):
    shaken(tiny)
    out = tiny(**arguments)
    (out.colour_depth.square().mean() + out.confidence.square().mean()).backward()
    assert not [name for name, weight in tiny.named_parameters()
                if weight.grad is None or not weight.grad.abs().sum() > 0]


@torch.no_grad()
def test_saved_weights_come_back_in_small_shards(tiny, arguments, tmp_path):
    shaken(tiny).save_pretrained(tmp_path, max_shard_size='200KB')
    shards = sorted(tmp_path.glob('*.safetensors'))
    assert len(shards) > 1 and max(shard.stat().st_size for shard in shards) < 250_000
    again = CompletionModel.from_pretrained(tmp_path, low_cpu_mem_usage=False)
    assert torch.equal(tiny(**arguments).colour_depth, again(**arguments).colour_depth)


def test_sizes_of_the_named_configurations():
    small, medium = (CompletionModel(**CONFIGURATIONS[name]).parameter_count()
                     for name in ('small', 'medium'))
    assert 3.0e6 < small < 3.7e6 and 12e6 < medium < 13.2e6


@pytest.mark.parametrize('change, words', [
    ({'base': torch.zeros(2, 3, 24, 32)}, 'base has shape'),
    ({'timestep': torch.zeros(3)}, 'timestep has shape'),
    ({'modality': torch.zeros(2, dtype=torch.int64)}, 'modalities'),
])
def test_refuses_what_does_not_fit_with_a_sentence(tiny, arguments, change, words):
    with pytest.raises(NetworkError, match=words):
        tiny(**arguments | change)


def test_refuses_sizes_that_are_no_multiples_of_eight(tiny):
    arguments = made_up(1, 24, 32)
    cut = {name: arguments[name][..., :28] for name in ('estimate', 'base', 'known', 'rays')}
    with pytest.raises(NetworkError, match='multiples of 8'):
        tiny(**arguments | cut)


@pytest.mark.parametrize('config', [
    {'channels': (8, 16)}, {'channels': (8, 16, 30)}, {'blocks': 0}, {'heads': 7}])
def test_refuses_configurations_that_are_no_network(config):
    with pytest.raises(NetworkError):
        CompletionModel(**config)
