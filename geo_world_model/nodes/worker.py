# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that does one thing after the other, as its owner says what comes next."""

import threading
import time
from functools import partial

#: Nothing is done for so long after a failure to say what comes next.
_REST_S = 0.1

class Worker:
    """
    Runs steps until it is stopped, and outlives what they raise.

    take() returns the next step, a callable, or None; times() returns the moments (of
    time.perf_counter) at which on_time() must run; on_error(exception) is told what any of these
    raised.
    All of them are called on the thread; take() and times() while nothing can be put.
    """

    def __init__(self, name, *, take, times, on_time, on_error):
        self._take, self._times = take, times
        self._on_time, self._on_error = on_time, on_error
        self._ready = threading.Condition()
        self._stopping = self._was_due = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self):
        """Start the thread."""
        self._thread.start()

    def put(self, change, *arguments):
        """Call change(*arguments), which gives the thread something to do; returns its result."""
        with self._ready:
            result = change(*arguments)
            self._ready.notify()
        return result

    def stop(self):
        """Finish the step that is being done and end the thread; returns False if it had been."""
        with self._ready:
            if self._stopping:
                return False
            self._stopping = True
            self._ready.notify()
        if self._thread.is_alive():
            self._thread.join()
        return True

    def _run(self):
        while True:
            with self._ready:
                try:
                    step = self._next()
                except Exception as error:
                    # asked again at once it may fail for ever, and leave nobody the processor
                    self._ready.wait_for(lambda: self._stopping, _REST_S)
                    step = partial(self._on_error, error)
            if step is None:
                return
            try:
                step()
            except Exception as error:  # the thread must outlive a fault that nobody foresaw
                self._on_error(error)

    def _next(self):
        """Wait for the next step and return it; None: the thread must end."""
        while not self._stopping:
            times = self._times()
            seconds = min(times) - time.perf_counter() if times else None
            is_due = seconds is not None and seconds <= 0
            # what is due comes between two steps, or it would never come while there are steps
            if is_due and not self._was_due:
                self._was_due = True
                return self._on_time
            self._was_due = False
            step = self._take()
            if step is not None:
                return step
            if is_due:
                return self._on_time
            self._ready.wait(seconds)
        return None
