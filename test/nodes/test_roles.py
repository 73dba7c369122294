# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from types import SimpleNamespace

from geo_world_model.generators.interface import Abilities
from geo_world_model.nodes import channel
from geo_world_model.nodes.requests import Requests
from geo_world_model.nodes.roles import announced, by_task


def one(name, *tasks, **more):
    return SimpleNamespace(abilities=Abilities(name, tasks, **more))


VIDEO = one('video', 'complete', window=9, references=2)
BOTH = one('both', 'complete', 'lift', size=(64, 32))
LIFTS = one('lifts', 'lift')


def names(generator, lifter):
    return {task: g.abilities.name for task, g in by_task(generator, lifter).items()}


def test_the_generator_completes_and_the_lifter_lifts_whatever_else_they_could():
    assert names(VIDEO, LIFTS) == {'complete': 'video', 'lift': 'lifts'}
    assert names(VIDEO, BOTH) == {'complete': 'video', 'lift': 'both'}
    assert names(BOTH, LIFTS) == {'complete': 'both', 'lift': 'lifts'}


def test_one_that_cannot_leaves_a_task_to_the_other_or_to_nobody():
    assert names(LIFTS, BOTH) == {'complete': 'both', 'lift': 'both'}
    assert names(BOTH, VIDEO) == {'complete': 'both', 'lift': 'both'}
    assert names(VIDEO, VIDEO) == {'complete': 'video'}


def test_the_other_node_asks_for_what_the_one_that_answers_wants():
    requests = Requests(None, 1.0)
    for pair, references in (((VIDEO, BOTH), 2), ((BOTH, VIDEO), 0), ((BOTH, BOTH), 0)):
        requests.set_abilities(channel.decode_abilities(
            channel.encode_abilities(announced(by_task(*pair)))))
        assert requests.references == references
        assert requests.views_of(SimpleNamespace(width=64, height=32)) == (9 if references else 1)
