# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What was wrong with the inputs: said once a kind, counted always."""

import threading


class Complaints:
    """Logs the first complaint of each kind as a warning and counts every one of them."""

    def __init__(self, logger):
        self._logger = logger
        self._lock = threading.Lock()
        self.counts = {}

    def add(self, kind, text):
        """Complain: kind is a topic or a subject, text one sentence."""
        with self._lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            first = self.counts[kind] == 1
        if first:
            self._logger.warning(f'{kind}: {text} (said once; counted in /diagnostics)')

    def total(self):
        """Return how many complaints there were."""
        with self._lock:
            return sum(self.counts.values())
