# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is asked of the world model: one thing at a time, asked again until it is answered."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from geo_world_model.asking import noise_seed
from geo_world_model.generators.working_size import fit_request
from geo_world_model.nodes import channel
from geo_world_model.nodes.channel import Ticket

_REMEMBERED = 8
_PAUSE_S = 1.0
_LONG_AGO = float('-inf')


@dataclass(frozen=True, eq=False)
class Pending:
    """
    A request that is on its way.

    subject: the Look it completes, or the SeedItem it lifts; patient: no camera waits for it.
    """

    ticket: Ticket
    request: Any
    subject: Any
    sent: float = _LONG_AGO
    refusals: int = 0
    patient: bool = False

    @property
    def lifts(self):
        """Whether it asks for the depth of a photograph."""
        return self.request.task == 'lift'


class Requests:
    """
    The request that is pending, and those that may still be answered late.

    send(payload): publishes a request; timeout: seconds after which one is asked again. Used from
    the view server's thread, but for `set_abilities` and `state`.
    """

    def __init__(self, send, timeout):
        self._send, self._timeout = send, timeout
        self.pending = None
        self.last_seconds = 0.0
        self.counters = {'requests': 0, 'late_answers': 0, 'foreign_answers': 0, 'refusals': 0}
        self._asked = OrderedDict()
        # starts anywhere, so that the answer to a process that died is not taken for one to this
        self._next_number = secrets.randbits(48)
        self._not_before = _LONG_AGO
        self._abilities = {}

    @property
    def references(self):
        """Number of references that the world model wants with a view to complete."""
        ability = self._abilities.get('complete')
        return ability.references if ability else 0

    def views_of(self, camera):
        """Most views of a PinholeCamera that the world model completes together; 1: one."""
        ability = self._abilities.get('complete')
        if ability is None:
            return 1
        width, height = ability.size or (camera.width, camera.height)
        return max(1, min(ability.window, channel.most_views(width, height),
                          channel.MOST_AHEAD + 1))

    def may_ask(self, patient=False):
        """Whether nothing is pending that is as urgent, and no refusal was just given."""
        free = self.pending is None or (self.pending.patient and not patient)
        return free and time.perf_counter() >= self._not_before

    @property
    def state(self):
        """One sentence: ready, or what is waited for."""
        pending = self.pending
        if pending is None:
            return 'ready'
        seconds = min(time.perf_counter() - pending.sent, self._timeout)
        what = 'depth of the seed' if pending.lifts else 'a view'
        who = '' if self._abilities else ' (no world model has announced itself)'
        return f'waiting for the world model: {what}, {seconds:.1f} s{who}'

    def set_abilities(self, abilities):
        """Take what the world model announced: it has just come up, or we have."""
        self._abilities = {task: a for a in abilities for task in a.tasks}
        pending = self.pending
        if pending is not None:
            # it does not know what was asked before it came
            self.pending = replace(pending, sent=_LONG_AGO)

    def ask(self, world, request, subject, patient=False, refusals=0):
        """
        Send a new request of a World; it becomes the pending one.

        refusals: answers to the same view that were refused: the noise is another one then.
        """
        request = _with_other_noise(request, refusals)
        ticket = Ticket(self._next_number, world.id, world.revision)
        self._next_number += 1
        self.pending = Pending(ticket, request, subject, patient=patient)
        self._asked[ticket.number] = self.pending
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        self.repeat()

    def repeat(self):
        """Send the pending request, again if it was sent before: the ticket stays the same."""
        pending = self.pending
        ability = self._abilities.get(pending.request.task)
        request = fit_request(pending.request, ability.size if ability else None)
        self.pending = replace(pending, sent=time.perf_counter())
        self.counters['requests'] += 1
        self._send(channel.encode_request(pending.ticket, request))

    def is_overdue(self):
        """Whether the pending request must be asked again, or given up."""
        return (self.pending is not None
                and time.perf_counter() >= self.pending.sent + self._timeout)

    def is_unanswered(self):
        """Whether the overdue request was sent and neither answered nor refused."""
        return self.pending.sent > _LONG_AGO and not self.pending.refusals

    def give_up(self):
        """Stop waiting for the pending request; an answer may still come late."""
        self.pending = None

    def take(self, payload):
        """
        Take a payload from the answer topic; ChannelError.

        Returns (Pending, Answer or Refusal), or None when it answers nothing that was asked here.
        """
        ticket, answer = channel.decode_answer(payload)
        asked = self._asked.get(ticket.number)
        if asked is None or asked.ticket != ticket:
            self.counters['foreign_answers'] += 1
            return None
        if self.pending is not None and self.pending.ticket == ticket:
            asked, self.pending = self.pending, None
            self.last_seconds = time.perf_counter() - asked.sent
        else:
            self.counters['late_answers'] += 1
        return asked, answer

    def forget(self):
        """Another world: what was asked for the one before is of no use."""
        self.pending = None
        self._asked.clear()

    def forget_views(self):
        """What is seen was changed by hand: answers to what was seen before may not undo it."""
        self._asked = OrderedDict((number, asked) for number, asked in self._asked.items()
                                  if asked.lifts)
        if self.pending is not None and not self.pending.lifts:
            self.pending = None

    def done(self, pending):
        """Forget a request: what was answered counts once."""
        self._asked.pop(pending.ticket.number, None)

    def retry(self, pending):
        """Ask again after a pause, with other noise, what was refused."""
        # late answers to what was asked before fit as well: it is the same view
        first = self._asked.get(pending.ticket.number, pending).request
        refusals = pending.refusals + 1
        self.pending = replace(pending, refusals=refusals, request=_with_other_noise(
            first, refusals), sent=time.perf_counter() - self._timeout
            + min(_PAUSE_S, self._timeout))

    def pause(self):
        """Ask nothing new for a moment."""
        self._not_before = time.perf_counter() + _PAUSE_S

    def next_event(self, wish):
        """Return when something is due, or None; wish: moment from which there is one, or None."""
        if self.pending is not None:
            return self.pending.sent + self._timeout
        return None if wish is None else max(wish, self._not_before)


def _with_other_noise(request, refusals):
    return replace(request, noise_seed=noise_seed(request.noise_seed, refusals, 0))
