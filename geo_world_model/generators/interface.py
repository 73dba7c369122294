# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the loop asks of a generator, and what it gets back.

A generator completes a rendering of the cache (task ``complete``) or gives a photograph its depth
(task ``lift``). It holds no state: everything it may use is in the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.geometry.view import UNKNOWN, View

TASKS = ('complete', 'lift')
NOTES_LIMIT = 1 << 20
BOUND_MARGIN = 0.005


@dataclass(frozen=True, eq=False)
class Request:
    """One view to complete.

    task: ``complete`` (fill what is unknown) or ``lift`` (the colour is a photograph; estimate
        the depth where it is NaN).
    view: the rendering. Provenance 0: the colour is unknown; depth NaN: the depth is unknown.
    bound: (H, W) float32, metres, upper bound of the depth where it is unknown, +Inf = none
        (background shows through the gaps of a nearer surface: the answer must lie before it).
    references: views of the same world that show what the target may see.
    noise_seed: unsigned 64 bit; the only source of randomness a generator may use.
    ground: world z of the ground, metres.
    notes: named arrays that earlier answers left with the world.
    ahead: requests for the views that follow on the path, where it is known (windows.py).

    Raises GeneratorError when the parts do not fit together.
    """

    task: str
    view: View
    bound: np.ndarray
    references: tuple[View, ...] = ()
    noise_seed: int = 0
    ground: float = 0.0
    notes: Mapping[str, np.ndarray] = field(default_factory=dict)
    ahead: tuple[Request, ...] = ()

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise GeneratorError(
                f'unknown task {self.task!r}: expected one of {", ".join(TASKS)}')
        if not isinstance(self.view, View):
            raise GeneratorError(
                f'the view of a request is a {type(self.view).__name__}: expected a View')
        shape = self.view.depth.shape
        _check_array('bound', self.bound, shape, np.float32)
        if not np.all(self.bound > 0):
            raise GeneratorError(
                'bound holds NaN, zero or negative values: expected metres > 0 or +Inf')
        if np.any(self.view.depth <= 0):
            raise GeneratorError(
                'the known depth of a request holds zero or negative values: expected metres > 0, '
                '+Inf, or NaN for unknown')
        if not isinstance(self.references, tuple) or not all(
                isinstance(reference, View) for reference in self.references):
            raise GeneratorError('references: expected a tuple of View')
        whole = isinstance(self.noise_seed, (int, np.integer)) and self.noise_seed is not True
        if not whole or not 0 <= int(self.noise_seed) < 1 << 64:
            raise GeneratorError(
                f'noise_seed {self.noise_seed!r}: expected an integer of 64 bits, unsigned')
        if not abs(self.ground) <= 1e6:
            raise GeneratorError(f'ground {self.ground!r}: expected a height within 1000 km')
        if self.task == 'lift' and np.any(self.view.provenance == UNKNOWN):
            raise GeneratorError(
                'lift: some pixels have no colour (provenance 0); expected a photograph')
        check_notes(self.notes)
        if not isinstance(self.ahead, tuple) or not all(
                isinstance(request, Request) and not request.ahead for request in self.ahead):
            raise GeneratorError('ahead: expected a tuple of Request, none with more ahead')

    def __str__(self) -> str:
        height, width = self.view.depth.shape
        return (f'{self.task} request {width}x{height}, colour known {self.view.coverage:.1%}, '
                f'depth known {np.mean(~np.isnan(self.view.depth)):.1%}, '
                f'{len(self.references)} references')


