# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Requests and answers refuse what cannot be meant, in words."""

from dataclasses import replace

import numpy as np
import pytest
from room import camera, complete_request, lift_request, pose

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import (
    Abilities, Answer, Generator, create_generator, generator_names)


def small_request():
    cam = camera(8, 6)
    rgb = np.full((6, 8, 3), 90, np.uint8)
    hole = np.zeros((6, 8), bool)
    hole[:, :3] = True
    return complete_request(rgb, np.full((6, 8), 2, np.float32), hole, cam, pose())


def answer(**changes):
    parts = {'rgb': np.zeros((6, 8, 3), np.uint8), 'depth': np.ones((6, 8), np.float32),
             'confidence': np.ones((6, 8), np.float32)}
    return Answer(**{**parts, **changes})


@pytest.mark.parametrize('changes, words', [
    ({'task': 'dream'}, 'unknown task'),
    ({'view': None}, 'expected a View'),
    ({'bound': np.ones((6, 8))}, 'bound'),
    ({'bound': np.ones((8, 6), np.float32)}, 'bound'),
    ({'bound': np.zeros((6, 8), np.float32)}, 'bound'),
    ({'bound': np.full((6, 8), np.nan, np.float32)}, 'bound'),
    ({'references': [1]}, 'references'),
    ({'noise_seed': -1}, 'noise_seed'),
    ({'noise_seed': 1 << 64}, 'noise_seed'),
    ({'noise_seed': 0.5}, 'noise_seed'),
    ({'ground': float('nan')}, 'ground'),
    ({'task': 'lift'}, 'lift'),
    ({'notes': {'a': 'text'}}, 'note'),
    ({'notes': {'a': np.zeros(1 << 18)}}, 'notes'),
])
def test_request_says_what_is_wrong(changes, words):
    with pytest.raises(GeneratorError, match=words):
        replace(small_request(), **changes)


@pytest.mark.parametrize('value', [0.0, -1.0])
def test_request_refuses_known_depth_that_is_no_depth(value):
    request = small_request()
    depth = request.view.depth.copy()
    depth[0, 5] = value
    with pytest.raises(GeneratorError, match='known depth'):
        replace(request, view=replace(request.view, depth=depth))


@pytest.mark.parametrize('changes, words', [
    ({'rgb': np.zeros((6, 8, 3))}, 'rgb'),
    ({'rgb': np.zeros((6, 9, 3), np.uint8)}, 'rgb'),
    ({'depth': np.ones((6, 8))}, 'depth'),
    ({'depth': np.ones(6, np.float32)}, 'depth'),
    ({'depth': np.zeros((6, 8), np.float32)}, 'depth'),
    ({'depth': np.full((6, 8), np.nan, np.float32)}, 'depth'),
    ({'depth': np.full((6, 8), -np.inf, np.float32)}, 'depth'),
    ({'confidence': np.full((6, 8), 1.5, np.float32)}, 'confidence'),
    ({'confidence': np.full((6, 8), np.nan, np.float32)}, 'confidence'),
    ({'notes': {'': np.zeros(1)}}, 'note'),
])
def test_answer_says_what_is_wrong(changes, words):
    with pytest.raises(GeneratorError, match=words):
        answer(**changes)


def test_answer_takes_sky_and_prints_itself():
    sky = answer(depth=np.full((6, 8), np.inf, np.float32))
    assert 'beyond range' in str(sky)
    assert '8x6' in str(answer())


def test_answer_of_another_size_does_not_fit():
    answer().check_fits(small_request())
    cam = camera(8, 8)
    other = lift_request(np.zeros((8, 8, 3), np.uint8), cam, pose())
    with pytest.raises(GeneratorError, match='8x8'):
        answer().check_fits(other)


@pytest.mark.parametrize('arguments', [
    ('', ('lift',)), ('a', ()), ('a', ('sing',)), ('a', ('lift',), -1),
    ('a', ('lift',), 0, (0, 4)),
])
def test_abilities_refuse_nonsense(arguments):
    with pytest.raises(GeneratorError):
        Abilities(*arguments)


@pytest.mark.parametrize('name', generator_names())
def test_every_name_makes_a_generator_of_that_name(name):
    generator = create_generator(name)
    assert isinstance(generator, Generator)
    assert generator.abilities.name == name


def test_unknown_generators_and_parameters_are_named():
    with pytest.raises(GeneratorError, match='classical, ground_plane'):
        create_generator('oracle')
    with pytest.raises(GeneratorError, match='colour.*its parameters are texture'):
        create_generator('classical', colour=3)
    with pytest.raises(GeneratorError, match='far'):
        create_generator('ground_plane', far=-1.0)
    with pytest.raises(GeneratorError, match='texture'):
        create_generator('classical', texture=float('nan'))


def test_a_generator_refuses_a_task_it_does_not_know():
    request = small_request()
    with pytest.raises(GeneratorError, match='ground_plane cannot complete'):
        create_generator('ground_plane').complete(request)


def test_parameters_may_follow_the_name_wherever_a_generator_is_named():
    assert create_generator('classical {"texture": 0.5}').texture == 0.5
    assert create_generator('classical {"texture": 0.5}', texture=2.0).texture == 2.0


@pytest.mark.parametrize('text', [
    'classical {texture: 1}', 'classical {"texture": 1', 'classical {'])
def test_parameters_that_are_no_json_are_refused_with_an_example(text):
    with pytest.raises(GeneratorError, match='no JSON object'):
        create_generator(text)


def test_a_parameter_after_the_name_that_is_none_is_refused():
    with pytest.raises(GeneratorError, match='colour'):
        create_generator('classical {"colour": 3}')
