# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""All witnesses of a revision: their cameras at hand, their pixels in a ring of memory."""

from collections import deque
from contextlib import contextmanager

import numpy as np

from geo_world_model.cache import witness
from geo_world_model.cache.objection import Views
from geo_world_model.cache.renderer import projection

#: Memory for the pixels of witnesses, bytes; it is taken as it fills. Those that fall out of it
#: are rendered again when a commit comes near them.
RING_BYTES = 768 << 20

_GROWING = dict(projections=((3, 4), np.float32), centres=((3,), np.float64),
                sizes=((2,), np.int64), offsets=((), np.int64), blocks=((), np.int64))


class WitnessSet:
    """
    Views that commits may not change, in the order in which they were shown.

    render: a function of a Pin that returns its Rendering; ring_bytes: see RING_BYTES.
    Columns by witness: projections (N, 3, 4) float32 to the image with its margin; centres (N, 3)
    float64 in the world; sizes (N, 2) int64 width and height without margin; offsets (N,) int64 of
    veto, centre and guard in `words` (-1: not in memory); blocks (N,) int64 of the largest vetoes
    in `maxima`.
    """

    def __init__(self, render, ring_bytes=RING_BYTES):
        self._render = render
        self._pins = []
        self._columns = {name: np.empty((16,) + shape, dtype)
                         for name, (shape, dtype) in _GROWING.items()}
        self._ring_bytes = ring_bytes
        self.words = np.empty(0, np.uint16)
        self._lent = {}
        self.maxima = np.empty(1 << 14, np.uint16)
        self._used = 0
        self._head, self._held = 0, deque()

    def __len__(self):
        return len(self._pins)

    def __getattr__(self, name):
        try:
            return self.__dict__['_columns'][name][:len(self.__dict__['_pins'])]
        except KeyError:
            raise AttributeError(name) from None

    def add(self, pin, rendering=None):
        """Protect what was shown; rendering: what it was, when that is at hand."""
        index = len(self._pins)
        self._pins.append(pin)
        if index == len(self._columns['sizes']):
            self._columns = {name: np.concatenate([column, np.empty_like(column)])
                             for name, column in self._columns.items()}
        matrix = pin.pose.matrix
        rows, columns = witness.shapes(pin.camera)[2]
        row = dict(projections=projection(pin.camera, pin.pose), centres=matrix[:3, 3],
                   sizes=(pin.camera.width, pin.camera.height), offsets=-1, blocks=self._used)
        for name, value in row.items():
            self._columns[name][index] = value
        used = self._used + rows * columns
        if used > self.maxima.size:
            self.maxima = np.concatenate([self.maxima, np.empty(max(used, self.maxima.size),
                                                                np.uint16)])
        # what was not rendered yet may hide nothing
        self.maxima[self._used:used] = witness.FORBIDDEN
        self._used = used
        if rendering is not None:
            self._lent[index] = rendering, witness.protected_pixels(rendering)
            self._fill(index)
            del self._lent[index]

    def clear(self):
        """Forget all: a new revision began."""
        self._pins.clear()
        self._held.clear()
        self._used = self._head = 0

    @contextmanager
    def also(self, pin, rendering, protected):
        """Protect, for a while, the pixels (H, W) bool of one more view."""
        index, used = len(self._pins), self._used
        self.add(pin)
        self._lent[index] = rendering, protected
        self._fill(index)
        try:
            yield
        finally:
            del self._lent[index]
            self._pins.pop()
            self._used = used
            self._held = deque(entry for entry in self._held if entry[2] != index)

    def views(self):
        """Return everything as arrays: objection.Views."""
        return Views(self.projections, self.sizes, self.offsets, self.blocks, self.maxima,
                     self.words)

    def load(self, indices):
        """
        Return those witnesses of some, (N,) int64, that are in memory; when none is, bring as
        many of them there as fit together.
        """
        present = indices[self.offsets[indices] >= 0]
        if present.size:
            return present
        total = np.cumsum([_size(self._pins[index].camera) for index in indices])
        self._reserve(int(total[0]))
        # what comes in may push out another one of them, but none twice
        indices = indices[:max(1, np.count_nonzero(2 * total <= self.words.size))]
        while (absent := indices[self.offsets[indices] < 0]).size:
            self._fill(absent[0])
        return indices

    def is_near(self, camera, pose, metres, radians):
        """Whether a witness of the same camera stands within both distances of a pose."""
        matrix = pose.matrix
        near = np.sqrt(((self.centres - matrix[:3, 3]) ** 2).sum(1)) < metres
        for index in np.flatnonzero(near):
            other = self._pins[index]
            if other.camera == camera:
                distance, angle = pose.distance_to(other.pose)
                if distance < metres and angle < radians:
                    return True
        return False

    def _fill(self, index):
        camera = self._pins[index].camera
        if index in self._lent:
            rendering, protected = self._lent[index]
        else:
            rendering = self._render(self._pins[index])
            protected = witness.protected_pixels(rendering)
        inner, outer, blocks = witness.shapes(camera)
        start = self._allocate(_size(camera), index)
        maxima = self.maxima[self.blocks[index]:][:blocks[0] * blocks[1]].reshape(blocks)
        veto, centre, guard = np.split(
            self.words[start:start + _size(camera)], np.cumsum([outer[0] * outer[1]] * 2))
        witness.pack(rendering, protected, guard.reshape(inner), centre.reshape(outer),
                     veto.reshape(outer), maxima)
        self._columns['offsets'][index] = start

    def _allocate(self, size, index):
        """Return the start of `size` words of the ring; what lay there is no longer in memory."""
        self._reserve(size)
        if self._head + size > self.words.size:
            while self._held and self._held[0][0] >= self._head:
                self._forget()
            self._head = 0
        start, end = self._head, self._head + size
        while self._held and self._held[0][0] < end and self._held[0][1] > start:
            self._forget()
        self._held.append((start, end, index))
        self._head = end
        return start

    def _reserve(self, size):
        if 4 * size > self.words.size:
            while self._held:
                self._forget()
            self._head = 0
            self.words = np.empty(max(self._ring_bytes // 2, 4 * size), np.uint16)

    def _forget(self):
        _, _, index = self._held.popleft()
        self._columns['offsets'][index] = -1


def _size(camera):
    """Words that the pixels of a witness take."""
    inner, outer, _ = witness.shapes(camera)
    return inner[0] * inner[1] + 2 * outer[0] * outer[1]
