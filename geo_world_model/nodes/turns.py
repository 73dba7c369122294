# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""When the next pose may have its turn: in realtime at once, in lockstep once all is in order."""

import time

_REST_S = 1.0


class Turns:
    """
    Lockstep's reasons to let poses wait; used from the view server's thread.

    poses: PoseQueue; requests: Requests, one of which may be pending; audience: Audience that the
    views are for, or None. seed_is_coming, may be set: a first seed is being put together.
    """

    def __init__(self, lockstep, poses, requests, audience):
        self._lockstep, self._poses, self._requests = lockstep, poses, requests
        self._audience = audience if lockstep else None
        self._rest_until = float('-inf')
        self.seed_is_coming = False

    def may_take(self, world):
        """Whether there is a pose and it may be answered now."""
        if not self._poses:
            return False
        return not self._lockstep or (
            self._requests.pending is None and time.perf_counter() >= self._rest_until
            and not (self.seed_is_coming and world.is_empty) and not self._comes(world))

    def put_back(self, item):
        """Give a pose its turn again, after a rest: the disk may have room then."""
        self._rest_until = time.perf_counter() + _REST_S
        self._poses.put_back(item)

    def times(self, world):
        """Return the moments at which something changes by itself."""
        moments = [self._comes(world)] if self._poses else []
        if time.perf_counter() < self._rest_until:
            moments.append(self._rest_until)
        return [moment for moment in moments if moment is not None]

    def _comes(self, world):
        """Moment at which to look for the audience again; None: it is there."""
        if self._audience is None or world.is_empty:
            return None
        return self._audience.look()
