# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Poses that wait for their turn: all of them in order, or the newest one of each camera."""

from collections import deque, OrderedDict


class PoseQueue:
    """keep_all: every pose in the order of arrival; otherwise the newest of a camera wins."""

    def __init__(self, keep_all):
        self._all = deque() if keep_all else None
        self._newest = OrderedDict()

    def __len__(self):
        return len(self._newest if self._all is None else self._all)

    def put(self, item):
        """Add a PoseItem; returns whether it took the place of one that waited."""
        if self._all is not None:
            self._all.append(item)
            return False
        superseded = item.source in self._newest
        # a camera keeps its turn: one that is asked more often must not starve the others
        self._newest[item.source] = item
        return superseded

    def put_back(self, item):
        """Give a pose of lockstep its turn again; the newest of a camera has none to lose."""
        if self._all is not None:
            self._all.appendleft(item)

    def take(self):
        """Remove and return the next PoseItem."""
        if self._all is not None:
            return self._all.popleft()
        return self._newest.popitem(last=False)[1]
