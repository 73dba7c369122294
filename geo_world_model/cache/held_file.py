# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Bytes of a database file beside SQLite, without taking its locks away.

POSIX drops all the locks that a process has on a file as soon as it closes any descriptor of that
file, those of SQLite among them. Another process would then take a world that is in use for one
that nobody has open, and remove the write-ahead log under its writer. So each file has one
descriptor a process here, which is closed when nobody here has the file open any more.
"""

import os
import threading

#: Descriptors and users of each file that is open, by device and inode.
_OPEN = {}
_CHANGES = threading.Lock()


class HeldFile:
    """A file that exists, held open for reading; close it after SQLite's own. OSError."""

    def __init__(self, path):
        with _CHANGES:
            self._key = _key(os.stat(path))
            if self._key not in _OPEN:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                # another file may have taken the name meanwhile, even one that is open here
                self._key = _key(os.fstat(descriptor))
                _OPEN.setdefault(self._key, [[], 0])[0].append(descriptor)
            _OPEN[self._key][1] += 1
            self._descriptor = _OPEN[self._key][0][0]

    def read(self, size, start=0):
        """Return the bytes from `start` on, fewer at the end of the file. OSError."""
        return os.pread(self._descriptor, size, start)

    @property
    def size(self):
        """Bytes of the file."""
        return os.fstat(self._descriptor).st_size

    def close(self):
        """Let go of the file."""
        with _CHANGES:
            key, self._key = self._key, None
            if key is None:
                return
            _OPEN[key][1] -= 1
            if _OPEN[key][1] == 0:
                for descriptor in _OPEN.pop(key)[0]:
                    os.close(descriptor)


def _key(status):
    return status.st_dev, status.st_ino
