# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The one thread that owns the world: what comes in, and what is done next.

Knows no message types. In lockstep every pose waits for its turn and leaves complete; in realtime
the newest pose of a camera wins (answering.py). Whatever arrives late from the world model is
admitted where it is still unknown (completion.py).
"""

import traceback
from collections import deque

from geo_world_model.errors import ChannelError, GeoWorldModelError, WorldFileError
from geo_world_model.nodes import channel, growing
from geo_world_model.nodes.answering import Answering
from geo_world_model.nodes.completion import Completion
from geo_world_model.nodes.errands import Errands
from geo_world_model.nodes.pose_queue import PoseQueue
from geo_world_model.nodes.requests import Requests
from geo_world_model.nodes.turns import Turns
from geo_world_model.nodes.worker import Worker


class ViewServer:
    """
    Runs a World behind an inbox.

    world: World; lockstep: bool; deadline, timeout: seconds; most_refusals: int; publish(item,
    view): sends a view, False when nobody takes it; send(payload): sends a request; report(kind,
    text): called for everything a person should know, counted by kind; audience: Audience that
    poses of lockstep wait for, or None. Everything given here is called on the server's thread.
    """

    def __init__(self, world, *, lockstep, deadline, timeout, most_refusals, publish, send,
                 report, audience=None):
        self.world = world
        self._lockstep, self._timeout, self._report = lockstep, timeout, report
        self._requests = Requests(send, timeout)
        self._completion = Completion(self._requests, lockstep=lockstep,
                                      most_refusals=most_refusals, report=report)
        self._poses = PoseQueue(lockstep)
        self._answering = Answering(lockstep=lockstep, deadline=deadline, requests=self._requests,
                                    completion=self._completion, publish=publish, report=report,
                                    following=self._poses.following)
        self._errands = Errands(lockstep=lockstep, requests=self._requests,
                                completion=self._completion, answering=self._answering)
        self._turns = Turns(lockstep, self._poses, self._requests, audience)
        self._frames, self._answers, self._jobs = deque(maxlen=8), deque(maxlen=8), deque()
        self.paused = self._pose_was_last = False
        self._counters = {'superseded': 0, 'failures': 0}
        self._worker = Worker('view_server', take=self._take, times=self._times,
                              on_time=self._on_time, on_error=self._on_error)

    def start(self):
        """Start the thread."""
        self._worker.start()

    def stop(self):
        """Finish what is being done, end the thread and close the world; once."""
        if self._worker.stop():
            self.world.close()

    def put_pose(self, item):
        """Hand over a PoseItem; a stamp that was answered before is not answered again."""
        self._worker.put(self._take_pose, item)

    def put_frame(self, item):
        """Hand over a SeedItem or an Observation."""
        self._worker.put(self._frames.append, item)

    def expect_seed(self, coming):
        """Say whether a seed is being put together: in lockstep, poses wait for the first one."""
        self._worker.put(setattr, self._turns, 'seed_is_coming', coming)

    def put_answer(self, payload):
        """Hand over a payload from the answer topic."""
        self._worker.put(self._answers.append, payload)

    def put_abilities(self, abilities):
        """Hand over what the world model announced."""
        self._worker.put(self._requests.set_abilities, abilities)

    def put_job(self, job):
        """Run job(world) on the thread; its exceptions are reported."""
        self._worker.put(self._jobs.append, job)

    def put_errand(self, errand):
        """Complete a view (an Errand) when no camera waits for one; False: too many wait."""
        return self._worker.put(self._errands.put, errand)

    def look_ahead(self, errand):
        """Complete a view when there is nothing else to do; the newest such wish counts."""
        self._worker.put(self._errands.look_ahead, errand)

    def pause(self, paused):
        """Answer and change nothing until further notice, but for jobs; or go on."""
        self._worker.put(setattr, self, 'paused', paused)

    def set_deadline(self, seconds):
        """Let incomplete views leave after so long from now on."""
        self._worker.put(setattr, self._answering, 'deadline', seconds)

    def forget_stamps(self):
        """Time has jumped back: stamps may come again."""
        self.put_job(lambda world: self._answering.forget_stamps())

    def world_changed(self):
        """A job has changed what can be seen: places are tried again, late answers of no use."""
        self._requests.forget_views()
        self._completion.clear()
        self._settle()

    def replace_world(self, world):
        """Go on with another World, on the server's thread; the old one must have been closed."""
        self.world = world
        self._requests.forget()
        self._completion.clear()
        self._answering.forget_stamps()
        self._errands.look_ahead(None)
        for item in self._answering.give_up():
            self._poses.put_back(item)

    @property
    def state(self):
        """One sentence on what the server is doing."""
        return 'paused' if self.paused else self._requests.state

    @property
    def world_model_state(self):
        """One sentence on the world model: what it does, and how long its last answer took."""
        return f'{self._requests.state}; last answer after {self._requests.last_seconds:.2f} s'

    @property
    def counters(self):
        """What has been counted, by name."""
        return {**self._answering.counters, **self._counters, **self._errands.counters,
                **self._requests.counters}

    @property
    def latencies(self):
        """Seconds from the arrival of the last poses to their views."""
        return self._answering.latencies

    @property
    def last_view(self):
        """The View that was shown last, or None."""
        return self._answering.last_view

    @property
    def queue_length(self):
        """Poses that wait for their turn."""
        return len(self._poses)

    def _take_pose(self, item):
        if not (self.paused and not self._lockstep):
            self._counters['superseded'] += self._poses.put(item)

    def _take(self):
        """Return the next thing to do, or None."""
        pending = self._requests.pending
        poses = not self.paused and self._turns.may_take(self.world)
        # an answer that nobody waits for lets a pose go first, but not one after the other
        patient = pending is not None and pending.patient and not self._pose_was_last
        if self._answers and not self.paused and not (poses and patient):
            payload = self._answers.popleft()
            return lambda: self._on_answer(payload)
        if self._jobs:
            job = self._jobs.popleft()
            return lambda: self._on_job(job)
        if self.paused:
            return None
        if self._frames and self._takes_frames(pending):
            frame = self._frames.popleft()
            return lambda: self._on_frame(frame)
        # in place of a pose it must have its turn too, or nobody would be asked for anything
        if self._errands.may_run(self.world) and (not poses or (
                self._errands.replaces_views and self._pose_was_last)):
            return self._on_errand
        if poses:
            item = self._poses.take()
            return lambda: self._on_pose(item)
        return None

    def _takes_frames(self, pending):
        """A frame may interrupt the completion of a view; one with depth waits for no lifting."""
        return pending is None or (not self._lockstep and (
            not pending.lifts or self._frames[0].depth is not None))

    def _times(self):
        """Return when something must be done by the clock."""
        if self.paused:
            return []
        wishes = [self._answering.next_wish, self._errands.next_try(self.world)]
        wish = min((moment for moment in wishes if moment is not None), default=None)
        times = [self._requests.next_event(wish), *self._turns.times(self.world),
                 *self._answering.times()]
        return [moment for moment in times if moment is not None]

    def _on_time(self):
        self._answering.on_time(self.world)
        if self._requests.is_overdue():
            if self._requests.is_unanswered():
                self._report('world_model', 'the world model does not answer: asking again every '
                             f'{self._timeout:g} s; known places are still shown')
            if self._lockstep or self._requests.pending.lifts:
                self._requests.repeat()
            else:
                self._requests.give_up()
        self._ask()

    def _on_error(self, error):
        """Say what failed; a pose of lockstep keeps its turn when the disk may get room again."""
        if isinstance(error, ChannelError):
            self._report(channel.ANSWER_TOPIC, str(error))
            return
        disk = isinstance(error, WorldFileError)
        if disk:
            self._requests.pause()
        item = self._answering.lose(disk)
        self._errands.look_ahead(None)
        if item is not None and self._lockstep and disk:
            self._worker.put(self._turns.put_back, item)
        self._report_error(error)

    def _on_job(self, job):
        try:
            job(self.world)
        except Exception as error:  # whatever it does, the pose that waits keeps its turn
            self._report_error(error)

    def _report_error(self, error):
        self._counters['failures'] += 1
        if isinstance(error, GeoWorldModelError):
            self._report('world', str(error))
            return
        where = traceback.extract_tb(error.__traceback__)[-1]
        self._report('internal', f'{type(error).__name__}: {error} ({where.filename}, line '
                     f'{where.lineno})')

    def _on_frame(self, frame):
        if growing.take(self.world, frame, self._requests, self._report):
            self._settle()

    def _on_pose(self, item):
        self._pose_was_last = True
        self._answering.take(self.world, item)
        self._ask()

    def _on_answer(self, payload):
        self._pose_was_last = False
        if self._completion.take(self.world, payload):
            self._settle()

    def _settle(self):
        self._answering.settle(self.world)
        self._ask()

    def _ask(self):
        if not self._errands.replaces_views:
            self._answering.ask(self.world)

    def _on_errand(self):
        self._pose_was_last = False
        if self._errands.run(self.world):
            self._ask()
