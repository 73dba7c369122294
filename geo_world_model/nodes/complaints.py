# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What was wrong with the inputs: each reason said once, everything counted."""

import re
import threading
import time

#: Reasons of one kind that are said at most, characters of each, and how long one is recent.
_MOST_REASONS, _LONGEST = 10, 300
_RECENT_S = 10.0
_NUMBER = re.compile(r'-?\b(?:nan|inf)\b|-?\d[\d.e+-]*')


class Complaints:
    """
    Logs each reason of each kind once as a warning, and counts every complaint by kind.

    Reasons that differ only in their numbers are the same reason. What a peer may have written is
    cut short and kept on its line.
    """

    def __init__(self, logger):
        self._logger = logger
        self._lock = threading.Lock()
        self._said = {}
        self._last = float('-inf')
        self.counts = {}

    def add(self, kind, text):
        """Complain: kind is a topic or a subject, text one sentence."""
        text = ''.join(c if c.isprintable() else '?' for c in text[:_LONGEST])
        reason = _NUMBER.sub('#', text)
        with self._lock:
            self._last = time.monotonic()
            self.counts[kind] = self.counts.get(kind, 0) + 1
            said = self._said.setdefault(kind, set())
            first = reason not in said and len(said) < _MOST_REASONS
            if first:
                said.add(reason)
        if first:
            self._logger.warning(f'{kind}: {text} (said once; counted in /diagnostics)')

    def is_recent(self):
        """Whether there was a complaint in the last seconds."""
        return time.monotonic() - self._last < _RECENT_S

    def by_kind(self):
        """Return a copy of the counts."""
        with self._lock:
            return dict(self.counts)
