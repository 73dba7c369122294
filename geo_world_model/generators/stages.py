# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where the time of an answer goes: generators name their stages, whoever measures listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

_listener: ContextVar[_Stopwatch | None] = ContextVar('listener', default=None)


class _Stopwatch:
    """Seconds by stage; a stage within another one stops the clock of the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: list[str] = []
        self._since = 0.0

    def begin(self, name: str) -> None:
        self._note()
        self._running.append(name)

    def end(self) -> None:
        self._note()
        self._running.pop()

    def _note(self) -> None:
        now = perf_counter()
        if self._running:
            name = self._running[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


@contextmanager
def recorded_stages() -> Iterator[dict[str, float]]:
    """Listen to the stages of this thread; the dict gathers the seconds of each by name."""
    stopwatch = _Stopwatch()
    token = _listener.set(stopwatch)
    try:
        yield stopwatch.seconds
    finally:
        _listener.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count what runs inside towards a stage; costs nothing while nobody listens."""
    stopwatch = _listener.get()
    if stopwatch is None:
        yield
        return
    stopwatch.begin(name)
    try:
        yield
    finally:
        stopwatch.end()
