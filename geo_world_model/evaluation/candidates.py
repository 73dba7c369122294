# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the answer that agrees best with what is known is better than others, in the holes."""

from dataclasses import replace

import numpy as np

from geo_world_model.asking import noise_seed
from geo_world_model.evaluation.jittered import Jittered
from geo_world_model.evaluation.protocol.comparison import compare
from geo_world_model.evaluation.protocol.methods import seeded_world
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.generators import create_generator
from geo_world_model.geometry.view import GENERATED, View
from geo_world_model.health import examine
from geo_world_model.rim import align_to_rim

NAME = 'candidates'
GROUPS = ('generator', 'choice')
COLUMNS = {'psnr': Column('PSNR dB', 2), 'depth_median': Column('median', 3),
           'delta': Column('d<1.25', 3), 'better_colour': Column('better in colour than', 3),
           'better_depth': Column('better in depth than', 3),
           'disagreement': Column('disagreement', 4)}


def measure(place, generators, sheet, candidates=8):
    """
    Rows of one place: answers with different noise at the frames after the seed, in the holes.

    Choices: 'any' (the mean of all), 'healthiest' (the least disagreement around the holes, of
    equals the first) and 'best' by the truth. `better_*`: share of the other answers that the
    choice beats by its PSNR and its median depth error, equals counting half: 0.5 is chance. Each
    generator as it is, and behind noise that is wrong by more or less (jittered.py). Depth is
    aligned on the rim first, as the loop does.
    """
    seed, rows = place.frame(0), []
    for name in generators:
        for generator in (create_generator(name), Jittered(create_generator(name))):
            with seeded_world([seed]) as world:
                for index in range(1, len(place)):
                    truth = place.frame(index)
                    look = world.look(truth.pose, place.camera, generator.abilities.references)
                    if not look.complete:
                        rows += _choices(generator, look, truth, candidates)
    return rows


def _choices(generator, look, truth, candidates):
    request, rendering, found = look.request, look.rendering, []
    hole = rendering.unknown
    for number in range(candidates):
        answer = generator.complete(replace(
            request, noise_seed=noise_seed(request.noise_seed, 0, number)))
        view = View(answer.rgb, align_to_rim(answer.depth, rendering),
                    np.full(hole.shape, GENERATED, np.uint8), look.camera, look.pose)
        found.append({**compare(view, truth, hole),
                      'disagreement': examine(answer, rendering).disagreement})
    if found[0]['psnr'] is None or found[0]['depth_median'] is None:
        return
    colour = np.array([row['psnr'] for row in found])
    depth = -np.array([row['depth_median'] for row in found])
    healthiest = int(np.argmin([row['disagreement'] for row in found]))
    for choice, index in (('healthiest', healthiest), ('best', int(np.argmax(colour)))):
        yield {'generator': generator.abilities.name, 'choice': choice, **found[index],
               'better_colour': _beats(colour, index), 'better_depth': _beats(depth, index)}
    for row in found:
        yield {'generator': generator.abilities.name, 'choice': 'any', **row}


def _beats(values, index):
    others = np.delete(values, index)
    return float(np.mean((values[index] > others) + 0.5 * (values[index] == others)))
