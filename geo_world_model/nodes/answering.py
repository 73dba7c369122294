# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The views that cameras wait for: shown complete, or with their holes at the deadline.

In lockstep a view leaves when it is complete. In realtime each camera has one that is wanted: it
leaves at its deadline or when a newer pose comes, and stays wanted with its holes until then.
"""

import time
from collections import deque, OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from geo_world_model.errors import WorldFileError
from geo_world_model.nodes.items import PoseItem
from geo_world_model.window import look_along

_REMEMBERED_STAMPS = 4096


@dataclass(frozen=True, eq=False)
class _Wanted:
    """The newest pose of a camera whose view is incomplete; shown: it has left with its holes."""

    item: PoseItem
    look: Any
    shown: bool = False


class Answering:
    """
    Answers poses from a world; used from the view server's thread.

    lockstep: bool; deadline: seconds, may be set; requests: Requests; completion: Completion;
    following(item): the Poses that its camera will ask for next, where they are known;
    publish(item, view): False when nobody takes it; report(kind, text).
    """

    def __init__(self, *, lockstep, deadline, requests, completion, publish, report,
                 following=lambda item: ()):
        self.deadline = deadline
        self._lockstep = lockstep
        self._requests, self._completion = requests, completion
        self._publish, self._report, self._following = publish, report, following
        self._stamps, self._wanted = OrderedDict(), OrderedDict()
        self._serving = None
        self.counters = {'answered': 0, 'complete': 0, 'incomplete': 0, 'repeated_stamps': 0,
                         'unpromised': 0}
        self.latencies = deque(maxlen=1000)
        self.last_view = None

    @property
    def wishes(self):
        """Whether something may be asked now for a camera that waits for (more of) its view."""
        return any(self._completion.may_try(wanted.item.place)
                   for wanted in self._wanted.values())

    def forget_stamps(self):
        """Stamps may come again."""
        self._stamps.clear()

    def give_up(self):
        """Want nothing any more; returns the PoseItems that were not answered."""
        items = [wanted.item for wanted in self._wanted.values() if not wanted.shown]
        self._wanted.clear()
        return items

    def lose(self, disk=False):
        """
        Whatever was being done has failed; returns the PoseItem it was done for, or None.

        disk: the disk refused. A view of realtime is still wanted then: it leaves with its holes.
        """
        item, self._serving = self._serving, None
        if item is not None and (self._lockstep or not disk):
            self._wanted.pop(item.source, None)
        return item

    def take(self, world, item):
        """Answer a PoseItem now, or as soon as its view is complete or its time is up."""
        # a stamp of zero is no stamp: what ros2 topic pub sends unless told otherwise
        if item.stamp_ns and (item.source, item.stamp_ns) in self._stamps:
            self.counters['repeated_stamps'] += 1
            return
        if world.is_empty:
            self._say_empty()
            return
        before = self._wanted.pop(item.source, None)
        if before is not None and not before.shown and not self._lockstep:
            self._leave_incomplete(world, before)
            self._wanted.pop(item.source, None)
        self._serving = item
        look = self.look(world, item)
        if not look.complete and self._completion.is_exhausted(world, item.place):
            look = world.close_holes(look)
        if look.complete:
            self._show(world, item, look)
        else:
            self._wanted[item.source] = _Wanted(item, look)

    def look(self, world, item):
        """Return the Look at the place of a PoseItem or an Errand."""
        return world.look(item.pose, item.camera, self._requests.references)

    def settle(self, world):
        """Look again at what is wanted, now that the world has changed."""
        if world.is_empty and self._wanted:
            # all of it was undone
            self._wanted.clear()
            self._serving = None
            self._say_empty()
        for wanted in list(self._wanted.values()):
            item = self._serving = wanted.item
            look = self.look(world, item)
            if not look.complete and not self._completion.is_exhausted(world, item.place):
                self._wanted[item.source] = replace(wanted, look=look)
                continue
            del self._wanted[item.source]
            if self._lockstep:
                self._requests.give_up()
            if not wanted.shown:
                self._show(world, item, look if look.complete else world.close_holes(look))

    def ask(self, world):
        """Ask the world model for the view of the camera that has waited longest, if it may."""
        if not self._requests.may_ask():
            return
        for source, wanted in self._wanted.items():
            place = wanted.item.place
            if self._completion.may_try(place):
                self._wanted.move_to_end(source)  # so that the others follow
                look = look_along(world, wanted.look, self._following(wanted.item),
                                  self._requests.views_of(wanted.item.camera),
                                  self._requests.references)
                self._requests.ask(world, look.request, look,
                                   refusals=self._completion.refusals(place))
                return

    @property
    def next_wish(self):
        """Moment from which something may be asked for a camera that waits, or None."""
        return min((self._completion.next_try(wanted.item.place)
                    for wanted in self._wanted.values()), default=None)

    def times(self):
        """Return the moments at which views must leave."""
        if self._lockstep:
            return []
        return [wanted.item.arrived + self.deadline for wanted in self._wanted.values()
                if not wanted.shown]

    def on_time(self, world):
        """Let the views leave whose time is up."""
        if self._lockstep:
            return
        for wanted in list(self._wanted.values()):
            if not wanted.shown and time.perf_counter() >= wanted.item.arrived + self.deadline:
                self._leave_incomplete(world, wanted)

    def _leave_incomplete(self, world, wanted):
        """Show the wanted view as it is; it stays wanted until another pose comes."""
        item, look = wanted.item, wanted.look
        if look.version != world.version:
            look = self.look(world, item)
        self._wanted.pop(item.source, None)
        if not look.complete:
            self._wanted[item.source] = replace(wanted, look=look, shown=True)
        self._show(world, item, look)

    def _say_empty(self):
        self._report('no_seed', 'a pose came, but the world is empty: publish seed/image and '
                     'seed/camera_info, or set seed_image; nothing is shown until then')

    def _promise(self, world, look):
        """Write down what is shown; in realtime it is shown, unpromised, when the disk refuses."""
        try:
            return world.publish(look)
        except WorldFileError as error:
            if self._lockstep:
                raise
            self.counters['unpromised'] += 1
            self._report('world', f'{error}; views are shown, but may look different later')
            return look.view

    def _show(self, world, item, look):
        view = self._promise(world, look)
        if look.complete:
            self._completion.forget(item.place)
        taken = self._publish(item, view)
        self._serving = None
        if taken is not False:
            # one that nobody took may be asked for again
            self._stamps[item.source, item.stamp_ns] = None
        if len(self._stamps) > _REMEMBERED_STAMPS:
            self._stamps.popitem(last=False)
        self.counters['answered'] += 1
        self.counters['complete' if look.complete else 'incomplete'] += 1
        self.last_view = view
        self.latencies.append(time.perf_counter() - item.arrived)
