# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether those who take views are there: in lockstep no view may leave before them."""

import time

#: A client's topics are found one after the other; when nothing has changed for so long, all are.
_SETTLED_S = 0.25
_LOOK_AGAIN_S = 0.05


class Audience:
    """
    Says how long the poses of lockstep wait for those who take their views.

    Discovery takes its time: a pose may come from a client whose subscriptions are not found yet,
    or before a recorder is up, and what is published then is lost for ever. count():
    subscriptions of views that are matched now; patience: seconds that poses wait for the first
    one; report(kind, text). Used from the view server's thread, while a pose waits.
    """

    def __init__(self, count, patience, report):
        self._count, self._patience, self._report = count, patience, report
        self._known, self._changed, self._alone_since = 0, float('-inf'), None

    def look(self):
        """Return the moment (time.perf_counter) at which to look again; None: go on."""
        now, count = time.perf_counter(), self._count()
        if count > self._known:
            self._changed = now
        self._known = count
        if count:
            self._alone_since = None
            return self._changed + _SETTLED_S if now < self._changed + _SETTLED_S else None
        if self._alone_since is None:
            self._alone_since = now
            if self._patience > 0:
                self._report('views', 'a pose came, but nobody has subscribed to a view: it waits '
                             f'up to {self._patience:g} s for somebody (subscriber_wait_s)')
        if now < self._alone_since + self._patience:
            return min(self._alone_since + self._patience, now + _LOOK_AGAIN_S)
        return None
