# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
A world file may come from anybody: what it can make SQLite do, before a word of it is believed.

A database can carry views, triggers and computed columns that run when it is read or written.
Ours has none, so a file whose schema is not letter by letter one that this program makes is
refused. Rows are checked where they are decoded.
"""

import sqlite3

from geo_world_model.errors import WorldFileError

#: Bytes of the largest value that is read.
MOST_BYTES = 1 << 28
_LONGEST_STATEMENT = 4096
#: What reading a damaged file raises; the second, when SQLite's complaint quotes it.
FAULTS = (sqlite3.Error, UnicodeDecodeError)


def harden(db):
    """Let nothing that a file brings run, and no damaged page pass for a whole one."""
    db.execute('PRAGMA trusted_schema = OFF')
    db.execute('PRAGMA cell_size_check = ON')
    db.execute('PRAGMA mmap_size = 0')
    # text that is not UTF-8 is damage in one row, not an end to reading
    db.text_factory = lambda text: text.decode(errors='replace')
    if hasattr(db, 'setlimit'):
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)


def bounded(column, most=MOST_BYTES):
    """SQL for a column that is NULL, and is not read, where it is longer than `most` bytes."""
    return f'CASE WHEN length({column}) <= {most} THEN {column} END'


def check_schema(db, tables, path):
    """Raise WorldFileError unless a database holds just what statements, a list, make."""
    expected = sqlite3.connect(':memory:')
    for statement in tables:
        expected.execute(statement)
    known = set(_objects(expected))
    expected.close()
    found = set(_objects(db))
    for kind, name, *_ in sorted(found - known, key=str):
        raise WorldFileError(f'{path} holds a {kind} "{name}" that no world file has: it may do '
                             'what nobody expects, so nothing was read')
    for kind, name, *_ in sorted(known - found, key=str):
        raise WorldFileError(f'{path} has lost its {kind} "{name}"; the file was left as it is')


def _objects(db):
    rows = db.execute('SELECT type, name, tbl_name, substr(sql, 1, ?) FROM sqlite_schema',
                      (_LONGEST_STATEMENT,))
    # no more than can be ours, or one more to show
    return rows.fetchmany(64)
