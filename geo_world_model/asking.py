# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How a generator is asked for a view: several answers, the best of them, again, or another."""

import hashlib
from dataclasses import replace

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.working_size import fit_answer, fit_request
from geo_world_model.health import examine
from geo_world_model.window import complete_along


def complete(world, pose, camera, generator, ahead=()):
    """
    Look at a World and let a generator complete the view; returns the last Look, complete or not.

    `attempts` of the world's config: answers are added as long as something is admitted. An answer
    that the world refuses, because it disagrees with what is known, is asked for again with other
    noise; when the last one is refused too, the classical generator completes the view.
    ahead: Poses that follow on this one: a generator that completes views along a path together is
    asked for them first (window.py).
    """
    references, refusals = generator.abilities.references, 0
    look = world.look(pose, camera, references)
    if complete_along(world, look, ahead, generator):
        look = world.look(pose, camera, references)
    for attempt in range(world.config.attempts):
        if look.complete:
            return look
        last = attempt + 1 == world.config.attempts
        try:
            number = world.add(look, best_answer(world, look, generator, refusals))
        except GeneratorError as error:
            refusals += 1
            name = generator.abilities.name
            world.rejected[name] = world.rejected.get(name, (0,))[0] + 1, str(error)
            if not last:
                continue
            number = world.add(look, create_generator('classical').complete(look.request),
                               last_resort=True)
        if number is None:
            return look
        look = world.look(pose, camera, references)
    return look


def best_answer(world, look, generator, refusals=0):
    """
    Ask for as many answers as the world's config has candidates; return the healthiest.

    refusals: answers of this view that were refused: the noise is another one then. Of equally
    healthy ones the first is taken.
    """
    request, answers = look.request, []
    for number in range(world.config.candidates):
        seed = noise_seed(request.noise_seed, refusals, number)
        asked = fit_request(replace(request, noise_seed=seed), generator.abilities.size)
        answers.append(generator.complete(asked))
    if len(answers) == 1:
        return answers[0]
    fitted = (fit_answer(answer, look.camera) for answer in answers)
    return min(zip(answers, fitted), key=lambda pair: examine(
        pair[1], look.rendering).disagreement)[0]


def noise_seed(seed, refusals, number):
    """Noise of the number-th candidate after some refusals; the request's own for the first."""
    if refusals == number == 0:
        return seed
    digest = hashlib.sha256(f'{seed} {refusals} {number}'.encode()).digest()
    return int.from_bytes(digest[:8], 'little')
