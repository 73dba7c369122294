# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The same request gives the same bytes: again, after others, and in another process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

from geo_world_model.generators.interface import Answer, Request
from geo_world_model.testing import scenes
from geo_world_model.testing.subject import NotMeasured, Subject, same_bytes


def same_again(subject: Subject) -> None:
    """A request asked again, after another one with other noise, has the same answer."""
    _must_be_deterministic(subject)
    for request in requests(subject):
        first = subject.answer(request)
        subject.answer(replace(request, noise_seed=request.noise_seed + 1))
        assert same_bytes(first, subject.answer(request)), (
            f'{request}: asked again it has another answer; noise may come from noise_seed alone '
            '(or announce deterministic=False)')


def same_in_another_process(subject: Subject) -> None:
    """A process that starts now and makes the same generator gives the same answers."""
    _must_be_deterministic(subject)
    if subject.text is None:
        raise NotMeasured('it has no name by which another process could make it')
    there = subprocess.run(
        [sys.executable, '-m', 'geo_world_model.testing.digest', subject.text,
         *map(str, subject.size)], capture_output=True, text=True)
    assert there.returncode == 0, f'another process failed: {there.stderr.strip()[-2000:]}'
    assert there.stdout.split()[-len(requests(subject)):] == digests(subject), (
        'another process gives other answers: nothing may come from the time, from hash() or from '
        'what was asked before')


def requests(subject: Subject) -> list[Request]:
    """One request for each task that a generator does."""
    view = scenes.room(subject.view_size)
    asked = {'complete': lambda: scenes.with_hole(view, scenes.block(subject.view_size)),
             'lift': lambda: scenes.photograph(view)}
    return [asked[task]() for task in subject.abilities.tasks]


def digests(subject: Subject) -> list[str]:
    """SHA-256 of its answers to `requests`, hex."""
    return [_digest(subject.answer(request)) for request in requests(subject)]


def _digest(answer: Answer) -> str:
    parts = {'rgb': answer.rgb, 'depth': answer.depth, 'confidence': answer.confidence,
             **{f'note {name}': note for name, note in answer.notes.items()}}
    whole = hashlib.sha256()
    for name in sorted(parts):
        whole.update(f'{name} {parts[name].dtype} {parts[name].shape}'.encode())
        whole.update(parts[name].tobytes())
    return whole.hexdigest()


def _must_be_deterministic(subject: Subject) -> None:
    if not subject.abilities.deterministic:
        raise NotMeasured('it announces that it is not deterministic')
