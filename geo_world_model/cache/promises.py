# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a world has promised within its revision: pinned answers, and witnesses beside them."""

from geo_world_model.cache.admission import admit
from geo_world_model.cache.operation import Pin
from geo_world_model.cache.renderer import RENDERING_RULE
from geo_world_model.cache.witness_set import WitnessSet


class Promises:
    """
    The answers that were given in a revision, and the views that its commits must not change.

    render: a function of a Pin that returns its Rendering; ring_bytes: as WitnessSet takes it.
    revision: int; unpromised: how many answers of it were rendered by another rule than today's.
    """

    def __init__(self, render, ring_bytes):
        self.revision = 1
        self.unpromised = 0
        self._pins = {}
        self._witnesses = WitnessSet(render, ring_bytes)
        self._measured = []
        self._measured_version = self._protected = 0

    def __len__(self):
        return len(self._pins)

    @property
    def witness_count(self):
        """Number of views that commits of this revision must not change."""
        self._protect_measured()
        return len(self._witnesses)

    def begin(self, revision, version):
        """Begin a revision with the world as it is at a version: what was promised ends."""
        self.revision = revision
        self._pins.clear()
        self._witnesses.clear()
        self._protected = self.unpromised = 0
        # measured views are witnesses as they look when the revision begins
        self._measured_version = version

    def note_measured(self, camera, pose):
        """Take up a measured view: a witness of this and every later revision."""
        self._measured.append((camera, pose))

    def show_measured_at(self, version):
        """Let measured views be witnesses as they look at a version."""
        self._measured_version = version

    def remember(self, pin, rendering=None):
        """Take up a Pin of this revision, others are over; rendering: what it showed."""
        if pin.revision != self.revision:
            return
        if pin.rule != RENDERING_RULE:
            self.unpromised += 1
            return
        self._pins[pin.camera, pin.pose] = pin
        if pin.witness:
            self._witnesses.add(pin, rendering)

    def answer(self, camera, pose):
        """Return the Pin of this very pose, or None."""
        return self._pins.get((camera, pose))

    def is_near_a_witness(self, camera, pose, metres, radians):
        """Whether a witness of the same camera stands within both distances of a pose."""
        self._protect_measured()
        return self._witnesses.is_near(camera, pose, metres, radians)

    def admit(self, candidates, rendering, protected):
        """Return the depth codes at which no witness changes; see Cache.admit."""
        self._protect_measured()
        return admit(candidates, self._witnesses, rendering, protected)

    def _protect_measured(self):
        """
        Make every measured view a witness of this revision, as it looks when it begins.

        Only when somebody asks: a recording that is observed begins a revision with each frame.
        """
        for camera, pose in self._measured[self._protected:]:
            self._witnesses.add(Pin(self.revision, self._measured_version, camera, pose, False,
                                    True))
        self._protected = len(self._measured)
