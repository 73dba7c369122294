# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The growing point cloud: structure of arrays, appended operation by operation."""

import logging
from contextlib import nullcontext

import numpy as np

from geo_world_model.cache.blocks import BLOCK, Blocks, NORMAL, PLACE, RECORD as RECORDS, RETIRED
from geo_world_model.cache.columns import MemoryColumn, PrivateColumn
from geo_world_model.cache.depth_code import decode_depth, UNBOUNDED
from geo_world_model.cache.footprint import lay_pixels, unproject_pixels
from geo_world_model.cache.growing import Growing
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.errors import IndexDamagedError

#: `retired` of a point that no operation has retired.
ALIVE = np.uint32(0xFFFFFFFF)
_CHUNK = 1024
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
        self._chunks = {name: Growing(rows) for name, rows in _no_chunks().items()}
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
        return self._chunks['start'].rows

    @property
    def chunk_box(self):
        """Centre and half extent, (C, 6) float32 metres."""
        return self._chunks['box'].rows

    @property
    def chunk_operation(self):
        """The operation of each chunk, (C,) uint32."""
        return self._chunks['operation'].rows

    @property
    def chunk_retired(self):
        """Least and last operation that retired a point of it, (C, 2) uint32."""
        return self._chunks['retired'].rows

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
        edges = np.append(np.arange(0, n, _CHUNK), n)
        low = np.minimum.reduceat(position, edges[:-1], axis=1).T
        high = np.maximum.reduceat(position, edges[:-1], axis=1).T
        box = np.concatenate([(low + high) * 0.5, (high - low) * 0.5 + 1e-4], 1)
        chunks = len(edges) - 1
        for name, rows in dict(box=box, start=start + edges[1:],
                               operation=np.full(chunks, operation, np.uint32),
                               retired=np.full((chunks, 2), ALIVE)).items():
            self._chunks[name].extend(rows)
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
        retired = self.retired
        for chunk in chunks:
            span = retired[self.chunk_start[chunk]:self.chunk_start[chunk + 1]]
            self.chunk_retired[chunk] = span.min(), span.max()

    def tables(self):
        """Return what has to be kept beside the columns to find them again: arrays by name."""
        tables = {f'chunk_{name}': table.rows for name, table in self._chunks.items()}
        return dict(tables, sums=self._blocks.sums)

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
        chunks = len(tables['chunk_operation'])
        if version is not None:
            chunks = int(np.searchsorted(tables['chunk_operation'], version, side='right'))
        self._chunks = {name: Growing(tables[f'chunk_{name}'][:chunks + (name == 'start')])
                        for name in self._chunks}
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


def _no_chunks():
    return dict(start=np.zeros(1, np.int64), box=np.empty((0, 6), np.float32),
                operation=np.empty(0, np.uint32), retired=np.empty((0, 2), np.uint32))


