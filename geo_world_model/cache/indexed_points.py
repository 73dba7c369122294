# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What follows from the log and can be made again: points, pictures of keyframes, their index."""

import logging

import numpy as np

from geo_world_model.cache.memory_bank import MemoryBank
from geo_world_model.cache.operation import MEASURED
from geo_world_model.cache.operation_table import OPERATION
from geo_world_model.cache.point_index import PointIndex
from geo_world_model.cache.points import PointCloud
from geo_world_model.errors import IndexDamagedError, WorldFileError

_LOG = logging.getLogger(__name__)


class IndexedPoints:
    """
    The points of a world and the pictures of its keyframes, kept in an index when they are many.

    log: the open Log; index_points: from so many points on there is an index (point_index), None:
    it is not used; table: OperationTable of the operations that are drawn here; read(number)
    returns an Operation of the log. cloud: PointCloud; bank: MemoryBank; restored: how many
    operations were not read from the log.
    """

    def __init__(self, log, index_points, residency, table, read):
        self._log, self._index_points = log, index_points
        self._table, self._read = table, read
        self.cloud, self.bank, self.restored = PointCloud(), MemoryBank(), 0
        self.cloud.recover, self.cloud.residency = self._refill, residency
        self.index = PointIndex(log.path, log.read_only or index_points is None)

    def restore(self, history, version):
        """Take what the index has of a history; returns its rows (N,) OPERATION."""
        rows = np.empty(0, OPERATION)
        if self._index_points is not None:
            digests = self._log.digests()
            rows = self.index.restore([(number, digests[number]) for number in history],
                                      version, self.cloud, self.bank)
        self.restored = len(rows)
        return rows

    def add(self, operation):
        """Draw an operation, which is in the table."""
        try:
            self._draw(operation)
        except IndexDamagedError:
            self._refill()
        if self.index.is_due(len(self._table)):
            self.write_index()

    def settle(self):
        """Write the head of the index after much was made anew; drop one that is not used."""
        if self.index.is_due(len(self._table)):
            self.write_index()
        elif not self.index.is_open:
            self.index.discard()

    def write_index(self):
        """Write the head of the index, so that the next one who opens the world has all of it."""
        if self.index.is_open:
            self._table.take_digests(self._log)
            self.index.write(self._table.rows, self.cloud, self.bank)

    def _draw(self, operation):
        number, keyframe = operation.number, operation.keyframe
        if keyframe is not None:
            self.cloud.add(number, keyframe)
            self.bank.add(number, keyframe, operation.kind in MEASURED)
        for points, which in ((self.cloud.surfaces, 0), (self.cloud.directions, 1)):
            indices = operation.retired[operation.retired[:, 1] == which, 0].astype(np.int64)
            if indices.size:
                if indices.max() >= points.count:
                    raise WorldFileError(f'{self._log.path}: operation {number} retires points '
                                         'that are not there')
                points.retire(indices, number)
        if not (self.index.is_open or self.index.read_only
                or self.cloud.count < self._index_points):
            self.index.create(self.cloud, self.bank)

    def _refill(self):
        """Make the points and pictures again from the log: the index is not what was written."""
        _LOG.warning('%s is damaged; it is made again from the world file', self.index.folder)
        self.index.discard()
        self.index = PointIndex(self._log.path, self._log.read_only)
        self.restored = 0
        self.cloud.clear()
        self.bank.clear()
        for number in self._table.rows['number'].tolist():
            self._draw(self._read(number))
        self.settle()
