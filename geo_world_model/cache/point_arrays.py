# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Points in structure of arrays, appended operation by operation: in memory or in files."""

import logging

import numpy as np

from geo_world_model.cache.blocks import BLOCK, Blocks, RETIRED
from geo_world_model.cache.chunks import ALIVE, Chunks
from geo_world_model.cache.columns import MemoryColumn, PrivateColumn
from geo_world_model.errors import IndexDamagedError

#: Half a cache line a point: all that a pixel needs to know of its winner.
RECORD = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('tangents', '<u4', 3),
                   ('colour', '<u4'), ('operation', '<u4')])
_BYTES = np.dtype([('rgb', 'u1', 3), ('provenance', 'u1')])
COLUMNS = (('x', np.float32), ('y', np.float32), ('z', np.float32), ('record', RECORD),
           ('normal', np.uint16), ('retired', np.uint32))
_NO_BLOCKS = np.empty((0, 4), np.uint8)
_LOGGER = logging.getLogger(__name__)


class PointArrays:
    """
    Points of one kind (surfaces or directions) in canonical order: operation, then tile order.

    x, y, z float32 (world, m; or a unit direction), rgb uint32 (0xRRGGBB), normal uint16
    (normal_code), provenance uint8, operation and retired uint32, each (N,). record (N,) RECORD
    holds once more what the renderer looks up for a pixel; tangents as footprint.pack_tangents
    says, colour with the provenance in its highest byte. Chunks of at most 1,024 points of one
    operation have a box: chunk_start (C + 1,), chunk_box (C, 6) float32 centre and half extent,
    chunk_operation (C,) uint32, and the least and the last of `retired` among their points,
    chunk_retired (C, 2) uint32.
    The columns are in memory, or in files (point_index); of those, `used` (B, 4) uint8 notes what
    was read, and it counts only after confirm().
    """

    def __init__(self):
        self.count = 0
        #: Number of the last operation whose marks are known, and the version that is looked at
        #: when that is an earlier one.
        self.latest, self.version = 0, None
        self._columns = {name: MemoryColumn(dtype) for name, dtype in COLUMNS}
        self._chunks = Chunks()
        self._blocks = None

    def __getattr__(self, name):
        try:
            return self.__dict__['_columns'][name].values[:self.__dict__['count']]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def words(self):
        """The records as numbers, (N, 4) uint64."""
        return self.record.view(np.uint64).reshape(-1, 4)

    @property
    def operation(self):
        """Number of the operation that added each point, (N,) uint32."""
        return self.record['operation']

    @property
    def provenance(self):
        """Provenance of each point, (N,) uint8."""
        return self.record['colour'].view(_BYTES)['provenance']

    @property
    def rgb(self):
        """Colour of each point, (N,) uint32 0xRRGGBB."""
        return self.record['colour'] & np.uint32(0xFFFFFF)

    @property
    def chunk_start(self):
        """First point of each chunk, and the end, (C + 1,) int64."""
        return self._chunks.start

    @property
    def chunk_box(self):
        """Centre and half extent, (C, 6) float32 metres."""
        return self._chunks.box

    @property
    def chunk_groups(self):
        """Boxes around groups of chunks, as Chunks.groups."""
        return self._chunks.groups

    @property
    def chunk_operation(self):
        """The operation of each chunk, (C,) uint32."""
        return self._chunks.operation

    @property
    def chunk_retired(self):
        """Least and last operation that retired a point of it, (C, 2) uint32."""
        return self._chunks.retired

    @property
    def used(self):
        """What was read of files, (B, 4) uint8 by the groups of blocks; (0, 4) in memory."""
        return _NO_BLOCKS if self._blocks is None else self._blocks.used

    def use(self, chunks, groups):
        """Note that points of some chunks (M,) are read: PLACE, RECORD, NORMAL, RETIRED."""
        used = self.used
        if not len(used):
            return
        first = self.chunk_start[chunks] // BLOCK
        last = (self.chunk_start[chunks + 1] - 1) // BLOCK
        for group in groups:
            used[first, group] = used[last, group] = 1

    @property
    def is_private(self):
        """Whether some of it is only in memory, though there are files."""
        return any(isinstance(column, PrivateColumn) for column in self._columns.values())

    @property
    def last_use(self):
        """As Blocks.last_use; (0, 4) in memory."""
        return _NO_BLOCKS if self._blocks is None else self._blocks.last_use

    def note_use(self, view):
        """Take up what was used as used by a view."""
        if self._blocks is not None:
            self._blocks.note_use(view)

    def release(self, oldest):
        """Let go out of memory what was last used by view `oldest` or before."""
        if self._blocks is not None:
            self._blocks.release(self._columns, oldest)

    @property
    def is_in_files(self):
        """Whether the columns are in files, for the most part."""
        return self._blocks is not None

    def fetch(self, blocks):
        """Ask for what will be drawn from blocks (M,), in rising order."""
        if self._blocks is not None:
            self._blocks.fetch(self._columns, blocks)

    def confirm(self):
        """Whether everything that was used is what was written."""
        return self._blocks is None or self._blocks.confirm(self._columns, self.latest, ALIVE)

    def is_live(self, span):
        """Whether the points of a slice are not retired, (M,) bool."""
        # marks of later operations are those of a writer that is ahead of this reader
        return self.retired[span] > np.uint32(
            self.latest if self.version is None else self.version)

    def append(self, operation, position, tangents, rgb, normal, provenance):
        """
        Add the points of one operation.

        position (3, N) float32; tangents (3, N) uint32; rgb (N,) uint32; normal (N,) uint16;
        provenance (N,) uint8.
        """
        n = position.shape[1]
        if n == 0:
            return
        record = np.empty(n, RECORD)
        record['x'], record['y'], record['z'] = position
        record['tangents'] = tangents.T
        record['colour'] = rgb | provenance.astype(np.uint32) << 24
        record['operation'] = operation
        values = dict(x=position[0], y=position[1], z=position[2], record=record, normal=normal,
                      retired=np.full(n, ALIVE))
        start = self.count
        self._write(lambda: self._write_rows(start, values))
        if self._blocks is not None:
            self._blocks.extend(start, values)
        self._chunks.append(position, operation)
        self.count = start + n

    def retire(self, indices, operation):
        """Mark points, (M,) int64 indices, as no longer drawn from `operation` on."""
        chunks = np.unique(np.searchsorted(self.chunk_start, indices, side='right') - 1)
        self.use(chunks, (RETIRED,))
        if not self.confirm():
            raise IndexDamagedError('a mark in the index is not what was written')
        old = self.retired[indices]
        self._write(lambda: self._columns['retired'].put(indices, np.uint32(operation)))
        if self._blocks is not None:
            self._blocks.exchange_marks(indices, old, operation)
        self.latest = max(self.latest, operation)
        self._chunks.mark(chunks, self.retired)

    def tables(self):
        """Return what has to be kept beside the columns to find them again: arrays by name."""
        return dict(self._chunks.tables(), sums=self._blocks.sums)

    def move(self, columns):
        """Go on in other, empty columns, by name: all points are copied. OSError."""
        values = {name: getattr(self, name) for name, _ in COLUMNS}
        for name, column in columns.items():
            column.reserve(0, self.count)
            column.write(0, values[name])
        self._blocks = Blocks()
        if self.count:
            self._blocks.extend(0, values)
        self._columns = columns

    def restore(self, columns, tables, latest, version=None):
        """
        Take over columns and the tables that belong to them; latest: their last operation.

        version: only the points up to this one, read-only; later marks do not count at it.
        """
        self._columns = columns
        self._blocks = Blocks(tables['sums'], int(tables['chunk_start'][-1]))
        self._chunks.restore(tables, version)
        self.count, self.latest = int(self.chunk_start[-1]), latest
        self.version = version

    def _write_rows(self, start, values):
        for name, column in self._columns.items():
            column.reserve(start, start + len(values['x']))
            column.write(start, values[name])

    def _write(self, action):
        try:
            action()
        except OSError as error:
            _LOGGER.warning('the index cannot be written (%s); what is new stays in memory', error)
            self._columns = {name: column if column.file is None else PrivateColumn(
                column.values.dtype, column.file, self.count)
                for name, column in self._columns.items()}
            action()
