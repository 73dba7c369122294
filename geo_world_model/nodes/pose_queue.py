# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Poses that wait for their turn: all of them in order, or the newest ones of each camera."""

from collections import deque, OrderedDict

#: Poses of one camera that may wait in realtime, and how much older than the newest they may be.
#: One alone would lose poses whenever a view takes longer than the time between two of them, for
#: a single slow view too; latency stays bounded by the time that two views take.
MOST_WAITING, OLDEST_S = 3, 0.05


class PoseQueue:
    """
    keep_all: every pose in the order of arrival; otherwise the newest of a camera win.

    Of these MOST_WAITING wait at most, none OLDEST_S older than the newest: a camera that asks
    faster than it can be answered gets its newest views, one that asks evenly gets them all.
    """

    def __init__(self, keep_all):
        self._all = deque() if keep_all else None
        self._newest = OrderedDict()

    def __len__(self):
        if self._all is not None:
            return len(self._all)
        return sum(map(len, self._newest.values()))

    def put(self, item):
        """Add a PoseItem; returns how many that waited make room for it, unanswered."""
        if self._all is not None:
            self._all.append(item)
            return 0
        # a camera keeps its turn: one that is asked more often must not starve the others
        waiting = self._newest.setdefault(item.source, deque())
        before = len(waiting)
        while waiting and (len(waiting) >= MOST_WAITING
                           or item.arrived - waiting[0].arrived > OLDEST_S):
            waiting.popleft()
        dropped = before - len(waiting)
        waiting.append(item)
        return dropped

    def put_back(self, item):
        """Give a pose of lockstep its turn again; the newest of a camera has none to lose."""
        if self._all is not None:
            self._all.appendleft(item)

    def following(self, item):
        """Poses of an item's camera that wait behind it, in the order they will be answered."""
        return [other.pose for other in self._all or ()
                if (other.source, other.camera) == (item.source, item.camera)]

    def take(self):
        """Remove and return the next PoseItem."""
        if self._all is not None:
            return self._all.popleft()
        source, waiting = next(iter(self._newest.items()))
        item = waiting.popleft()
        if waiting:
            self._newest.move_to_end(source)
        else:
            del self._newest[source]
        return item