class PointCloud:
    """
    Everything that can be drawn: surfaces, directions, and the cameras they were seen by.

    frames (F, 9) float32, indexed by operation number: rotation camera-to-world row-major.
    """

    def __init__(self):
        self.surfaces = PointArrays()
        self.directions = PointArrays()
        self.frames = np.zeros((1, 9), np.float32)
        #: Called when a file is not what was written: has to fill this very cloud again.
        self.recover = None
        #: Residency, when the memory of the process is limited.
        self.residency = None

    @property
    def count(self):
        """Number of points ever committed, retired ones included."""
        return self.surfaces.count + self.directions.count

    def add(self, operation, keyframe):
        """Append a keyframe's admitted pixels as points of `operation`."""
        camera, matrix = keyframe.camera, keyframe.pose.matrix
        self.add_frames([operation], matrix[None, :3])
        pixels = keyframe.pixels()
        position = unproject(camera, keyframe.pose, pixels, keyframe.depth_code.reshape(-1))
        rgb = keyframe.rgb.reshape(-1, 3)[pixels].astype(np.uint32)
        rgb = rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
        normal = keyframe.normal_code.reshape(-1)[pixels]
        provenance = keyframe.provenance.reshape(-1)[pixels]
        tangents = lay(camera, keyframe.pose, pixels, keyframe.depth_code.reshape(-1), normal)
        far = keyframe.depth_code.reshape(-1)[pixels] == UNBOUNDED
        for points, chosen in ((self.surfaces, ~far), (self.directions, far)):
            points.append(operation, np.ascontiguousarray(position[:, chosen]),
                          tangents[:, chosen], rgb[chosen], normal[chosen], provenance[chosen])

    def add_frames(self, operations, poses):
        """Remember the rotations of operations (N,), poses (N, 3, 4) float64."""
        count = int(max(operations, default=0)) + 1
        if count > len(self.frames):
            frames = np.zeros((max(count, 2 * len(self.frames)), 9), np.float32)
            frames[:len(self.frames)] = self.frames
            self.frames = frames
        self.frames[operations] = np.reshape(poses[:, :, :3], (-1, 9))

    def read(self, action):
        """
        Return what action() makes of the points, when all that it read is what was written.

        It notes in `used` what it reads, and takes surfaces and directions anew each time it is
        called: what is not what was written is made again in between.
        """
        while True:
            parts = self.surfaces, self.directions
            with nullcontext() if self.residency is None else self.residency.reading(parts):
                result = action()
                sound = all(part.confirm() for part in parts)
            if sound:
                return result
            self.recover()

    def check(self, groups):
        """Ensure that all points are what was written; groups: PLACE, RECORD, NORMAL, RETIRED."""
        self.read(lambda: [points.use(np.arange(len(points.chunk_operation)), groups)
                           for points in (self.surfaces, self.directions)])

    @property
    def is_private(self):
        """Whether some of it is only in memory, though there are files."""
        return self.surfaces.is_private or self.directions.is_private

    def clear(self):
        """Forget all points."""
        self.surfaces, self.directions = PointArrays(), PointArrays()

    @property
    def live_count(self):
        """Number of surface points that no operation has retired."""
        def count():
            points = self.surfaces
            chunks = np.flatnonzero(points.chunk_retired[:, 0] != ALIVE)
            points.use(chunks, (RETIRED,))
            return points.count - sum(np.count_nonzero(~points.is_live(slice(
                *points.chunk_start[at:at + 2]))) for at in chunks)
        return self.read(count)

    def live_surfaces(self):
        """Indices of surface points that no operation has retired, (N,) int64; all are checked."""
        self.check((PLACE, RECORDS, NORMAL, RETIRED))
        return np.flatnonzero(self.surfaces.is_live(slice(None)))

    def world_normals(self, indices):
        """Normals of surface points in the world frame, (N, 3) float32, towards their camera."""
        points = self.surfaces
        local = NORMALS[points.normal[indices]]
        rotation = self.frames[points.operation[indices]].reshape(-1, 3, 3)
        return np.einsum('nij,nj->ni', rotation, local)


def unproject(camera, pose, pixels, depth_code):
    """
    World positions of pixels by their committed depth.

    pixels (N,) int64 flat indices; depth_code (H * W,) uint16. Returns (3, N) float32: metres,
    or a unit direction where the code says unbounded.
    """
    row, column = np.divmod(pixels, camera.width)
    matrix = pose.matrix
    out = np.empty((3, pixels.size), np.float32)
    unproject_pixels(column.astype(np.int32), row.astype(np.int32),
                     decode_depth(depth_code[pixels]),
                     np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
                     np.ascontiguousarray(matrix[:3, :3]), np.ascontiguousarray(matrix[:3, 3]),
                     out)
    return out


def lay(camera, pose, pixels, depth_code, normal):
    """
    Packed tangents of pixels by their committed depth and normal.

    pixels (N,) int64 flat indices; depth_code (H * W,) uint16; normal (N,) uint16. Returns
    (3, N) uint32, as footprint.pack_tangents makes them.
    """
    row, column = np.divmod(pixels, camera.width)
    out = np.empty((3, pixels.size), np.uint32)
    lay_pixels(column.astype(np.int32), row.astype(np.int32), decode_depth(depth_code[pixels]),
               normal, NORMALS, np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
               np.ascontiguousarray(pose.matrix[:3, :3]), out)
    return out
