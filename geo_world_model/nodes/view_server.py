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
import traceback
from collections import deque, OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from geo_world_model.errors import (
    ChannelError, GeneratorError, GeoWorldModelError, SeedError, WorldFileError)
from geo_world_model.generators import create_generator
from geo_world_model.nodes import channel
from geo_world_model.nodes.channel import Refusal
from geo_world_model.nodes.items import PoseItem
from geo_world_model.nodes.requests import Requests

_REMEMBERED_STAMPS = 4096
_REMEMBERED_PLACES = 4096
_PAUSE_S = 1.0


@dataclass(frozen=True, eq=False)
class _Wanted:
    """The newest pose whose view is incomplete; shown: it has left with its holes already."""

    item: PoseItem
    look: Any
    shown: bool = False


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
        self._publish, self._report = publish, report
        self._requests = Requests(send, timeout)
        self._ready = threading.Condition()
        self._poses = deque(maxlen=None if lockstep else 1)
        self._seeds, self._answers, self._jobs = deque(maxlen=8), deque(maxlen=8), deque()
        self._stamps, self._attempts = OrderedDict(), OrderedDict()
        self._seed_is_coming = self._stopping = False
        self._wanted = self._serving = self._paused_until = self._classical = None
        self._counters = {'answered': 0, 'complete': 0, 'incomplete': 0, 'superseded': 0,
                          'repeated_stamps': 0, 'failures': 0}
        self.latencies = deque(maxlen=1000)
        self.coverage = 0.0
        self._thread = threading.Thread(target=self._run, name='view_server', daemon=True)

    def start(self):
        """Start the thread."""
        self._thread.start()

    def stop(self):
        """Finish what is being done, end the thread and close the world; once."""
        if self._stopping:
            return
        self._put(setattr, self, '_stopping', True)
        if self._thread.is_alive():
            self._thread.join()
        self.world.close()

    def put_pose(self, item):
        """Hand over a PoseItem; a stamp that was answered before is not answered again."""
        if not self._lockstep and self._poses:
            self._counters['superseded'] += 1
        self._put(self._poses.append, item)

    def put_seed(self, item):
        """Hand over a SeedItem."""
        self._put(self._seeds.append, item)

    def expect_seed(self, coming):
        """Say whether a seed is being put together: in lockstep, poses wait for the first one."""
        self._put(setattr, self, '_seed_is_coming', coming)

    def put_answer(self, payload):
        """Hand over a payload from the answer topic."""
        self._put(self._answers.append, payload)

    def put_abilities(self, abilities):
        """Hand over what the world model announced."""
        self._put(self._requests.set_abilities, abilities)

    def put_job(self, job):
        """Run job(world) on the thread; its exceptions are reported."""
        self._put(self._jobs.append, job)

    def forget_stamps(self):
        """Time has jumped back: stamps may come again."""
        self.put_job(lambda world: self._stamps.clear())

    @property
    def state(self):
        """One sentence on what the server is doing."""
        return self._requests.state

    @property
    def counters(self):
        """What has been counted, by name."""
        return {**self._counters, **self._requests.counters}

    @property
    def queue_length(self):
        """Poses that wait for their turn."""
        return len(self._poses)

    def _put(self, change, *arguments):
        with self._ready:
            change(*arguments)
            self._ready.notify()

    def _run(self):
        while True:
            with self._ready:
                step = self._take()
                while step is None and not self._stopping:
                    times = self._times()
                    seconds = min(times) - time.perf_counter() if times else None
                    if seconds is not None and seconds <= 0:
                        step = self._on_time
                        break
                    self._ready.wait(seconds)
                    step = self._take()
                if self._stopping:
                    return
            try:
                step()
            except ChannelError as error:
                self._report(channel.ANSWER_TOPIC, str(error))
            except GeoWorldModelError as error:
                self._on_failure('world', str(error), isinstance(error, WorldFileError))
            except Exception as error:  # the thread must outlive a fault that nobody foresaw
                where = traceback.extract_tb(error.__traceback__)[-1]
                self._on_failure('internal', f'{type(error).__name__}: {error} '
                                 f'({where.filename}, line {where.lineno})', False)

    def _take(self):
        """Return the next thing to do, or None."""
        if self._answers:
            payload = self._answers.popleft()
            return lambda: self._on_answer(payload)
        if self._jobs:
            job = self._jobs.popleft()
            return lambda: job(self.world)
        if self._seeds and self._takes_seeds():
            seed = self._seeds.popleft()
            return lambda: self._on_seed(seed)
        if self._poses and self._takes_poses():
            item = self._poses.popleft()
            return lambda: self._on_pose(item)
        return None

    def _takes_seeds(self):
        """A seed may interrupt the completion of a view, but not the lifting of another seed."""
        pending = self._requests.pending
        return pending is None or (not self._lockstep and not pending.lifts)

    def _takes_poses(self):
        """In lockstep a pose waits for the one before, and for a first seed that is coming."""
        return not self._lockstep or (
            self._requests.pending is None and self._paused_until is None
            and not (self._seed_is_coming and self.world.is_empty))

    def _times(self):
        """Return when something must be done by the clock."""
        times = (self._requests.next_event(self._wanted is not None), self._leaves_at,
                 self._paused_until)
        return [moment for moment in times if moment is not None]

    @property
    def _leaves_at(self):
        """When the wanted view leaves with its holes; None: never, or it has left."""
        if self._lockstep or self._wanted is None or self._wanted.shown:
            return None
        return self._wanted.item.arrived + self._deadline

    def _on_time(self):
        now = time.perf_counter()
        if self._paused_until is not None and now >= self._paused_until:
            self._paused_until = None
        if self._leaves_at is not None and now >= self._leaves_at:
            self._leave_incomplete()
        if self._requests.is_overdue():
            if self._requests.is_unanswered():
                self._report('world_model', 'the world model does not answer: asking again every '
                             f'{self._timeout:g} s; known places are still shown')
            if self._lockstep or self._requests.pending.lifts:
                self._requests.repeat()
            else:
                self._requests.give_up()
        self._ask_for_wanted()

    def _on_failure(self, kind, text, may_pass):
        """Say what failed; a pose of lockstep keeps its turn when the disk may get room again."""
        self._counters['failures'] += 1
        item, self._serving, self._wanted = self._serving, None, None
        if self._lockstep and item is not None and may_pass:
            self._paused_until = time.perf_counter() + _PAUSE_S
            self._put(self._poses.appendleft, item)
        self._report(kind, text)

    def _on_seed(self, item):
        if item.pose is None and not self.world.is_empty:
            self._report('later_seed', 'a seed without seed/pose came, but the world has one '
                         'already: it was left out')
            return
        if item.pose is not None and self.world.has_seed_at(item.pose):
            return  # a publisher that repeats itself, or goes on after a restart
        try:
            if item.depth is None:
                request = self.world.lift_request(item.rgb, item.camera, item.pose,
                                                  item.camera_height)
                self._requests.ask(self.world, request, item)
                return
            number = self.world.seed(item.rgb, item.camera, item.depth, item.pose,
                                     camera_height=item.camera_height, stamp_ns=item.stamp_ns)
        except SeedError as error:
            self._report('seed/image', str(error))
            return
        self._report('seed', f'operation {number}: RGB-D seed {item.camera}; {self.world}')
        self._settle()

    def _on_pose(self, item):
        # a stamp of zero is no stamp: what ros2 topic pub sends unless told otherwise
        if item.stamp_ns and item.stamp_ns in self._stamps:
            self._counters['repeated_stamps'] += 1
            return
        if self.world.is_empty:
            self._report('no_seed', 'a pose came, but the world is empty: publish seed/image and '
                         'seed/camera_info, or set seed_image; nothing is shown until then')
            return
        if self._leaves_at is not None:
            self._leave_incomplete()
        self._serving, self._wanted = item, None
        look = self._look(item)
        if not look.complete and self._is_exhausted(item.place):
            look = self.world.close_holes(look)
        if look.complete:
            self._show(item, look)
            return
        self._wanted = _Wanted(item, look)
        self._ask_for_wanted()

    def _look(self, item):
        return self.world.look(item.pose, item.camera, self._requests.references)

    def _leave_incomplete(self):
        """Show the wanted view as it is; it stays wanted until another pose comes."""
        wanted, look = self._wanted, self._wanted.look
        if look.version != self.world.version:
            look = self._look(wanted.item)
        self._wanted = None if look.complete else replace(wanted, look=look, shown=True)
        self._show(wanted.item, look)

    def _settle(self):
        """Look again at what is wanted, now that the world has grown."""
        wanted = self._wanted
        if wanted is None:
            return
        look = self._look(wanted.item)
        exhausted = self._is_exhausted(wanted.item.place)
        if not look.complete and not exhausted:
            self._wanted = replace(wanted, look=look)
            self._ask_for_wanted()
            return
        self._wanted = None
        if self._lockstep:
            self._requests.give_up()
        if not wanted.shown:
            self._show(wanted.item, look if look.complete else self.world.close_holes(look))

    def _show(self, item, look):
        view = self.world.publish(look)
        if look.complete:
            self._attempts.pop(item.place, None)
        self._publish(item, view)
        self._serving = None
        self._stamps[item.stamp_ns] = None
        if len(self._stamps) > _REMEMBERED_STAMPS:
            self._stamps.popitem(last=False)
        self._counters['answered'] += 1
        self._counters['complete' if look.complete else 'incomplete'] += 1
        self.coverage = view.coverage
        self.latencies.append(time.perf_counter() - item.arrived)

    def _ask_for_wanted(self):
        if self._wanted is not None and self._requests.may_ask:
            look = self._wanted.look
            self._requests.ask(self.world, look.request, look)

    def _on_answer(self, payload):
        taken = self._requests.take(payload)
        if taken is None:
            return
        pending, answer = taken
        if isinstance(answer, Refusal):
            self._on_refusal(pending, answer.reason)
            return
        try:
            self._use(pending, answer)
        except GeneratorError as error:
            self._on_refusal(pending, str(error))

    def _use(self, pending, answer):
        """Commit an answer, also one that is late: the world cuts it to what is still unknown."""
        if pending.lifts:
            self._use_lifted(pending, answer)
        else:
            admitted = self.world.add(pending.subject, answer)
            self._count_attempts(pending, self.world.config.attempts if admitted is None else 1)
        self._requests.done(pending)
        self._settle()

    def _use_lifted(self, pending, answer):
        item = pending.subject
        if self.world.has_seed_at(pending.request.view.pose) or (
                item.pose is None and not self.world.is_empty):
            return
        number = self.world.add_seed_from_answer(pending.request, answer, item.stamp_ns)
        self._report('seed', f'operation {number}: lifted seed {item.camera}; {self.world}')

    def _on_refusal(self, pending, reason):
        self._requests.counters['refusals'] += 1
        self._report('refusal', f'the world model refused: {reason}')
        if pending.lifts:
            self._requests.retry(pending)
        elif not self._lockstep:
            self._requests.pause()
        elif pending.refusals + 1 < self._most_refusals:
            self._requests.retry(pending)
        else:
            self._complete_here(pending)

    def _complete_here(self, pending):
        """Complete a view that the world model refuses, without it."""
        if self._classical is None:
            self._classical = create_generator('classical')
        try:
            self._use(pending, self._classical.complete(pending.request))
        except GeneratorError as error:
            self._report('refusal', str(error))
            self._count_attempts(pending, self.world.config.attempts)
            self._settle()

    def _count_attempts(self, pending, attempts):
        place = pending.subject.pose, pending.subject.camera
        self._attempts[place] = self._attempts.get(place, 0) + attempts
        if len(self._attempts) > _REMEMBERED_PLACES:
            self._attempts.popitem(last=False)

    def _is_exhausted(self, place):
        return self._attempts.get(place, 0) >= self.world.config.attempts
