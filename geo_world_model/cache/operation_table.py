# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is kept of every operation in effect without reading its pixels: one row of a table."""

from collections.abc import Mapping

import numpy as np

from geo_world_model.cache.growing import Growing
from geo_world_model.cache.operation import KINDS, MEASURED
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: notes: whether it left any; keyframe: whether it brought one, of this camera (fx, fy, cx, cy,
#: width, height) and pose; digest: SHA-256 of the log, zeros while nobody asked for it.
OPERATION = np.dtype([('number', '<u4'), ('kind', 'S12'), ('revision', '<u4'), ('notes', '?'),
                      ('keyframe', '?'), ('pose', 'V40'), ('camera', '<f8', 6),
                      ('digest', 'V32')])


_UNKNOWN = np.zeros((), 'V32')
_MEASURED = [kind.encode() for kind in MEASURED]


class OperationTable:
    """
    The operations in effect, oldest first.

    rows (N,) OPERATION; counts: how many there are of each kind, by name; seed_poses: set of the
    poses of measured views.
    """

    def __init__(self):
        self._rows = Growing(np.empty(0, OPERATION))
        self.counts = dict.fromkeys(KINDS, 0)
        self.seed_poses = set()

    def __len__(self):
        return len(self._rows)

    @property
    def rows(self):
        """(N,) OPERATION."""
        return self._rows.rows

    @property
    def keyframe_poses(self):
        """Pose of every keyframe by the number of its operation."""
        return KeyframePoses(self.rows)

    def extend(self, rows):
        """Append rows (N,) OPERATION."""
        self._rows.extend(rows)
        for kind, count in zip(*np.unique(rows['kind'], return_counts=True)):
            self.counts[kind.decode()] += int(count)
        self.seed_poses.update(pose_of(row) for row in rows[is_measured(rows)])

    def take_digests(self, log):
        """Fill in the digests that nobody asked a Log for yet."""
        rows = self.rows
        new = np.flatnonzero(rows['digest'] == _UNKNOWN)
        if new.size:
            digests = log.digests(int(rows['number'][new[0]]))
            for at in new:
                rows['digest'][at] = np.void(digests[int(rows['number'][at])])


def is_measured(rows):
    """Whether operations are measured views, (N,) bool."""
    return np.isin(rows['kind'], _MEASURED)


def row_of(operation):
    """Return the row of an Operation, (), its digest left out."""
    row = np.zeros((), OPERATION)
    row['number'], row['kind'] = operation.number, operation.kind.encode()
    row['revision'], row['notes'] = operation.revision, bool(operation.notes)
    if operation.keyframe is not None:
        camera = operation.keyframe.camera
        row['keyframe'], row['pose'] = True, np.void(operation.keyframe.pose.to_bytes())
        row['camera'] = (camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height)
    return row


def camera_of(row):
    """Return the PinholeCamera of a row."""
    fx, fy, cx, cy, width, height = row['camera'].tolist()
    return PinholeCamera(fx, fy, cx, cy, int(width), int(height))


def pose_of(row):
    """Return the Pose of a row."""
    return Pose.from_bytes(row['pose'].tobytes())


class KeyframePoses(Mapping):
    """The pose of every keyframe by the number of its operation; rows (N,) OPERATION, in order."""

    def __init__(self, rows):
        self._rows = rows[rows['keyframe']]

    def __len__(self):
        return len(self._rows)

    def __iter__(self):
        return iter(self._rows['number'].tolist())

    def __getitem__(self, number):
        at = int(np.searchsorted(self._rows['number'], number))
        if at == len(self._rows) or self._rows['number'][at] != number:
            raise KeyError(number)
        return pose_of(self._rows[at])
