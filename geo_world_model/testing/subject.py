# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is tested, and how a test says that it could not measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Abilities, Answer, Generator, Request

#: Views are so wide and high (px) unless the generator has a working size of its own.
SIZE = (96, 72)


class NotMeasured(Exception):
    """A property that this generator does not have, or that its answers do not show; says why."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A generator under test.

    text: what `create_generator` makes it from, ``NAME {json}``, so that another process can make
    the same; None: it is tested in this process alone. size: (width, height) of the views it is
    asked for where it has no working size.
    """

    generator: Generator
    text: str | None = None
    size: tuple[int, int] = SIZE

    @classmethod
    def named(cls, text: str, size: tuple[int, int] = SIZE) -> Subject:
        """Make the generator of a name with its parameters; GeneratorError."""
        return cls(create_generator(text), text, size)

    @property
    def abilities(self) -> Abilities:
        """What it announces."""
        return self.generator.abilities

    @property
    def view_size(self) -> tuple[int, int]:
        """(width, height) of the views it is asked for: as the world asks."""
        return tuple(self.abilities.size or self.size)

    def answer(self, request: Request) -> Answer:
        """Ask it; AssertionError unless what comes back is an answer to the request."""
        answer = self.generator.complete(request)
        check_answer(answer, request)
        return answer


def check_answer(answer: Answer, request: Request) -> None:
    """AssertionError unless an answer has the shapes, types and values that it must have."""
    assert isinstance(answer, Answer), (
        f'{request}: the answer is a {type(answer).__name__}, expected an Answer')
    try:
        # once more: it may have been changed since, or made around its checks
        Answer(answer.rgb, answer.depth, answer.confidence, answer.notes).check_fits(request)
    except GeneratorError as error:
        raise AssertionError(f'{request}: {error}') from error


def check_known(answer: Answer, request: Request) -> None:
    """AssertionError when an answer repaints or moves pixels that the request knows."""
    view = request.view
    coloured, measured = view.provenance > 0, ~np.isnan(view.depth)
    changed = np.any(answer.rgb != view.rgb, -1) & coloured
    assert not changed.any(), (
        f'{np.count_nonzero(changed)} of {np.count_nonzero(coloured)} known pixels (provenance '
        'not 0) have another colour in the answer: paint where provenance is 0 and nowhere else '
        '(is the sense of the mask turned around?)')
    with np.errstate(invalid='ignore'):
        same = (answer.depth == view.depth) | (
            np.abs(answer.depth - view.depth) <= 1e-3 * view.depth)
    moved = measured & ~same
    assert not moved.any(), (
        f'{np.count_nonzero(moved)} of {np.count_nonzero(measured)} pixels with a known depth '
        'have another one in the answer: fill depth where it is NaN and nowhere else')


def same_bytes(one: Answer, other: Answer) -> bool:
    """Whether two answers are the same bytes, notes as well."""
    arrays = [(getattr(one, name), getattr(other, name))
              for name in ('rgb', 'depth', 'confidence')]
    if one.notes.keys() != other.notes.keys():
        return False
    arrays += [(one.notes[name], other.notes[name]) for name in one.notes]
    return all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
               for a, b in arrays)
