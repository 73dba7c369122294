# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Ending a network's work from another thread: between two of its layers, not after all."""

from __future__ import annotations

import threading

from geo_world_model.errors import GeneratorError


class Stop:
    """A wish to stop, and how far the work has come.

    steps: how many steps an answer takes; `progress` says which one it is at.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.progress = ''
        self._wished = threading.Event()
        self._done = 0

    def watch(self, *networks) -> None:
        """Look for the wish before every layer of torch modules."""
        for network in networks:
            for module in network.modules():
                module.register_forward_pre_hook(self._before_layer)

    def wish(self) -> None:
        """End the answer that is being made, or else the next one."""
        self._wished.set()

    def begin(self) -> None:
        """Count the steps of an answer from here."""
        self._done, self.progress = 0, f'step 1 of {self.steps}'

    def step(self) -> None:
        """One step is done."""
        self._done += 1
        self.progress = f'step {min(self._done + 1, self.steps)} of {self.steps}'
        self.check()

    def end(self) -> None:
        """The answer is made, or was given up."""
        self.progress = ''
        self._wished.clear()

    def check(self) -> None:
        """Raise GeneratorError when it is wished to stop."""
        if self._wished.is_set():
            raise GeneratorError(f'stopped after {self._done} of {self.steps} steps; nothing was '
                                 'kept')

    def _before_layer(self, module, inputs) -> None:
        self.check()
