# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Chunks of points, and groups of chunks: where they lie, and when they were retired."""

import numpy as np

from geo_world_model.cache.growing import Growing

#: `retired` of a point that no operation has retired.
ALIVE = np.uint32(0xFFFFFFFF)
#: Points of a chunk at most, and chunks of a group: its box is looked at before theirs.
CHUNK, GROUP = 1024, 64
#: A box is larger than its points by this (m), that of a group than its chunks by this share too.
_MARGIN, _ROUNDING = 1e-4, 4e-7


class Chunks:
    """
    Boxes around at most CHUNK points of one operation, in canonical order.

    start (C + 1,) int64: first point of each chunk, and the end; box (C, 6) float32: centre and
    half extent, metres; operation (C,) uint32; retired (C, 2) uint32: the least and the last of
    `retired` among its points; groups (G, 6) float32: boxes like the above around GROUP chunks
    each, which are not kept in files.
    """

    def __init__(self):
        self._tables = {name: Growing(rows) for name, rows in dict(
            start=np.zeros(1, np.int64), box=np.empty((0, 6), np.float32),
            operation=np.empty(0, np.uint32), retired=np.empty((0, 2), np.uint32)).items()}
        self._groups = Growing(np.empty((0, 6), np.float32))

    def __len__(self):
        return len(self._tables['operation'])

    @property
    def start(self):
        """First point of each chunk, and the end, (C + 1,) int64."""
        return self._tables['start'].rows

    @property
    def box(self):
        """Centre and half extent, (C, 6) float32 metres."""
        return self._tables['box'].rows

    @property
    def operation(self):
        """The operation of each chunk, (C,) uint32."""
        return self._tables['operation'].rows

    @property
    def retired(self):
        """Least and last operation that retired a point of it, (C, 2) uint32."""
        return self._tables['retired'].rows

    @property
    def groups(self):
        """Centre and half extent of every GROUP chunks, (G, 6) float32 metres."""
        return self._groups.rows

    def append(self, position, operation):
        """Cut the points of an operation, (3, N) float32, into chunks behind the others."""
        n, old = position.shape[1], len(self)
        edges = np.append(np.arange(0, n, CHUNK), n)
        low = np.minimum.reduceat(position, edges[:-1], axis=1).T
        high = np.maximum.reduceat(position, edges[:-1], axis=1).T
        box = np.concatenate([(low + high) * 0.5, (high - low) * 0.5 + _MARGIN], 1)
        count = len(edges) - 1
        for name, rows in dict(box=box, start=self.start[-1] + edges[1:],
                               operation=np.full(count, operation, np.uint32),
                               retired=np.full((count, 2), ALIVE)).items():
            self._tables[name].extend(rows)
        self._group(old)

    def mark(self, chunks, retired):
        """Take up the marks of all points, (N,) uint32, after some of some chunks were set."""
        start, marks = self.start, self.retired
        for chunk in chunks:
            span = retired[start[chunk]:start[chunk + 1]]
            marks[chunk] = span.min(), span.max()

    def tables(self):
        """Return what has to be kept to find them again: arrays by name."""
        return {f'chunk_{name}': table.rows for name, table in self._tables.items()}

    def restore(self, tables, version=None):
        """Take over tables; version: only the chunks up to this one."""
        count = len(tables['chunk_operation'])
        if version is not None:
            count = int(np.searchsorted(tables['chunk_operation'], version, side='right'))
        self._tables = {name: Growing(tables[f'chunk_{name}'][:count + (name == 'start')])
                        for name in self._tables}
        self._groups = Growing(np.empty((0, 6), np.float32))
        self._group(0)

    def _group(self, first):
        """Make the boxes of groups anew from the one with chunk `first` on."""
        first //= GROUP
        box = self.box[first * GROUP:].astype(np.float64)
        if not len(box):
            return
        edges = np.arange(0, len(box), GROUP)
        low = np.minimum.reduceat(box[:, :3] - box[:, 3:], edges)
        high = np.maximum.reduceat(box[:, :3] + box[:, 3:], edges)
        centre = (low + high) / 2
        half = (high - low) / 2 + _MARGIN + _ROUNDING * (abs(centre) + high - low)
        rows = np.concatenate([centre, half], 1).astype(np.float32)
        if first < len(self._groups):
            self._groups.rows[first] = rows[0]
            rows = rows[1:]
        self._groups.extend(rows)
