# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What every answer must be: of the right types, with known pixels kept and holes filled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.interface import Request
from geo_world_model.testing import scenes
from geo_world_model.testing.subject import NotMeasured, Subject, check_known, same_bytes


def shapes_and_values(subject: Subject) -> None:
    """Sizes and types are those of the request, no number is NaN; also for views of odd size,
    with nothing known, with all colours known and no depth, and with a sky."""
    for request in _varied(subject):
        subject.answer(request)


def request_stays(subject: Subject) -> None:
    """A request is read and never written to: the world uses it afterwards."""
    for request in _varied(subject):
        before = [a.copy() for a in _arrays(request)]
        subject.answer(request)
        assert all(np.array_equal(a, b, equal_nan=a.dtype.kind == 'f')
                   for a, b in zip(before, _arrays(request))), (
            f'{request}: its arrays were written to: work on copies')


def mask_sense(subject: Subject) -> None:
    """On a checkerboard of holes, what is known stays as it is and what is a hole does not."""
    size = subject.view_size
    holes = scenes.checkerboard(size)
    # no colour of the room is magenta
    request = scenes.with_hole(scenes.room(size), holes)
    request.view.rgb[holes] = (255, 0, 255)
    answer = subject.answer(request)
    check_known(answer, request)
    left = np.mean(np.all(answer.rgb[holes] == request.view.rgb[holes], -1))
    assert left < 0.1, (
        f'{left:.0%} of the pixels in holes (provenance 0) kept the colour that the request had '
        'there, which means nothing: holes are where provenance is 0')


def known_pixels(subject: Subject) -> None:
    """Pixels whose colour or depth is known keep it; each of the two may be known alone."""
    for request in _varied(subject):
        check_known(subject.answer(request), request)


def hidden_colours(subject: Subject) -> None:
    """The colour that a request happens to have in its holes decides nothing."""
    size = subject.view_size
    black, white = (scenes.with_hole(scenes.room(size), scenes.block(size), under)
                    for under in (0, 255))
    assert same_bytes(subject.answer(black), subject.answer(white)), (
        'the answer depends on the colours that the request has in its holes: they mean nothing, '
        'fill them by your own rule first')


def bound(subject: Subject) -> None:
    """Where a request bounds the depth, the answer lies before the bound."""
    size = subject.view_size
    holes = scenes.block(size)
    limit = np.full(holes.shape, np.inf, np.float32)
    limit[holes] = 1.5
    request = scenes.with_hole(scenes.room(size), holes, bound=limit)
    beyond = subject.answer(request).depth[holes] > limit[holes]
    assert not beyond.any(), (f'{np.mean(beyond):.0%} of the depth in a hole lies behind the '
                              'bound of the request')


def references(subject: Subject) -> None:
    """Views to look at may be there or not, and may be of another size than the view."""
    if 'complete' not in subject.abilities.tasks:
        raise NotMeasured('it does not complete views')
    size = subject.view_size
    others = tuple(scenes.room(s, scenes.pose_at(0.2 * i, 0.1)) for i, s in enumerate(
        [size, size, (size[0] // 2, size[1] // 2)]))
    for count in range(len(others) + 1):
        subject.answer(scenes.with_hole(scenes.room(size), scenes.block(size),
                                        references=others[:count]))


def damaged_notes(subject: Subject) -> None:
    """Notes come out of a file: foreign ones are ignored, damaged ones ignored or refused."""
    request = _varied(subject)[0]
    made = subject.answer(request).notes
    damaged = [{'a_stranger': np.arange(3)}]
    damaged += [{**made, name: wrong} for name, note in made.items()
                for wrong in (note[:0] if note.ndim else np.zeros(2), np.full((2, 3), np.nan))]
    for notes in damaged:
        try:
            subject.answer(replace(request, notes=notes))
        except GeneratorError:
            if notes is damaged[0]:
                raise AssertionError('a note that is not its own made it refuse') from None


def _varied(subject: Subject) -> list[Request]:
    """Requests of every kind, for each task that the generator does."""
    sizes = [subject.view_size]
    if subject.abilities.size is None:
        sizes += [(67, 91), (subject.size[0] + 1, subject.size[1] // 2)]
    requests = []
    if 'complete' in subject.abilities.tasks:
        for size in sizes:
            requests.append(scenes.with_hole(scenes.room(size), scenes.block(size)))
        requests += _special(scenes.room(subject.view_size))
        sky = scenes.room(subject.view_size, walls=False)
        requests.append(scenes.with_hole(sky, scenes.block(subject.view_size)))
    if 'lift' in subject.abilities.tasks:
        requests += [scenes.photograph(scenes.room(size)) for size in sizes]
        requests.append(scenes.photograph(scenes.room(subject.view_size, walls=False)))
        partly = scenes.photograph(scenes.room(subject.view_size))
        partly.view.depth[:, ::2] = scenes.room(subject.view_size).depth[:, ::2]
        requests.append(partly)
    return requests


def _special(view) -> list[Request]:
    everything = np.ones(view.depth.shape, bool)
    one_known = everything.copy()
    one_known[0, 0] = False
    no_depth = scenes.with_hole(view, ~everything)
    no_depth.view.depth[:, ::3] = np.nan
    return [scenes.with_hole(view, hole) for hole in (everything, one_known, ~everything)] + [
        no_depth]


def _arrays(request: Request) -> list[np.ndarray]:
    return [array for view in (request.view, *request.references)
            for array in (view.rgb, view.depth, view.provenance)] + [request.bound]
