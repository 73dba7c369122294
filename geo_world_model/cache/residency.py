# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A limit to the memory of the process: index pages that no recent view used are given back."""

import logging
import threading
import time
from contextlib import contextmanager

import numpy as np

from geo_world_model.cache.blocks import BLOCK, GROUPS
from geo_world_model.cache.mapping import PAGE

#: Seconds between two looks at the memory of the process while something is drawn.
_WATCH_S = 0.002
#: Share of the limit above which pages are given back after a view, so that the next one has room,
#: and while one is drawn: what is read between two looks comes on top.
_AFTER, _DURING = 0.8, 0.9
#: So much more is given back at once, so that it is not done for every view.
_SLACK = 0.1
_LOGGER = logging.getLogger(__name__)


def resident_bytes():
    """Memory of this process, with what it has mapped of files and shares with others, bytes."""
    with open('/proc/self/statm', 'rb') as file:
        return int(file.read().split()[1]) * PAGE


class Residency:
    """
    Keeps the process within `limit` bytes as far as pages of the index can do it.

    Nothing is ever missing: a page that was given back is read again where it is looked at. What
    the process needs for itself (code, images, witnesses) it has in any case; when that alone is
    above the limit, the index gets no lasting memory, and it is said once.
    """

    def __init__(self, limit):
        self.limit = limit
        self._view = 0
        self._lock = threading.Lock()
        self._parts = ()
        self._drawing = threading.Event()
        self._said = self._closed = False
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @contextmanager
    def reading(self, parts):
        """Watch the memory while points are read; parts: PointArrays, whose `used` is taken up."""
        with self._lock:
            self._parts = parts
            self._view += 1
        self._drawing.set()
        try:
            yield
        finally:
            self._drawing.clear()
            with self._lock:
                for part in parts:
                    part.note_use(self._view)
                self._keep_within(int(_AFTER * self.limit), int(_DURING * self.limit))
                self._parts = ()

    def close(self):
        """Stop watching."""
        self._closed = True
        self._drawing.set()
        self._watcher.join()

    def _watch(self):
        while self._drawing.wait() and not self._closed:
            with self._lock:
                if self._parts:
                    self._keep_within(int(_DURING * self.limit), int(_DURING * self.limit))
            time.sleep(_WATCH_S)

    def _keep_within(self, wanted, most):
        """Give back what was not used for longest; all of it when that does not help."""
        excess = resident_bytes() - wanted
        if excess <= 0:
            return
        excess += int(wanted * _SLACK)
        ages, sizes = [], []
        for part in self._parts:
            for group, size in enumerate(_block_bytes()):
                ages.append(part.last_use[:, group])
                sizes.append(np.full(len(ages[-1]), size))
        if not ages:
            return
        ages, sizes = np.concatenate(ages), np.concatenate(sizes)
        newest = np.argsort(-ages, kind='stable')
        newest = newest[ages[newest] > 0]
        held = np.cumsum(sizes[newest])
        # the youngest view that has to go, with all that is older
        budget = (held[-1] if held.size else 0) - excess
        last = int(np.searchsorted(held, budget, side='right'))
        oldest = ages[newest[last]] if last < newest.size else 0
        self._release(oldest)
        if resident_bytes() > most:
            self._release(self._view)
        if not self._said and resident_bytes() > self.limit:
            self._said = True
            _LOGGER.warning('%d MB are not enough: without any of the index the process has %d',
                            self.limit >> 20, resident_bytes() >> 20)

    def _release(self, oldest):
        """Give back everything but what a view after this one used."""
        for part in self._parts:
            part.release(oldest)


def _block_bytes():
    widths = dict(x=4, y=4, z=4, record=32, normal=2, retired=4)
    return [BLOCK * sum(widths[name] for name in names) for names in GROUPS]
