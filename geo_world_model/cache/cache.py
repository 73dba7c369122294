# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The cache: the log replayed into points that can be rendered, pinned answers and witnesses."""

import logging

import numpy as np

from geo_world_model.cache import guard
from geo_world_model.cache.admission import admit
from geo_world_model.cache.foresight import Foresight
from geo_world_model.cache.fusion import fuse
from geo_world_model.cache.growing import Growing
from geo_world_model.cache.log import Log
from geo_world_model.cache.memory_bank import MemoryBank
from geo_world_model.cache.operation import KINDS, MEASURED, Pin
from geo_world_model.cache.operation_rows import (camera_of, KeyframePoses, OPERATION,
                                                  pose_of, row_of)
from geo_world_model.cache.point_index import PointIndex
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render, RENDERING_RULE
from geo_world_model.cache.residency import Residency
from geo_world_model.cache.witness_set import RING_BYTES, WitnessSet
from geo_world_model.errors import IndexDamagedError, WorldFileError

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
    (residency), None: none. restored: how many operations were not read from the
    log, because the index had them. Raises WorldFileError or WorldLockedError.
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
        self.cloud = PointCloud()
        self.cloud.recover, self.cloud.residency = self._refill, self._residency
        self.version = 0
        self.revision = 1
        self.bank = MemoryBank()
        self.seed_poses = set()
        self.counts = dict.fromkeys(KINDS, 0)
        self._operations = Growing(np.empty(0, OPERATION))
        self._notes = 0, b''
        self._measured = []
        self._measured_version = self._protected = 0
        self._pins = {}
        self.unpromised = 0
        self._witnesses = WitnessSet(
            lambda pin: render(self.cloud, pin.camera, pin.pose, pin.version, pin.closed),
            self._ring_bytes)
        version, revision = self.log.entry(version)
        history = self.log.history(version)
        self._restore(history, version)
        for number in progress(history[self.restored:]):
            self._apply(self._read(number))
        self._advance(version, revision, version)
        self._settle()
        for pin in self.log.pins():
            if pin.version <= self.version:
                self._remember(pin)

    def _restore(self, history, version):
        self._index = PointIndex(self.log.path,
                                 self.log.read_only or self._index_points is None)
        if self._index_points is not None:
            digests = self.log.digests()
            rows = self._index.restore([(number, digests[number]) for number in history],
                                       version, self.cloud, self.bank)
            if len(rows):
                self._note(rows)
        self.restored = len(self._operations)

    @property
    def history(self):
        """Numbers of the operations in effect, oldest first."""
        return self._operations.rows['number'].tolist()

    @property
    def keyframe_poses(self):
        """Pose of every keyframe by the number of its operation."""
        return KeyframePoses(self._operations.rows)

    @property
    def notes(self):
        """The notes of the latest operation that left any, bytes."""
        number, notes = self._notes
        if notes is None:
            self._notes = number, self._read(number).notes
        return self._notes[1]

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
        return self._read(number).keyframe

    def close(self):
        """Move everything into the one file and release it."""
        if not self.log.read_only:
            self._write_index()
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
        try:
            self._draw(operation)
        except IndexDamagedError:
            self._refill()
        if self._index.is_due(len(self._operations)):
            self._write_index()

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
        self._operations.extend(rows)
        for kind, count in zip(*np.unique(kinds, return_counts=True)):
            self.counts[kind.decode()] += int(count)
        noted = np.flatnonzero(rows['notes'])
        if noted.size:
            self._notes = int(numbers[noted[-1]]), None
        measured = np.flatnonzero(np.isin(kinds, [kind.encode() for kind in MEASURED]))
        for row in rows[measured]:
            camera, pose = camera_of(row), pose_of(row)
            self.seed_poses.add(pose)
            self._measured.append((camera, pose))
        if measured.size and measured[-1] >= last:
            self._measured_version = int(numbers[measured[-1]])

    def _draw(self, operation):
        """Let the points and the picture of an operation be part of the world."""
        number, keyframe = operation.number, operation.keyframe
        if keyframe is not None:
            self.cloud.add(number, keyframe)
            self.bank.add(number, keyframe, operation.kind in MEASURED)
        for points, which in ((self.cloud.surfaces, 0), (self.cloud.directions, 1)):
            indices = operation.retired[operation.retired[:, 1] == which, 0].astype(np.int64)
            if indices.size:
                if indices.max() >= points.count:
                    raise WorldFileError(f'{self.log.path}: operation {number} retires points '
                                         'that are not there')
                points.retire(indices, number)
        if not (self._index.is_open or self._index.read_only
                or self.cloud.count < self._index_points):
            self._index.create(self.cloud, self.bank)

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

    def _refill(self):
        """Make the points and pictures again from the log: the index is not what was written."""
        _LOG.warning('%s is damaged; it is made again from the world file', self._index.folder)
        self._index.discard()
        self._index = PointIndex(self.log.path, self.log.read_only)
        self.restored = 0
        self.cloud.clear()
        self.bank.clear()
        for number in self.history:
            self._draw(self._read(number))
        self._settle()

    def _settle(self):
        """Write the head of the index after much was made anew; drop one that is not used."""
        if self._index.is_due(len(self._operations)):
            self._write_index()
        elif not self._index.is_open:
            self._index.discard()

    def _write_index(self):
        if not self._index.is_open:
            return
        rows = self._operations.rows
        new = np.flatnonzero(rows['digest'] == np.zeros((), 'V32'))
        if new.size:
            digests = self.log.digests(int(rows['number'][new[0]]))
            for at in new:
                rows['digest'][at] = np.void(digests[int(rows['number'][at])])
        self._index.write(rows, self.cloud, self.bank)

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
