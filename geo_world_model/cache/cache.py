# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The cache: the log replayed into points that can be rendered, pinned answers and witnesses."""

import logging
import sqlite3

import numpy as np

from geo_world_model.cache.admission import admit
from geo_world_model.cache.fusion import fuse
from geo_world_model.cache.log import Log
from geo_world_model.cache.memory_bank import MemoryBank
from geo_world_model.cache.operation import KINDS, MEASURED, Pin
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render, RENDERING_RULE
from geo_world_model.cache.witness_set import WitnessSet
from geo_world_model.errors import WorldFileError

_LOG = logging.getLogger(__name__)


class Cache:
    """
    The state of a world in memory, opened from its file.

    path: NAME.gwm; read_only: nothing is ever written; version: show the world as it was at this
    version, read-only. Raises WorldFileError or WorldLockedError.
    """

    def __init__(self, path, read_only=False, version=None):
        self.log = Log(path, read_only or version is not None)
        try:
            with self.log.snapshot():
                self._replay(version)
            self._renew()
        except sqlite3.Error as error:
            self.log.close()
            raise WorldFileError(f'{path} is damaged: {error}') from error
        except Exception:
            self.log.close()
            raise

    def _replay(self, version=None, progress=iter):
        """Make the state of a version (None: the last) out of the log; progress wraps its numbers."""
        self.cloud = PointCloud()
        self.version = 0
        self.revision = 1
        self.history = []
        self.bank = MemoryBank()
        self.keyframe_poses = {}
        self.seed_poses = set()
        self.notes = b''
        self.counts = dict.fromkeys(KINDS, 0)
        self._measured = []
        self._measured_version = self._protected = 0
        self._pins = {}
        self.unpromised = 0
        self._witnesses = WitnessSet(
            lambda pin: self.render(pin.camera, pin.pose, pin.version, pin.closed))
        version, revision = self.log.entry(version)
        for number in progress(self.log.history(version)):
            for operation in self.log.operations(number):
                self._apply(operation)
        self._advance(version, revision, version)
        for pin in self.log.pins():
            if pin.version <= self.version:
                self._remember(pin)

    @property
    def witness_count(self):
        """Number of views that commits of this revision must not change."""
        self._protect_measured()
        return len(self._witnesses)

    @property
    def pin_count(self):
        """Number of pinned answers of this revision."""
        return len(self._pins)

    def render(self, camera, pose, version=None, close_all=False):
        """Render at a version (default: now); see renderer.render."""
        version = self.version if version is None else version
        return render(self.cloud, camera, pose, version, close_all)

    def commit(self, kind, keyframe, revision, stamp_ns=0, retired=None, notes=b''):
        """
        Make a keyframe durable, then part of the world; returns its operation number.

        keyframe: None when points are only retired.
        """
        operation = self.log.append(kind, revision, stamp_ns, keyframe, retired, notes)
        self._apply(operation)
        return operation.number

    def undo(self, target, stamp_ns=0, progress=iter):
        """
        Go back to the state right after operation `target` (0: nothing), in a new revision.

        What is undone stays in the log. Returns the number of this entry.
        """
        self.log.append('undo', self.revision + 1, stamp_ns, None, target=target)
        self._replay(progress=progress)
        return self.version

    def reopen(self, progress=iter):
        """Make the state anew out of the log, which was written anew."""
        self._replay(progress=progress)

    def pinned(self, camera, pose):
        """Return the answer that was given to this very pose in this revision, or None."""
        return self._pins.get((camera, pose))

    def pin(self, camera, pose, version, closed, witness, rendering=None):
        """Log a complete answer, durable when this returns; rendering: what it showed."""
        pin = Pin(self.revision, version, camera, pose, closed, witness, RENDERING_RULE)
        self.log.pin(pin)
        self._remember(pin, rendering)

    def is_near_a_witness(self, camera, pose, metres, radians):
        """Whether a witness of the same camera stands within both distances of a pose."""
        self._protect_measured()
        return self._witnesses.is_near(camera, pose, metres, radians)

    def admit(self, candidates, rendering, protected):
        """
        Return the depth codes (N,) uint16 at which no witness changes, 0: refused.

        rendering: of the candidates' own view; protected (H, W) bool: what stays in it.
        """
        self._protect_measured()
        return admit(candidates, self._witnesses, rendering, protected)

    def fuse(self, keyframe):
        """Return what a measured view adds and retires; see fusion.fuse."""
        return fuse(self.cloud, self.version, keyframe)

    def keyframe(self, number):
        """Read a keyframe back from the log."""
        for operation in self.log.operations(number):
            return operation.keyframe
        raise WorldFileError(f'operation {number} is not in {self.log.path}')

    def close(self):
        """Move everything into the one file and release it."""
        if not self.log.read_only:
            self.log.checkpoint()
        self.log.close()

    def _apply(self, operation):
        number, keyframe, kind = operation.number, operation.keyframe, operation.kind
        # only after an undo or a renewal does a revision begin with a keyframe: before it
        self._advance(number, operation.revision, number - (kind == 'keyframe'))
        self.history.append(number)
        self.counts[kind] += 1
        if keyframe is not None:
            self.cloud.add(number, keyframe)
            self.bank.add(number, keyframe, kind in MEASURED)
            self.keyframe_poses[number] = keyframe.pose
            self.notes = operation.notes or self.notes
        for points, which in ((self.cloud.surfaces, 0), (self.cloud.directions, 1)):
            indices = operation.retired[operation.retired[:, 1] == which, 0].astype(np.int64)
            if indices.size:
                if indices.max() >= points.count:
                    raise WorldFileError(f'{self.log.path}: operation {number} retires points '
                                         'that are not there')
                points.retire(indices, number)
        if kind in MEASURED:
            self.seed_poses.add(keyframe.pose)
            self._measured.append((keyframe.camera, keyframe.pose))
            self._measured_version = number

    def _renew(self):
        """Begin a revision when answers of this one were rendered by another rule than today's."""
        if self.unpromised and not self.log.read_only:
            _LOG.warning('%s: %d answered poses were rendered by another rule than that of this '
                         'program (%d) and would look different now: revision %d begins',
                         self.log.path, self.unpromised, RENDERING_RULE, self.revision + 1)
            renewal = self.log.append('renew', self.revision + 1, 0, None)
            self._advance(renewal.number, renewal.revision, renewal.number)

    def _advance(self, number, revision, beginning):
        """
        Go on to an entry of the log; promises end with their revision.

        beginning: version of the world when a revision begins with this entry.
        """
        if revision != self.revision:
            self.revision = revision
            self._pins.clear()
            self._witnesses.clear()
            self._protected = self.unpromised = 0
            # measured views are witnesses as they look when the revision begins
            self._measured_version = beginning
        self.version = number

    def _protect_measured(self):
        """
        Make every measured view a witness of this revision, as it looks when it begins.

        Only when somebody asks: a recording that is observed begins a revision with each frame.
        """
        for camera, pose in self._measured[self._protected:]:
            self._witnesses.add(Pin(self.revision, self._measured_version, camera, pose, False,
                                    True))
        self._protected = len(self._measured)

    def _remember(self, pin, rendering=None):
        if pin.revision == self.revision and pin.rule != RENDERING_RULE:
            self.unpromised += 1
        elif pin.revision == self.revision:
            self._pins[pin.camera, pin.pose] = pin
            if pin.witness:
                self._witnesses.add(pin, rendering)
