# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The growing point cloud: structure of arrays, appended operation by operation."""

import numpy as np

from geo_world_model.cache.depth_code import decode_depth, UNBOUNDED
from geo_world_model.cache.footprint import lay_pixels, unproject_pixels
from geo_world_model.cache.normal_code import NORMALS

#: `retired` of a point that no operation has retired.
ALIVE = np.uint32(0xFFFFFFFF)
_CHUNK = 1024
#: Half a cache line a point: all that a pixel needs to know of its winner.
RECORD = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('tangents', '<u4', 3),
                   ('colour', '<u4'), ('operation', '<u4')])
_BYTES = np.dtype([('rgb', 'u1', 3), ('provenance', 'u1')])
_COLUMNS = (('x', np.float32), ('y', np.float32), ('z', np.float32), ('record', RECORD),
            ('normal', np.uint16), ('retired', np.uint32))


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
    """

    def __init__(self):
        self.count = 0
        self._columns = {name: np.empty(0, dtype) for name, dtype in _COLUMNS}
        self.chunk_start = np.zeros(1, np.int64)
        self.chunk_box = np.empty((0, 6), np.float32)
        self.chunk_operation = np.empty(0, np.uint32)
        self.chunk_retired = np.empty((0, 2), np.uint32)

    def __getattr__(self, name):
        try:
            return self.__dict__['_columns'][name][:self.__dict__['count']]
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

    def append(self, operation, position, tangents, rgb, normal, provenance):
        """
        Add the points of one operation.

        position (3, N) float32; tangents (3, N) uint32; rgb (N,) uint32; normal (N,) uint16;
        provenance (N,) uint8.
        """
        n = position.shape[1]
        if n == 0:
            return
        start, self.count = self.count, self.count + n
        capacity = self._columns['x'].size
        if self.count > capacity:
            capacity = max(self.count, capacity + capacity // 2, 1 << 16)
            for name, column in self._columns.items():
                larger = _aligned(capacity, column.dtype)
                larger[:start] = column[:start]
                self._columns[name] = larger
        record = np.empty(n, RECORD)
        record['x'], record['y'], record['z'] = position
        record['tangents'] = tangents.T
        record['colour'] = rgb | provenance.astype(np.uint32) << 24
        record['operation'] = operation
        values = dict(x=position[0], y=position[1], z=position[2], record=record, normal=normal,
                      retired=ALIVE)
        for name, value in values.items():
            self._columns[name][start:self.count] = value
        edges = np.append(np.arange(0, n, _CHUNK), n)
        low = np.minimum.reduceat(position, edges[:-1], axis=1).T
        high = np.maximum.reduceat(position, edges[:-1], axis=1).T
        box = np.concatenate([(low + high) * 0.5, (high - low) * 0.5 + 1e-4], 1)
        chunks = len(edges) - 1
        self.chunk_box = np.concatenate([self.chunk_box, box.astype(np.float32)])
        self.chunk_start = np.concatenate([self.chunk_start, start + edges[1:]])
        self.chunk_operation = np.append(self.chunk_operation,
                                         np.full(chunks, operation, np.uint32))
        self.chunk_retired = np.concatenate([self.chunk_retired,
                                             np.full((chunks, 2), ALIVE, np.uint32)])

    def retire(self, indices, operation):
        """Mark points, (M,) int64 indices, as no longer drawn from `operation` on."""
        retired = self._columns['retired']
        retired[indices] = operation
        touched = np.unique(np.searchsorted(self.chunk_start, indices, side='right') - 1)
        for chunk in touched:
            span = retired[self.chunk_start[chunk]:self.chunk_start[chunk + 1]]
            self.chunk_retired[chunk] = span.min(), span.max()


def _aligned(count, dtype):
    """An empty array that starts on a cache line, so that no record lies on two."""
    memory = np.empty(count * np.dtype(dtype).itemsize + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start:start + count * np.dtype(dtype).itemsize].view(dtype)


class PointCloud:
    """
    Everything that can be drawn: surfaces, directions, and the cameras they were seen by.

    frames (F, 9) float32, indexed by operation number: rotation camera-to-world row-major.
    """

    def __init__(self):
        self.surfaces = PointArrays()
        self.directions = PointArrays()
        self.frames = np.zeros((1, 9), np.float32)

    @property
    def count(self):
        """Number of points ever committed, retired ones included."""
        return self.surfaces.count + self.directions.count

    def add(self, operation, keyframe):
        """Append a keyframe's admitted pixels as points of `operation`."""
        camera, matrix = keyframe.camera, keyframe.pose.matrix
        if operation >= len(self.frames):
            frames = np.zeros((max(operation + 1, 2 * len(self.frames)), 9), np.float32)
            frames[:len(self.frames)] = self.frames
            self.frames = frames
        self.frames[operation] = matrix[:3, :3].reshape(-1)
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

    def live_surfaces(self):
        """Indices of the surface points that no operation has retired, (N,) int64."""
        return np.flatnonzero(self.surfaces.retired == ALIVE)

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
