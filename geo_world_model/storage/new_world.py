# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world file that appears whole or not at all, whatever interrupts its writer."""

import os
from contextlib import contextmanager
from pathlib import Path

from geo_world_model.cache.beside import beside
from geo_world_model.cache.file_lock import FileLock
from geo_world_model.errors import WorldFileError


@contextmanager
def new_world(path, overwrite=False):
    """
    Give a path beside `path` for a world to be written and closed at; then it takes its name.

    A link stays one: what it leads to is written. WorldFileError when something stands there
    already, unless overwrite, or the disk refuses.
    """
    path = Path(path)
    if path.is_dir():
        raise WorldFileError(f'{path} is a folder: expected the name of a file in it')
    # what a link leads to is replaced, and named by SQLite
    file = Path(os.path.realpath(path))
    if not file.parent.is_dir():
        raise WorldFileError(f'the folder of {path} does not exist; nothing was written')
    aside, lock = file.with_name(f'.{file.name}.part'), None
    try:
        # nobody else may write a world of this name meanwhile, nor open the one that stands there
        lock = FileLock(path)
        if path.exists() and not (overwrite and path.is_file()):
            raise WorldFileError(f'{path} exists already; it was left as it is')
        _require_closed(path)
        _remove(aside)
        yield aside
        _sync(aside)
        os.replace(aside, file)
        # whoever still reads the old file must not share these with those of the new one
        for end in ('-shm', '-wal'):
            beside(file, end).unlink(missing_ok=True)
        _sync(file.parent)
    except OSError as error:
        raise WorldFileError(f'{path} could not be written ({error}); what stood there before is '
                             'as it was') from error
    finally:
        if lock is not None:
            _remove(aside)
            lock.close()


def _require_closed(path):
    wal = beside(path, '-wal')
    if wal.exists() and wal.stat().st_size:
        raise WorldFileError(
            f'a part of the world {path} waits in {wal.name}, which was left as it is: open and '
            'close that world first' if path.exists() else
            f'{wal.name} holds a part of a world {wal.name[:-4]} that is not there; both were '
            'left as they are')


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path):
    for end in ('', '-wal', '-shm', '-journal', '.lock'):
        Path(f'{path}{end}').unlink(missing_ok=True)
