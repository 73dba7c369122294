# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Writing to a world file: all or nothing."""

import sqlite3

from geo_world_model.errors import WorldFileError


class Transaction:
    """All or nothing: rolled back on any error, which becomes a WorldFileError."""

    def __init__(self, db, path):
        self._db, self._path = db, path

    def __enter__(self):
        try:
            self._db.execute('BEGIN IMMEDIATE')
        except sqlite3.Error as error:
            self._fail(error)

    def __exit__(self, kind, error, trace):
        if error is None:
            try:
                self._db.execute('COMMIT')
                return
            except sqlite3.Error as failure:
                error = failure
        if self._db.in_transaction:
            self._db.execute('ROLLBACK')
        if isinstance(error, sqlite3.Error):
            self._fail(error)

    def _fail(self, error):
        raise WorldFileError(f'{self._path} could not be written ({error}); what was committed '
                             'before is kept') from error
