# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Windows: views along a path, completed together by a generator that works on videos.

``complete_window(requests)`` takes the requests (tuple of Request) of neighbouring views in the
order of the path, all rendered from the same version of the world, and returns their answers
(tuple of Answer) in the same order. References and noise of the first request are those of all.
The world admits the answers one after the other, each cut to what is unknown by then and aligned
to what is there; so an answer need not know what the ones before it will change.
"""

from __future__ import annotations

from dataclasses import replace

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Abilities, Answer, Generator, Request


def offers_windows(generator: Generator) -> bool:
    """Whether a generator completes several views together."""
    return generator.abilities.window > 1 and hasattr(generator, 'complete_window')


def complete_window(generator: Generator, requests: tuple[Request, ...]) -> tuple[Answer, ...]:
    """Ask for a window; GeneratorError unless there is a fitting answer to each request."""
    answers = tuple(generator.complete_window(tuple(requests)))
    if len(answers) != len(requests):
        raise GeneratorError(f'{generator.abilities.name} gave {len(answers)} answers to a window '
                             f'of {len(requests)} views')
    for answer, request in zip(answers, requests):
        if not isinstance(answer, Answer):
            raise GeneratorError(f'{generator.abilities.name} gave a {type(answer).__name__} for '
                                 'a view of a window, expected an Answer')
        answer.check_fits(request)
    return answers


def answer_with_ahead(generator: Generator, request: Request) -> Answer:
    """
    Answer a request with what it has ahead, as far as the generator's window reaches.

    Of one without windows, it alone: the request may have been made for another generator.
    """
    alone = replace(request, ahead=()) if request.ahead else request
    if not request.ahead or not offers_windows(generator):
        return generator.complete(alone)
    ahead = request.ahead[:generator.abilities.window - 1]
    first, *others = complete_window(generator, (alone, *ahead))
    return replace(first, ahead=tuple(others))


def check_window(abilities: Abilities, requests: tuple[Request, ...]) -> None:
    """Raise GeneratorError unless requests are a window that a generator has announced."""
    if not 1 <= len(requests) <= abilities.window:
        raise GeneratorError(f'a window of {len(requests)} views: {abilities.name} completes 1 to '
                             f'{abilities.window} together')
    if any(request.task != 'complete' for request in requests):
        raise GeneratorError('a window asks to complete views; photographs are lifted one by one')
    if len({request.view.camera for request in requests}) > 1:
        raise GeneratorError('the views of a window are of one camera: expected the same '
                             'intrinsics and size for all')
