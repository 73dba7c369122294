# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The one thread that owns the world: poses in, views out, requests to the world model between.

Knows no message types. In lockstep every pose waits for its turn and leaves complete; in realtime
the newest pose wins and a view that is still incomplete at its deadline leaves with its holes
marked. Whatever arrives late from the world model is admitted where it is still unknown.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from geo_world_model.errors import GeoWorldModelError, GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.working_size import fit_request
from geo_world_model.nodes import channel
from geo_world_model.nodes.channel import Refusal, Ticket

_REMEMBERED_STAMPS = 4096
_RETRY_S = 1.0
_LONG_AGO = float('-inf')


@dataclass(frozen=True, eq=False)
class PoseItem:
    """A pose to answer: stamp (ns), canonical pose, camera of the view, time of arrival."""

    stamp_ns: int
    pose: Any
    camera: Any
    arrived: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, eq=False)
class SeedItem:
    """A seed: rgb, its camera, depth or None, pose or None, height of the camera (m)."""

    stamp_ns: int
    rgb: Any
    camera: Any
    depth: Any
    pose: Any
    camera_height: float


@dataclass(frozen=True, eq=False)
class _Pending:
    """A request that is on its way; subject: the Look it completes, or the SeedItem it lifts."""

    ticket: Ticket
    request: Any
    subject: Any
    sent: float
    item: PoseItem | None = None
    refusals: int = 0


