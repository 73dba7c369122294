# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a generator that completes several views together must do besides."""

from __future__ import annotations

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.windows import complete_window
from geo_world_model.testing import scenes
from geo_world_model.testing.subject import (
    NotMeasured, Subject, check_answer, check_known, same_bytes)


def answers_in_order(subject: Subject) -> None:
    """Each view of a window has its own answer, in order, with its known pixels as they were."""
    requests = _path(subject, 5)
    for answer, request in zip(_ask(subject, requests), requests):
        check_answer(answer, request)
        check_known(answer, request)


def window_again(subject: Subject) -> None:
    """The same window has the same answers, after another one too."""
    if not subject.abilities.deterministic:
        raise NotMeasured('it announces that it is not deterministic')
    requests = _path(subject, 5)
    first = _ask(subject, requests)
    _ask(subject, requests[::-1])
    assert all(map(same_bytes, first, _ask(subject, requests))), (
        'the same window has other answers the second time')


def odd_windows(subject: Subject) -> None:
    """A window may be of any length up to the announced one; an empty one is refused."""
    for count in (1, 2, 3, 4):
        requests = _path(subject, count)
        for answer, request in zip(_ask(subject, requests), requests):
            check_answer(answer, request)
    try:
        subject.generator.complete_window(())
    except GeneratorError:
        return
    raise AssertionError('an empty window was accepted; expected a GeneratorError')


def _path(subject, count):
    size = subject.view_size
    count = min(count, subject.abilities.window)
    return tuple(scenes.with_hole(scenes.room(size, scenes.pose_at(0.05 * i, 0.1 * i)),
                                  scenes.block(size)) for i in range(count))


def _ask(subject, requests):
    try:
        return complete_window(subject.generator, requests)
    except (AttributeError, TypeError) as error:
        raise AssertionError(f'complete_window of {len(requests)} views: '
                             f'{type(error).__name__}: {error}') from error
