# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The cache: the log replayed into points that can be rendered, pinned answers and witnesses."""

import logging

import numpy as np

from geo_world_model.cache import guard
from geo_world_model.cache.foresight import Foresight
from geo_world_model.cache.fusion import fuse
from geo_world_model.cache.indexed_points import IndexedPoints
from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import Pin
from geo_world_model.cache.operation_table import (camera_of, is_measured, OperationTable, pose_of,
                                                   row_of)
from geo_world_model.cache.promises import Promises
from geo_world_model.cache.renderer import render, RENDERING_RULE
from geo_world_model.cache.residency import Residency
from geo_world_model.cache.witness_set import RING_BYTES
from geo_world_model.errors import WorldFileError

#: Share of the memory limit that witnesses may have.
_WITNESS_SHARE = 0.15
#: A world of so many points has an index: below, it is opened as fast without.
INDEX_POINTS = 1_000_000

_LOG = logging.getLogger(__name__)


class Cache:
    """
    The state of a world, opened from its file.

    path: NAME.gwm; read_only: nothing is ever written; version: show the world as it was at this
    version, read-only; index_points: a world of so many points has an index beside its file
    (point_index), None: no index is used; memory_limit: bytes that the process should stay below
    (residency), None: none. points: IndexedPoints; promises: Promises. Raises WorldFileError or
    WorldLockedError.
    """

    def __init__(self, path, read_only=False, version=None, index_points=INDEX_POINTS,
                 memory_limit=None):
        self.log = Log(path, read_only or version is not None)
        self._index_points = index_points
        self._residency = None if memory_limit is None else Residency(memory_limit)
        self._foresight = Foresight()
        self._ring_bytes = RING_BYTES if memory_limit is None else min(
            RING_BYTES, int(memory_limit * _WITNESS_SHARE))
        try:
            with self.log.snapshot():
                self._replay(version)
            self._renew()
        except guard.FAULTS as error:
            self._release()
            raise WorldFileError(f'{path} is damaged: {error}') from error
        except MemoryError as error:
            self._release()
            raise WorldFileError(f'{path} takes more memory than there is') from error
        except Exception:
            self._release()
            raise

    def _replay(self, version=None, progress=iter):
        """
        Make the state of a version (None: the last) out of the log, and of the index as far as it
        goes; progress wraps the numbers that are read from the log.
        """
        self.operations = OperationTable()
        self.counts, self.seed_poses = self.operations.counts, self.operations.seed_poses
        self.points = IndexedPoints(self.log, self._index_points, self._residency,
                                    self.operations, self._read)
        self.cloud, self.bank = self.points.cloud, self.points.bank
        self.version = 0
        self.promises = Promises(
            lambda pin: render(self.cloud, pin.camera, pin.pose, pin.version, pin.closed),
            self._ring_bytes)
        self._notes = 0, b''
        version, revision = self.log.entry(version)
        history = self.log.history(version)
        rows = self.points.restore(history, version)
        if len(rows):
            self._note(rows)
        for number in progress(history[self.restored:]):
            self._apply(self._read(number))
        self._advance(version, revision, version)
        self.points.settle()
        for pin in self.log.pins():
            if pin.version <= self.version:
                self.promises.remember(pin)

    @property
    def restored(self):
        """How many operations were not read from the log, because the index had them."""
        return self.points.restored

    @property
    def history(self):
        """Numbers of the operations in effect, oldest first."""
        return self.operations.rows['number'].tolist()

    @property
    def keyframe_poses(self):
        """Pose of every keyframe by the number of its operation."""
        return self.operations.keyframe_poses

    @property
    def notes(self):
        """The notes of the latest operation that left any, bytes."""
        number, notes = self._notes
        if notes is None:
            self._notes = number, self._read(number).notes
        return self._notes[1]

    @property
    def revision(self):
        """Number of the revision: what is promised holds within it."""
        return self.promises.revision

    def render(self, camera, pose, version=None, close_all=False):
        """Render at a version (default: now); see renderer.render."""
        version = self.version if version is None else version
        rendering = render(self.cloud, camera, pose, version, close_all)
        self._foresight.moved(self.cloud, camera, pose, version)
        return rendering

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
        return self.promises.answer(camera, pose)

    def pin(self, camera, pose, version, closed, witness, rendering=None):
        """Log a complete answer, durable when this returns; rendering: what it showed."""
        pin = Pin(self.revision, version, camera, pose, closed, witness, RENDERING_RULE)
        self.log.pin(pin)
        self.promises.remember(pin, rendering)

    def admit(self, candidates, rendering, protected):
        """
        Return the depth codes (N,) uint16 at which no witness changes, 0: refused.

        rendering: of the candidates' own view; protected (H, W) bool: what stays in it.
        """
        return self.promises.admit(candidates, rendering, protected)

    def fuse(self, keyframe):
        """Return what a measured view adds and retires; see fusion.fuse."""
        return fuse(self.cloud, self.version, keyframe)

    def keyframe(self, number):
        """Read a keyframe back from the log."""
        return self._read(number).keyframe

    def close(self):
        """Move everything into the one file and release it."""
        if not self.log.read_only:
            self.points.write_index()
            self.log.checkpoint()
        self._release()

    def _release(self):
        self._foresight.close()
        if self._residency is not None:
            self._residency.close()
        self.log.close()

    def _read(self, number):
        for operation in self.log.operations(number):
            return operation
        raise WorldFileError(f'operation {number} is not in {self.log.path}')

    def _apply(self, operation):
        self._note(row_of(operation)[None])
        if operation.notes:
            self._notes = operation.number, operation.notes
        self.points.add(operation)

    def _note(self, rows):
        """Take note of operations, rows (N,) of OPERATION in order: all but their pixels."""
        numbers, kinds, revisions = rows['number'], rows['kind'], rows['revision']
        begins = np.flatnonzero(revisions != np.append(self.revision, revisions[:-1]))
        last = int(begins[-1]) if begins.size else 0
        if begins.size:
            # only after an undo or a renewal does a revision begin with a keyframe: before it
            number = int(numbers[last])
            self._advance(number, int(revisions[last]), number - (kinds[last] == b'keyframe'))
        self.version = int(numbers[-1])
        self.operations.extend(rows)
        noted = np.flatnonzero(rows['notes'])
        if noted.size:
            self._notes = int(numbers[noted[-1]]), None
        measured = np.flatnonzero(is_measured(rows))
        for row in rows[measured]:
            self.promises.note_measured(camera_of(row), pose_of(row))
        if measured.size and measured[-1] >= last:
            self.promises.show_measured_at(int(numbers[measured[-1]]))

    def _renew(self):
        """Begin a revision when answers of this one were rendered by another rule than today's."""
        if self.promises.unpromised and not self.log.read_only:
            _LOG.warning('%s: %d answered poses were rendered by another rule than that of this '
                         'program (%d) and would look different now: revision %d begins',
                         self.log.path, self.promises.unpromised, RENDERING_RULE,
                         self.revision + 1)
            renewal = self.log.append('renew', self.revision + 1, 0, None)
            self._advance(renewal.number, renewal.revision, renewal.number)

    def _advance(self, number, revision, beginning):
        """
        Go on to an entry of the log; promises end with their revision.

        beginning: version of the world when a revision begins with this entry.
        """
        if revision != self.revision:
            self.promises.begin(revision, beginning)
        self.version = number