class ViewServer:
    """
    Runs a World behind an inbox.

    world: World; lockstep: bool; deadline, timeout: seconds; most_refusals: int; publish(item,
    view): sends a view; send(payload): sends a request; report(kind, text): called for everything
    a person should know, counted by kind. Everything given here is called on the server's thread.
    """

    def __init__(self, world, *, lockstep, deadline, timeout, most_refusals, publish, send,
                 report):
        self.world = world
        self._lockstep, self._deadline, self._timeout = lockstep, deadline, timeout
        self._most_refusals = most_refusals
        self._publish, self._send, self._report = publish, send, report
        self._ready = threading.Condition()
        self._poses = deque(maxlen=None if lockstep else 1)
        self._seeds, self._answers, self._jobs = deque(maxlen=8), deque(maxlen=8), deque()
        self._stamps, self._stamp_order = set(), deque()
        self._stopping = False
        self._pending = None
        self._waiting = None
        self._next_number = 1
        self._attempts = {}
        self._classical = None
        self._abilities = {}
        self.counters = {'answered': 0, 'complete': 0, 'incomplete': 0, 'superseded': 0,
                         'requests': 0, 'late_answers': 0, 'refusals': 0, 'failures': 0}
        self.latencies = deque(maxlen=1000)
        self.coverage = 0.0
        self._thread = threading.Thread(target=self._run, name='view_server', daemon=True)

    def start(self):
        """Start the thread."""
        self._thread.start()

    def stop(self):
        """Finish what is being done, end the thread and close the world."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        self._thread.join()
        self.world.close()

    def put_pose(self, item):
        """Hand over a PoseItem; a stamp that was handed over before is not answered again."""
        with self._ready:
            if item.stamp_ns in self._stamps:
                return
            self._stamps.add(item.stamp_ns)
            self._stamp_order.append(item.stamp_ns)
            if len(self._stamp_order) > _REMEMBERED_STAMPS:
                self._stamps.discard(self._stamp_order.popleft())
            if not self._lockstep and self._poses:
                self.counters['superseded'] += 1
            self._poses.append(item)
            self._ready.notify()

    def put_seed(self, item):
        """Hand over a SeedItem."""
        with self._ready:
            self._seeds.append(item)
            self._ready.notify()

    def put_answer(self, payload):
        """Hand over a payload from the answer topic."""
        with self._ready:
            self._answers.append(payload)
            self._ready.notify()

    def put_abilities(self, abilities):
        """Hand over what the world model announced."""
        with self._ready:
            self._abilities = {task: a for a in abilities for task in a.tasks}
            # a world model that has just come up does not know what was asked before
            if self._pending is not None:
                self._pending = replace(self._pending, sent=_LONG_AGO)
            self._ready.notify()

    def put_job(self, job):
        """Run job(world) on the thread; its exceptions are reported."""
        with self._ready:
            self._jobs.append(job)
            self._ready.notify()

    @property
    def state(self):
        """One sentence on what the server is doing."""
        pending = self._pending
        if pending is None:
            return 'ready'
        seconds = min(time.perf_counter() - pending.sent, self._timeout)
        what = 'depth of the seed' if pending.request.task == 'lift' else 'a view'
        who = '' if self._abilities else ' (no world model has announced itself)'
        return f'waiting for the world model: {what}, {seconds:.1f} s{who}'

    @property
    def queue_length(self):
        """Poses that wait for their turn."""
        return len(self._poses)

    def _run(self):
        while True:
            with self._ready:
                while not (self._stopping or self._has_work()):
                    timeout = self._seconds_to_next_event()
                    if timeout is not None and timeout <= 0:
                        break
                    self._ready.wait(timeout)
                if self._stopping:
                    return
                step = self._take()
            try:
                step()
            except GeoWorldModelError as error:
                self.counters['failures'] += 1
                self._report('world', str(error))
            except Exception as error:  # the thread must outlive a fault that nobody foresaw
                self.counters['failures'] += 1
                self._report('internal', f'{type(error).__name__}: {error}')

    def _has_work(self):
        return bool(self._answers or self._jobs or (self._seeds and self._takes_seeds())
                    or (self._poses and self._takes_poses()))

    def _takes_seeds(self):
        """A seed may interrupt the completion of a view, but not the lifting of another seed."""
        return self._pending is None or (not self._lockstep
                                         and self._pending.request.task == 'complete')

    def _takes_poses(self):
        return self._pending is None or not self._lockstep

    def _take(self):
        if self._answers:
            payload = self._answers.popleft()
            return lambda: self._on_answer(payload)
        if self._jobs:
            job = self._jobs.popleft()
            return lambda: job(self.world)
        if self._seeds and self._takes_seeds():
            item = self._seeds.popleft()
            return lambda: self._on_seed(item)
        if self._poses and self._takes_poses():
            item = self._poses.popleft()
            return lambda: self._on_pose(item)
        return self._on_time

    def _seconds_to_next_event(self):
        now = time.perf_counter()
        times = []
        if self._pending is not None:
            times.append(self._pending.sent + self._timeout - now)
        if self._waiting is not None:
            times.append(self._waiting.arrived + self._deadline - now)
        return min(times) if times else None

    def _on_time(self):
        now = time.perf_counter()
        if self._waiting is not None and now >= self._waiting.arrived + self._deadline:
            self._leave_incomplete()
        pending = self._pending
        if pending is not None and now >= pending.sent + self._timeout:
            if pending.sent > _LONG_AGO:
                self._report('world_model', 'the world model does not answer: asking again every '
                             f'{self._timeout:g} s; known places are still shown')
            if pending.request.task == 'complete' and not self._lockstep:
                self._pending = None
            else:
                self._ask(pending)

    def _on_seed(self, item):
        pose = item.pose
        if pose is None and not self.world.is_empty:
            return
        if self._has_seed(item):
            return
        if item.depth is None:
            request = self.world.lift_request(item.rgb, item.camera, pose, item.camera_height)
            self._ask(_Pending(self._ticket(), request, item, _LONG_AGO))
            return
        number = self.world.seed(item.rgb, item.camera, item.depth, pose,
                                 camera_height=item.camera_height, stamp_ns=item.stamp_ns)
        self._report('seed', f'operation {number}: RGB-D seed {item.camera}; {self.world}')

    def _has_seed(self, item):
        """Whether the world has a seed from this very pose: a publisher that repeats itself."""
        return item.pose is not None and self.world.has_seed_at(item.pose)

    def _on_pose(self, item):
        if self.world.is_empty:
            self._report('no_seed', 'a pose came, but the world is empty: publish seed/image and '
                         'seed/camera_info, or set seed_image; nothing is shown until then')
            return
        if self._waiting is not None:
            self._leave_incomplete()
        look = self._look(item)
        if look.complete:
            self._show(item, look)
            return
        if self._pending is None:
            self._ask(_Pending(self._ticket(), look.request, look, _LONG_AGO, item))
        if not self._lockstep:
            self._waiting = item

    def _look(self, item):
        ability = self._abilities.get('complete')
        return self.world.look(item.pose, item.camera, ability.references if ability else 0)

    def _leave_incomplete(self):
        item, self._waiting = self._waiting, None
        self._show(item, self._look(item))

    def _show(self, item, look):
        view = self.world.publish(look)
        self._publish(item, view)
        self.counters['answered'] += 1
        self.counters['complete' if look.complete else 'incomplete'] += 1
        self.coverage = view.coverage
        self.latencies.append(time.perf_counter() - item.arrived)

    def _ticket(self):
        ticket = Ticket(self._next_number, self.world.id, self.world.revision)
        self._next_number += 1
        return ticket

    def _ask(self, pending):
        ability = self._abilities.get(pending.request.task)
        request = fit_request(pending.request, ability.size if ability else None)
        self._pending = replace(pending, sent=time.perf_counter())
        self.counters['requests'] += 1
        self._send(channel.encode_request(pending.ticket, request))

    def _on_answer(self, payload):
        ticket, answer = channel.decode_answer(payload)
        pending = self._pending
        if pending is None or ticket != pending.ticket:
            self.counters['late_answers'] += 1
            return
        if isinstance(answer, Refusal):
            self._on_refusal(pending, answer.reason)
            return
        try:
            self._use(pending, answer)
        except GeneratorError as error:
            self._on_refusal(pending, str(error))

    def _use(self, pending, answer):
        self._pending = None
        if pending.request.task == 'lift':
            item = pending.subject
            number = self.world.add_seed_from_answer(pending.request, answer, item.stamp_ns)
            self._report('seed', f'operation {number}: lifted seed {item.camera}; {self.world}')
            return
        place = pending.item.pose, pending.item.camera
        admitted = self.world.add(pending.subject, answer)
        self._attempts[place] = self._attempts.get(place, 0) + 1
        exhausted = admitted is None or self._attempts[place] >= self.world.config.attempts
        item = pending.item if self._lockstep else self._waiting
        if item is None:
            return
        look = self._look(item)
        if not look.complete and exhausted and (item.pose, item.camera) == place:
            look = self.world.close_holes(look)
        if look.complete:
            self._waiting = None
            self._attempts.pop((item.pose, item.camera), None)
            self._show(item, look)
        else:
            self._ask(_Pending(self._ticket(), look.request, look, _LONG_AGO, item))

    def _on_refusal(self, pending, reason):
        self.counters['refusals'] += 1
        refusals = pending.refusals + 1
        self._report('refusal', f'the world model refused ({refusals}): {reason}')
        if pending.request.task == 'complete' and refusals >= self._most_refusals:
            if self._classical is None:
                self._classical = create_generator('classical')
            self._use(pending, self._classical.complete(pending.request))
        else:
            # asked again after a pause, by the clock that also notices lost answers
            self._pending = replace(pending, refusals=refusals, sent=time.perf_counter()
                                    - self._timeout + min(_RETRY_S, self._timeout))
