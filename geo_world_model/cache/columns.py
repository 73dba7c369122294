# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Columns of rows that are only appended to: in memory, in a file, or a file's with a tail."""

import os

import numpy as np

from geo_world_model.cache.mapping import FETCH, Mapping, PAGE, RELEASE

#: Bytes of a column's file before its rows: what it is, so that no other file is taken for it.
HEADER = PAGE
#: Rows that a private column can take in without being copied; only address space.
_ROOM = 1 << 26
#: Rows that are written with one call when they are no further apart.
_NEAR = 1024


class MemoryColumn:
    """values (capacity,) of a dtype in memory, on a cache line so that no record lies on two."""

    file = None

    def __init__(self, dtype):
        self.values = _aligned(0, np.dtype(dtype))

    def reserve(self, used, rows):
        """Make room for `rows` rows in all; the first `used` ones are kept."""
        if rows > len(self.values):
            larger = _aligned(max(rows, used * 3 // 2, 1 << 12), self.values.dtype)
            larger[:used] = self.values[:used]
            self.values = larger

    def write(self, start, rows):
        """Write rows from `start` on."""
        self.values[start:start + len(rows)] = rows

    def put(self, indices, rows):
        """Write rows at places, in rising order."""
        self.values[indices] = rows

    def release(self, first, last):
        """Rows first..last need not be in memory until they are read again."""

    def fetch(self, first, last):
        """Rows first..last will be read soon."""


class SharedColumn:
    """
    values (capacity,) as the file has them; only the one writer of a world has one.

    descriptor: of a file that begins with HEADER bytes. Written with system calls, so that a full
    disk is an OSError and not the end of the process.
    """

    def __init__(self, dtype, file, rows=0):
        self.dtype, self.file = np.dtype(dtype), file
        self._map(max(2 * rows, 1 << 20))

    def reserve(self, used, rows):
        """Make room for `rows` rows in all; the first `used` ones are kept."""
        if rows > len(self.values):
            self._map(2 * rows)

    def write(self, start, rows):
        """Write rows from `start` on; OSError."""
        data = memoryview(np.ascontiguousarray(rows, self.dtype)).cast('B')
        place = HEADER + start * self.dtype.itemsize
        while data:
            done = os.pwrite(self.file.descriptor, data, place)
            data, place = data[done:], place + done

    def put(self, indices, rows):
        """Write rows at places, in rising order; OSError."""
        rows = np.broadcast_to(rows, len(indices))
        for part in np.split(np.arange(len(indices)), np.flatnonzero(
                np.diff(indices) > _NEAR) + 1):
            if not part.size:
                continue
            first, last = indices[part[0]], indices[part[-1]] + 1
            span = self.values[first:last].copy()
            span[indices[part] - first] = rows[part]
            self.write(first, span)

    def release(self, first, last):
        """Rows first..last need not be in memory until they are read again."""
        self.mapping.advise(first * self.dtype.itemsize, last * self.dtype.itemsize, RELEASE)

    def fetch(self, first, last):
        """Rows first..last will be read soon."""
        self.mapping.advise(first * self.dtype.itemsize, last * self.dtype.itemsize, FETCH)

    def _map(self, capacity):
        self.mapping = Mapping(self.file.descriptor, HEADER, capacity * self.dtype.itemsize)
        self.values = self.mapping.array(self.dtype)


class PrivateColumn(MemoryColumn):
    """
    values (capacity,): the first rows as a file has them, later ones and changes in memory.

    For readers, who may not write, and for a writer whose disk is full.
    """

    def __init__(self, dtype, file, rows):
        dtype = np.dtype(dtype)
        self.file = file
        self._whole = rows
        self.mapping = Mapping(file.descriptor, HEADER, (rows + _ROOM) * dtype.itemsize,
                               rows * dtype.itemsize)
        self.values = self.mapping.array(dtype)

    def reserve(self, used, rows):
        """Make room for `rows` rows in all; the first `used` ones are kept."""
        if rows > len(self.values):
            self._whole = 0
        super().reserve(used, rows)

    def put(self, indices, rows):
        """Write rows at places, in rising order."""
        # what is changed here is in no file
        self._whole = min(self._whole, int(indices[0])) if len(indices) else self._whole
        super().put(indices, rows)

    def release(self, first, last):
        """Rows first..last need not be in memory until they are read again."""
        size = self.values.dtype.itemsize
        self.mapping.advise(first * size, min(last, self._whole) * size, RELEASE)

    def fetch(self, first, last):
        """Rows first..last will be read soon."""
        size = self.values.dtype.itemsize
        self.mapping.advise(first * size, min(last, self._whole) * size, FETCH)


class ColumnFile:
    """
    An open file of one column: HEADER bytes that say what it is, then rows.

    path: of the file; identity: bytes that tell this very column from any other; create: write
    a new one. OSError, and ValueError when the file is another.
    """

    def __init__(self, path, identity, create=False, read_only=False):
        flags = os.O_RDONLY if read_only else os.O_RDWR
        if create:
            # a new file: a reader may still have the old one open
            path.unlink(missing_ok=True)
            flags |= os.O_CREAT | os.O_EXCL
        self.path = path
        self.descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
        header = identity.ljust(HEADER, b'\0')
        if create:
            os.pwrite(self.descriptor, header, 0)
        elif os.pread(self.descriptor, HEADER, 0) != header:
            raise ValueError(f'{path.name} belongs to another index')

    def __del__(self):
        if getattr(self, 'descriptor', None) is not None:
            os.close(self.descriptor)

    def holds(self, size):
        """Whether `size` bytes of rows are there."""
        return os.fstat(self.descriptor).st_size >= HEADER + size


def _aligned(count, dtype):
    """An empty array that starts on a cache line."""
    memory = np.empty(count * dtype.itemsize + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start:start + count * dtype.itemsize].view(dtype)
