# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The growing point cloud: everything that can be drawn."""

from contextlib import nullcontext

import numpy as np

from geo_world_model.cache.blocks import NORMAL, PLACE, RECORD as RECORDS, RETIRED
from geo_world_model.cache.chunks import ALIVE
from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.keyframe_points import lay, unproject
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.point_arrays import PointArrays

#: Chunks that are gone through at once: 1 million points at most.
_PART = 1024


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
        return np.concatenate([np.empty(0, np.int64), *self.live_parts()])

    def live_parts(self, groups=(PLACE, RECORDS, NORMAL, RETIRED)):
        """
        Yield the indices of live_surfaces part by part, (M,) int64 each, in order.

        groups: what is read and checked of a part before it is given out. What was read of former
        parts may go out of memory (residency), so a cloud of any size can be gone through; it must
        not grow meanwhile.
        """
        for first in range(0, len(self.surfaces.chunk_operation), _PART):
            yield self.read(lambda first=first: self._live_part(first, groups))

    def _live_part(self, first, groups):
        points = self.surfaces
        last = min(first + _PART, len(points.chunk_operation))
        points.use(np.arange(first, last), groups)
        start, end = int(points.chunk_start[first]), int(points.chunk_start[last])
        return start + np.flatnonzero(points.is_live(slice(start, end)))

    def world_normals(self, indices):
        """Normals of surface points in the world frame, (N, 3) float32, towards their camera."""
        points = self.surfaces
        local = NORMALS[points.normal[indices]]
        rotation = self.frames[points.operation[indices]].reshape(-1, 3, 3)
        return np.einsum('nij,nj->ni', rotation, local)
