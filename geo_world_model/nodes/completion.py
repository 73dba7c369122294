# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is done with answers of the world model: admitted, refused, tried once more, given up."""

import time
from collections import OrderedDict
from dataclasses import replace

from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.nodes.channel import Refusal
from geo_world_model.window import add_along

_REMEMBERED_PLACES = 4096
#: A place whose answers are refused in realtime rests for so long, twice as long each time.
_REST_S, _LONGEST_REST_S = 1.0, 60.0


class Completion:
    """
    Takes answers into a world; counts attempts, so that asking for a view always ends.

    requests: Requests; lockstep: whether every view must become complete; most_refusals: so many,
    then the classical generator completes the view here; report(kind, text). Used from the view
    server's thread.
    """

    def __init__(self, requests, *, lockstep, most_refusals, report):
        self._requests, self._lockstep = requests, lockstep
        self._most_refusals, self._report = most_refusals, report
        self._attempts, self._refused = OrderedDict(), OrderedDict()
        self._classical = None

    def take(self, world, payload):
        """Use a payload of the answer topic; returns whether somebody may see more now."""
        taken = self._requests.take(payload)
        if taken is None:
            return False
        pending, answer = taken
        if isinstance(answer, Refusal):
            return self._on_refusal(world, pending, answer.reason)
        try:
            self._use(world, pending, answer)
        except GeneratorError as error:
            return self._on_refusal(world, pending, str(error), unhealthy=True)
        return True

    def is_exhausted(self, world, place):
        """Whether a place (pose, camera) was tried so often that its holes must be closed."""
        return self._attempts.get(place, 0) >= world.config.attempts

    def refusals(self, place):
        """How many answers for a place were refused in realtime."""
        return self._refused.get(place, (0, 0.0))[0]

    def next_try(self, place):
        """Moment (time.perf_counter) from which a place may be asked for."""
        return self._refused.get(place, (0, float('-inf')))[1]

    def may_try(self, place):
        """Whether a place may be asked for now: it was not refused lately."""
        return time.perf_counter() >= self.next_try(place)

    def gives_up(self, place):
        """Whether so many answers were refused that lockstep would have done without."""
        return self.refusals(place) >= self._most_refusals

    def forget(self, place):
        """A place is complete."""
        self._attempts.pop(place, None)
        self._refused.pop(place, None)

    def clear(self):
        """Another world: nothing was tried."""
        self._attempts.clear()
        self._refused.clear()

    def _use(self, world, pending, answer, last_resort=False):
        """Commit an answer, also one that is late: the world cuts it to what is still unknown."""
        if pending.lifts:
            self._use_lifted(world, pending, answer)
        else:
            admitted = add_along(world, pending.subject, answer, last_resort)
            self._count(world, pending, world.config.attempts if admitted is None else 1)
        self._requests.done(pending)

    def _use_lifted(self, world, pending, answer):
        item = pending.subject
        if world.has_seed_at(pending.request.view.pose) or (
                item.pose is None and not world.is_empty):
            return
        number = world.add_seed_from_answer(pending.request, answer, item.stamp_ns)
        self._report('seed', f'operation {number}: lifted seed {item.camera}; {world}')

    def _on_refusal(self, world, pending, reason, unhealthy=False):
        """
        Ask again, leave the place alone for a while (realtime), or do without the world model.

        unhealthy: it did answer, but not as what is known says: that is no reason to pause, and
        after enough such answers the view is completed here in realtime too.
        """
        self._requests.counters['refusals'] += 1
        self._report('refusal', f'the world model refused: {reason}')
        if pending.lifts:
            self._requests.retry(pending)
            return False
        place = pending.subject.pose, pending.subject.camera
        refusals = pending.refusals if self._lockstep else self.refusals(place)
        if refusals + 1 >= self._most_refusals and (self._lockstep or unhealthy):
            self._complete_here(world, pending)
            return True
        if self._lockstep:
            self._requests.retry(pending)
        else:
            if not unhealthy:
                self._requests.pause()
            self._rest(place)
        return False

    def _complete_here(self, world, pending):
        """Complete a view that the world model refuses, without it."""
        if self._classical is None:
            self._classical = create_generator('classical')
        try:
            self._use(world, pending, self._classical.complete(
                replace(pending.request, ahead=())), True)
        except GeneratorError as error:
            self._report('refusal', str(error))
            self._count(world, pending, world.config.attempts)

    def _rest(self, place):
        """Leave a place alone for a while: asked at once, it would be refused for ever."""
        count = self.refusals(place) + 1
        rest = min(_REST_S * 2 ** (count - 1), _LONGEST_REST_S)
        self._refused[place] = count, time.perf_counter() + rest
        if len(self._refused) > _REMEMBERED_PLACES:
            self._refused.popitem(last=False)

    def _count(self, world, pending, attempts):
        place = pending.subject.pose, pending.subject.camera
        self._attempts[place] = self._attempts.get(place, 0) + attempts
        if len(self._attempts) > _REMEMBERED_PLACES:
            self._attempts.popitem(last=False)