@dataclass(frozen=True, eq=False)
class Answer:
    """A completed view.

    rgb: (H, W, 3) uint8. depth: (H, W) float32, z along the optical axis in metres, > 0, +Inf =
    sky or beyond range. Known pixels are part of it: near the holes they are compared with the
    request's, and an answer that shows another place is refused. confidence: (H, W) float32 in
    [0, 1]. notes: named arrays kept with the operation, together at most 1 MiB. ahead: answers to
    what the request has ahead, or nothing.

    Raises GeneratorError when an array is not what it should be.
    """

    rgb: np.ndarray
    depth: np.ndarray
    confidence: np.ndarray
    notes: Mapping[str, np.ndarray] = field(default_factory=dict)
    ahead: tuple[Answer, ...] = ()

    def __post_init__(self) -> None:
        shape = np.shape(self.depth)
        if len(shape) != 2:
            raise GeneratorError(f'depth has shape {shape}: expected (H, W)')
        _check_array('rgb', self.rgb, shape + (3,), np.uint8)
        _check_array('depth', self.depth, shape, np.float32)
        _check_array('confidence', self.confidence, shape, np.float32)
        if not np.all(self.depth > 0):
            raise GeneratorError(
                'depth holds NaN, zero or negative values: expected metres > 0 or +Inf')
        if not np.all((self.confidence >= 0) & (self.confidence <= 1)):
            raise GeneratorError('confidence leaves [0, 1]')
        check_notes(self.notes)
        if not isinstance(self.ahead, tuple) or not all(
                isinstance(answer, Answer) and not answer.ahead for answer in self.ahead):
            raise GeneratorError('ahead: expected a tuple of Answer, none with more ahead')

    def check_fits(self, request: Request) -> None:
        """Raise GeneratorError unless this answer has the size of the request's view."""
        if self.depth.shape != request.view.depth.shape:
            raise GeneratorError(
                f'the answer is {self.depth.shape[1]}x{self.depth.shape[0]}: expected '
                f'{request.view.depth.shape[1]}x{request.view.depth.shape[0]} as requested')

    def __str__(self) -> str:
        height, width = self.depth.shape
        finite = self.depth[np.isfinite(self.depth)]
        span = f'{finite.min():.2f}..{finite.max():.2f} m' if finite.size else 'all beyond range'
        return f'answer {width}x{height}, depth {span}, confidence {self.confidence.mean():.2f}'


@dataclass(frozen=True)
class Abilities:
    """What a generator announces.

    references: how many it wants. size: its working (width, height), None = the request's own.
    deterministic: the same request gives the same bytes. window: so many views along a path it
    completes together in `complete_window` (windows.py); 1: one at a time.
    """

    name: str
    tasks: tuple[str, ...]
    references: int = 0
    size: tuple[int, int] | None = None
    deterministic: bool = True
    window: int = 1

    def __post_init__(self) -> None:
        if not self.name:
            raise GeneratorError('a generator needs a name')
        if not self.tasks or any(task not in TASKS for task in self.tasks):
            raise GeneratorError(f'tasks {self.tasks!r}: expected some of {", ".join(TASKS)}')
        if self.references < 0:
            raise GeneratorError(f'references {self.references}: expected 0 or more')
        if self.size is not None and (len(self.size) != 2 or min(self.size) < 1):
            raise GeneratorError(f'size {self.size!r}: expected (width, height) or None')
        if self.window < 1:
            raise GeneratorError(f'window {self.window!r}: expected 1 or more views')


@runtime_checkable
class Generator(Protocol):
    """Anything that completes views.

    One that takes long may have ``cancel()``, called from another thread when its node ends: the
    answer that is being made, or else the next one, ends soon with a GeneratorError. It may also
    have ``progress``, a text for diagnostics that says how far it is, empty when idle.
    One that works on whole paths announces a `window` and has ``complete_window(requests)``
    (windows.py).
    """

    abilities: Abilities

    def complete(self, request: Request) -> Answer:
        """Answer a request; raises GeneratorError for a task it does not know."""


def check_task(abilities: Abilities, request: Request) -> None:
    """Raise GeneratorError unless the generator knows the request's task."""
    if request.task not in abilities.tasks:
        raise GeneratorError(
            f'{abilities.name} cannot {request.task}: it does {", ".join(abilities.tasks)}')


def _check_array(name: str, array: np.ndarray, shape: tuple[int, ...], dtype: type) -> None:
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != dtype:
        is_array = isinstance(array, np.ndarray)
        have = f'{array.dtype} {array.shape}' if is_array else type(array).__name__
        raise GeneratorError(f'{name} is {have}: expected {np.dtype(dtype)} {shape}')


def check_notes(notes: Mapping[str, np.ndarray]) -> None:
    """Raise GeneratorError unless notes are named arrays of numbers within NOTES_LIMIT."""
    if not isinstance(notes, Mapping):
        raise GeneratorError(f'notes are a {type(notes).__name__}: expected named arrays')
    total = 0
    for name, array in notes.items():
        if not isinstance(name, str) or not name:
            raise GeneratorError(f'note {name!r}: expected a name')
        if not isinstance(array, np.ndarray) or array.dtype.kind not in 'biuf':
            raise GeneratorError(f'note {name!r}: expected an array of numbers')
        total += array.nbytes
    if total > NOTES_LIMIT:
        raise GeneratorError(f'notes hold {total} bytes: expected at most {NOTES_LIMIT}')
