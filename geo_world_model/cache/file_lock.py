# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One writer a world: a lock file beside it that names the holder and dies with it."""

import fcntl
import os

from geo_world_model.cache.beside import beside
from geo_world_model.errors import WorldLockedError


class FileLock:
    """
    Exclusive advisory lock NAME.lock, released by close() or by the end of the process.

    A file of its own, because closing any descriptor of the database itself would drop the locks
    that SQLite holds on it. Raises WorldLockedError with the holder's process id.
    """

    def __init__(self, path):
        self.path = beside(path, '.lock')
        self._descriptor = None
        while self._descriptor is None:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder = os.read(descriptor, 32).decode(errors='replace').strip() or 'unknown'
                os.close(descriptor)
                raise WorldLockedError(
                    f'{path} is open for writing in process {holder}; stop it first, or open the '
                    'world read-only. Nothing was changed.') from None
            if self._is_current(descriptor):
                self._descriptor = descriptor
            else:
                os.close(descriptor)
        os.ftruncate(self._descriptor, 0)
        try:
            os.pwrite(self._descriptor, f'{os.getpid()}\n'.encode(), 0)
        except OSError:
            # a full disk: it holds all the same, and nobody is told who has it
            pass

    def _is_current(self, descriptor):
        """Whether the locked file is still the one at the path (a closing holder removes it)."""
        try:
            named = os.stat(self.path)
        except FileNotFoundError:
            return False
        mine = os.fstat(descriptor)
        return (named.st_dev, named.st_ino) == (mine.st_dev, mine.st_ino)

    def close(self):
        """Release the lock and remove its file."""
        if self._descriptor is not None:
            # somebody may have removed it by hand, and somebody else have made another
            if self._is_current(self._descriptor):
                os.unlink(self.path)
            os.close(self._descriptor)
            self._descriptor = None
