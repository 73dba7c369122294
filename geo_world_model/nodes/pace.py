# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Fewer of something that comes with every view: at most so many a second, by stamps."""

#: A stamp may come early by this share of the time between two.
_EARLY = 0.05


class Pace:
    """
    Says which stamps are due; rate(): how many a second, 0 or less: all of them.

    By stamps and not by the clock, so that the same poses give the same messages. A stamp of zero
    is no stamp and always due.
    """

    def __init__(self, rate):
        self._rate = rate
        self._due = None

    def is_due(self, stamp_ns):
        """Whether this stamp (ns) has its turn; then the next one waits."""
        rate = self._rate()
        if rate <= 0 or not stamp_ns:
            return True
        period = 1e9 / rate
        if self._due is None or stamp_ns < self._due - 2 * period:
            # the first one, or time has jumped back
            self._due = stamp_ns
        if stamp_ns < self._due - _EARLY * period:
            return False
        # from the moment that was due, so that the rate is kept though stamps fall beside it
        self._due = max(self._due + period, stamp_ns + period / 2)
        return True
