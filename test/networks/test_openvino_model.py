# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO answers as PyTorch does, with any number of references; without it one is told."""

import sys

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='networks need diffusers')

from completion_inputs import made_up, shaken  # noqa: E402

from geo_world_model.errors import GeneratorError, NetworkError  # noqa: E402
from geo_world_model.generators import create_generator  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.completion_pipeline import CompletionPipeline  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from geo_world_model.networks.openvino_model import OpenVinoModel  # noqa: E402


def model():
    torch.manual_seed(0)
    return shaken(CompletionModel(**CONFIGURATIONS['tiny']), scale=0.03)


@pytest.mark.parametrize('precision, near', [('f32', 1e-4), ('bf16', 0.1)])
def test_the_answer_is_that_of_pytorch_whatever_the_number_of_references(precision, near):
    pytest.importorskip('openvino')
    network = model()
    engine = CompletionPipeline(OpenVinoModel(network, precision, threads=1, references=3))
    peer = CompletionPipeline(network)
    for views in (2, 3):
        made = made_up(1, views=views)
        inputs = made['base'], made['known'], made['rays']
        for references in (made['references'], None):
            ours, theirs = (each(*inputs, references) for each in (engine, peer))
            for name in ('colour_depth', 'confidence'):
                assert np.allclose(getattr(ours, name), getattr(theirs, name), atol=near)
            assert not torch.equal(ours.colour_depth, made['base'])


def test_several_steps_and_two_calls_give_each_their_own_answer():
    pytest.importorskip('openvino')
    network = model()
    engine = CompletionPipeline(OpenVinoModel(network, 'f32', threads=1))
    made, other = made_up(1, seed=1), made_up(1, seed=2)

    def both(each, inputs):
        return each(inputs['base'], inputs['known'], inputs['rays'], inputs['references'], 3,
                    torch.Generator().manual_seed(4)).colour_depth

    first, second = both(engine, made), both(engine, other)
    peer = CompletionPipeline(network)
    assert np.allclose(first, both(peer, made), atol=1e-3)
    assert np.allclose(second, both(peer, other), atol=1e-3)


def test_more_references_than_it_was_made_for_are_refused():
    pytest.importorskip('openvino')
    engine = OpenVinoModel(model(), references=1)
    with pytest.raises(NetworkError, match='at most 1'):
        engine.encode_references(made_up(1, views=2)['references'])


def test_without_openvino_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'openvino', None)
    with pytest.raises(GeneratorError, match=r'geo_world_model\[openvino\]'):
        create_generator('compact', engine='openvino')
    with pytest.raises(GeneratorError, match='expected one of torch, openvino'):
        create_generator('compact', engine='onnx')
