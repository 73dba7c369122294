# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How a generator refuses, and how it is stopped."""

from __future__ import annotations

import threading
from dataclasses import replace
from time import sleep

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import TASKS
from geo_world_model.testing import scenes
from geo_world_model.testing.sameness import requests
from geo_world_model.testing.subject import NotMeasured, Subject, same_bytes

#: A generator that has not ended so long (s) after it was cancelled hangs.
_HANGS_S = 60.0


def unknown_task(subject: Subject) -> None:
    """What it does not announce it refuses, with a GeneratorError that says so."""
    view = scenes.room(subject.view_size)
    asked = {'complete': scenes.with_hole(view, scenes.block(subject.view_size)),
             'lift': scenes.photograph(view)}
    others = [task for task in TASKS if task not in subject.abilities.tasks]
    if not others:
        raise NotMeasured('it does every task')
    for task in others:
        _refuses(lambda: subject.generator.complete(asked[task]),
                 f'a request to {task}, which it does not announce,')


def unknown_parameter(subject: Subject) -> None:
    """A parameter that it does not have is an error, not a silence."""
    if subject.text is None:
        raise NotMeasured('it has no name by which it could be made')
    _refuses(lambda: create_generator(subject.text, no_such_parameter_as_this=1),
             'a parameter that it does not have')


def cancel(subject: Subject) -> None:
    """`cancel` ends the answer that is being made, or the next one; the one after is as always.

    Without the second half, a cancel that comes an instant too early would be lost.
    """
    if not hasattr(subject.generator, 'cancel'):
        raise NotMeasured('it has no cancel(): its node waits for its last answer')
    request = requests(subject)[0]
    before = subject.answer(request)
    subject.generator.cancel()
    _refuses(lambda: subject.generator.complete(request), 'the request after a cancel()')
    _cancelled_in_the_middle(subject, request)
    after = subject.answer(request)
    assert not subject.abilities.deterministic or same_bytes(before, after), (
        'an answer after a cancelled one differs from the one before it')


def _cancelled_in_the_middle(subject, request):
    ended = []

    def ask():
        try:
            ended.append(subject.generator.complete(replace(request, noise_seed=9)))
        except GeneratorError as error:
            ended.append(error)
        except Exception as error:  # told apart below, in the thread that tests
            ended.append(AssertionError(f'cancelled, it raised {type(error).__name__}: {error}; '
                                        'expected a GeneratorError'))
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    sleep(0.01)
    subject.generator.cancel()
    thread.join(_HANGS_S)
    assert ended, f'it was cancelled and has not ended after {_HANGS_S:g} s'
    if isinstance(ended[0], AssertionError):
        raise ended[0]
    if not isinstance(ended[0], GeneratorError):
        # it was done before the cancel came, which then counts for the next one
        try:
            subject.generator.complete(request)
        except GeneratorError:
            pass


def _refuses(act, what):
    try:
        act()
    except GeneratorError:
        return
    except Exception as error:
        raise AssertionError(f'{what} led to {type(error).__name__}: {error}; expected a '
                             'GeneratorError with a sentence') from error
    raise AssertionError(f'{what} was accepted; expected a GeneratorError')
