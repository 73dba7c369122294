# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views that are completed though no camera waits for them: asked for by hand, or lying ahead."""

from collections import deque

from geo_world_model.window import look_along

#: Errands that may wait: one more is refused, and none is forgotten.
MOST_WAITING = 8


class Errands:
    """
    Errands that wait, and the newest view that lies ahead of the motion.

    lockstep: bool; requests: Requests; completion: Completion; answering: Answering, whose cameras
    go first. Used from the view server's thread.
    """

    def __init__(self, *, lockstep, requests, completion, answering):
        self._lockstep = lockstep
        self._requests, self._completion, self._answering = requests, completion, answering
        self._waiting, self._ahead = deque(), None
        self.counters = {'errands': 0}

    def put(self, errand):
        """Complete a view (an Errand) when no camera waits for one; False: too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(errand)
        return True

    def look_ahead(self, errand):
        """Complete a view when there is nothing else to do; None: none."""
        self._ahead = errand

    @property
    def replaces_views(self):
        """
        Whether what lies ahead is asked for in place of what is seen now.

        A view that leaves with its holes before the world model can have answered gains nothing by
        asking; when the camera has gone on as it went, what was ahead is what it sees.
        """
        pending = self._requests.pending
        return (not self._lockstep and self._requests.last_seconds > self._answering.deadline
                and (self._ahead is not None or (pending is not None and pending.patient)))

    def may_run(self, world):
        """Whether there is an errand that may be asked for now."""
        errand = self._next()
        return (errand is not None and self._requests.may_ask(patient=True)
                and not world.is_empty and self._completion.may_try(errand.place)
                and (self.replaces_views or not self._answering.wishes))

    def next_try(self, world):
        """Moment from which the next errand may be asked for, or None."""
        errand = self._next()
        if errand is None or world.is_empty:
            return None
        return self._completion.next_try(errand.place)

    def run(self, world):
        """Ask for the next errand's view, or be done with it; returns whether it lay ahead."""
        errand = self._next()
        look = self._answering.look(world, errand)
        gives_up = not look.complete and self._completion.gives_up(errand.place)
        if not (look.complete or gives_up
                or self._completion.is_exhausted(world, errand.place)):
            look = self._along(world, errand, look)
            self._requests.ask(world, look.request, look, patient=True,
                               refusals=self._completion.refusals((look.pose, look.camera)))
            self.counters['errands'] += 1
            return False
        lay_ahead = errand is self._ahead
        if lay_ahead:
            self._ahead = None
        else:
            self._waiting.popleft()
        if errand.finished is not None:
            errand.finished(None if gives_up else
                            look if look.complete else world.close_holes(look))
        return lay_ahead

    def _along(self, world, errand, look):
        """The views on the way to an errand's Look, if the world model completes them together."""
        most, poses = self._requests.views_of(errand.camera), (*errand.path, errand.pose)
        if most < 2:
            return look
        for index, pose in enumerate(errand.path):
            place = pose, errand.camera
            if self._completion.may_try(place) and not self._completion.is_exhausted(world, place):
                along = look_along(world, world.look(*place, self._requests.references),
                                   poses[index + 1:], most, self._requests.references)
                if along.ahead:
                    return along
        return look

    def _next(self):
        return self._ahead if self.replaces_views or not self._waiting else self._waiting[0]
