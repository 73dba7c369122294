# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the limits of health refuse: right answers, and answers that are wrong on purpose."""

import zlib
from dataclasses import replace

import numpy as np

from geo_world_model.config import WorldConfig
from geo_world_model.datasets.procedural.recording import posed_scene
from geo_world_model.evaluation.bad_answers import bad_answers, good_answers, in_holes
from geo_world_model.evaluation.protocol.methods import seeded_world
from geo_world_model.evaluation.protocol.place import ProceduralPlace
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.evaluation.refusals import refusals
from geo_world_model.evaluation.simple_fills import nearest_depth
from geo_world_model.generators import create_generator
from geo_world_model.health import beyond_limits, examine

NAME = 'health'
GROUPS = ('answer', 'should')
INDICATORS = {'colour': 'colour', 'depth': 'residual', 'colour_step': 'colour_step',
              'depth_step': 'depth_step'}
COLUMNS = {'refused': Column('refused', 3),
           **{f'by_{name}': Column(f'by {name.replace("_", " ")}', 3) for name in INDICATORS},
           **{name: Column(name.replace('_', ' '), 4) for name in INDICATORS},
           **{f'{name}_most': Column(f'{name.replace("_", " ")}, worst of a place', 4)
              for name in INDICATORS}}
_MOST_REFERENCES = 4
#: Seed of the scenes that another place is taken from.
_ELSEWHERE = 77013


def measure(place, generators, sheet):
    """
    Rows of one place: answers to the frames after the seed, examined as the loop does.

    Should be taken: what the generators say, the truth, and the truth as networks would say it
    (bad_answers.py; where a sensor measured nothing, the nearest depth). Should be refused: what
    is wrong on purpose; '..., in holes': the known pixels are given back as they were, as every
    shipped generator does. `refused`: share of the answers that a world refuses by its default
    limits, and `by_*` which of them; then the indicators themselves, their mean and the worst of
    the place.
    """
    limits, found = WorldConfig(), []
    seed, other = place.frame(0), _elsewhere(place)
    with seeded_world([seed]) as world:
        for index in range(1, len(place)):
            truth = _measured_everywhere(place.frame(index))
            look = world.look(truth.pose, place.camera, _MOST_REFERENCES)
            if look.complete:
                continue
            random = np.random.RandomState(index)
            good = {name: create_generator(name).complete(look.request) for name in generators}
            good.update(good_answers(truth, random))
            bad = bad_answers(truth, other, random)
            bad.update({f'{name}, in holes': in_holes(answer, look.rendering)
                        for name, answer in bad.items()})
            for should, answers in (('be taken', good), ('be refused', bad)):
                for name, answer in answers.items():
                    found.append({'answer': name, 'should': should,
                                  **_row(examine(answer, look.rendering), limits)})
    return list(_with_worst(found))


def conclude(places):
    """Return how many answers were refused, and how many are at most: `refusals`, in rows."""
    return {'refusals': refusals(places)}


def _row(health, limits):
    wrong = beyond_limits(health, limits)
    return {'refused': float(bool(wrong)),
            **{f'by_{name}': float(name in wrong) for name in INDICATORS},
            **{name: getattr(health, attribute) for name, attribute in INDICATORS.items()}}


def _with_worst(rows):
    for row in rows:
        of_its_kind = [other for other in rows if other['answer'] == row['answer']]
        yield {**row, **{f'{name}_most': max(other[name] for other in of_its_kind)
                         for name in INDICATORS}}


def _measured_everywhere(view):
    """A View whose depth has no holes: an answer has none, and a sensor has."""
    depth = np.nan_to_num(nearest_depth(view), nan=1.0, posinf=np.inf)
    return replace(view, depth=depth)


def _elsewhere(place):
    """View of a procedural office, another one for each place, by the place's camera."""
    number = zlib.crc32(place.name.encode()) % 1000
    renderer, poses, _ = posed_scene('office', _ELSEWHERE, number, 1, place.camera)
    return ProceduralPlace(renderer, place.camera, poses, 'elsewhere').frame(0)
