# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A copy of a world file as it is at one moment, also while somebody writes to it."""

import sqlite3
from pathlib import Path

from geo_world_model.cache.log import Log
from geo_world_model.errors import WorldFileError
from geo_world_model.storage.new_world import new_world


def backup(path, copy, overwrite=False, progress=None):
    """
    Copy the world at `path` to `copy`, one file that appears whole or not at all.

    Writers and readers go on meanwhile: the copy is of the moment when it began. overwrite:
    replace a closed file that stands there. progress(done, total): called while pages are copied.
    Returns the number of the last operation in the copy. WorldFileError.
    """
    path, copy = Path(path), Path(copy)
    if copy.exists() and path.exists() and copy.samefile(path):
        raise WorldFileError(f'{copy} is the world itself; nothing was copied')
    log = Log(path, read_only=True)
    try:
        with new_world(copy, overwrite) as unfinished:
            _copy(log.database, unfinished, progress)
            return _last(unfinished)
    except sqlite3.Error as error:
        raise WorldFileError(
            f'{path} could not be copied ({error}); nothing was written') from error
    finally:
        log.close()


def _copy(source, path, progress):
    target = sqlite3.connect(path, isolation_level=None)
    try:
        # one step reads one state; more of them would start again whenever somebody writes
        source.execute('BEGIN')
        source.execute('SELECT count(*) FROM sqlite_schema').fetchone()
        source.backup(target, pages=4096, sleep=0, progress=progress and (
            lambda status, left, total: progress(total - left, total)))
        source.execute('COMMIT')
    finally:
        target.close()


def _last(path):
    """Open the copy as its users will, and return the number of its last operation."""
    log = Log(path, read_only=True)
    try:
        return log.entry()[0]
    finally:
        log.close()
