# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world file that appears whole or not at all, whatever interrupts its writer."""

import os
from contextlib import contextmanager
from pathlib import Path

from geo_world_model.cache.file_lock import FileLock
from geo_world_model.errors import WorldFileError


@contextmanager
def new_world(path, overwrite=False):
    """
    Give a path beside `path` for a world to be written and closed at; then it takes its name.

    WorldFileError when something stands there already, unless overwrite, or the disk refuses.
    """
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise WorldFileError(f'the folder of {path} does not exist; nothing was written')
    if path.exists() and not (overwrite and path.is_file()):
        raise WorldFileError(f'{path} exists already; it was left as it is')
    aside = path.with_name(f'.{path.name}.part')
    _remove(aside)
    try:
        yield aside
        _sync(aside)
        lock = FileLock(path) if path.exists() else None
        try:
            _require_closed(path)
            os.replace(aside, path)
            # whoever still reads the old file must not share these with those of the new one
            for end in ('-shm', '-wal'):
                Path(f'{path}{end}').unlink(missing_ok=True)
            _sync(path.absolute().parent)
        finally:
            if lock is not None:
                lock.close()
    except OSError as error:
        raise WorldFileError(f'{path} could not be written ({error}); what stood there before is '
                             'as it was') from error
    finally:
        _remove(aside)


def _require_closed(path):
    wal = Path(f'{path}-wal')
    if path.exists() and wal.exists() and wal.stat().st_size:
        raise WorldFileError(f'{path} was not closed: a part of it waits in {wal.name}. It was '
                             'left as it was; open and close it first')


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path):
    for end in ('', '-wal', '-shm', '-journal', '.lock'):
        Path(f'{path}{end}').unlink(missing_ok=True)
