# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The SQLite file of a world: opened, checked, locked, written all or nothing, replaced in one step.

What its rows mean is the matter of log.py.
"""

import errno
import logging
import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path

from geo_world_model.cache import guard
from geo_world_model.cache.beside import beside
from geo_world_model.cache.file_lock import FileLock
from geo_world_model.cache.held_file import HeldFile
from geo_world_model.cache.transaction import Transaction
from geo_world_model.errors import GeoWorldModelError, WorldFileError

_LOG = logging.getLogger(__name__)

#: 2: operations of the kind 'observe' and images in JPEG-LS. 3: operations without a keyframe,
#: and packed images. 4: pins with a checksum and the rule they were rendered under, in the table
#: 'answer'. Files of every earlier format are read, and keep theirs until they hold what an older
#: program might not read.
FORMAT_VERSION = 4
FORMAT_OF_ANSWERS = 4
_APPLICATION_ID = 0x47574D57  # "GWMW"
_SQLITE_MAGIC = b'SQLite format 3\0'
_EFFECTIVE = os.access in os.supports_effective_ids
_CAMERA_TABLE = """
CREATE TABLE camera (
    id INTEGER PRIMARY KEY, fx REAL NOT NULL, fy REAL NOT NULL, cx REAL NOT NULL,
    cy REAL NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    UNIQUE (fx, fy, cx, cy, width, height)) STRICT"""
_OPERATION_TABLE = """
CREATE TABLE operation (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, revision INTEGER NOT NULL,
    stamp_ns INTEGER NOT NULL, camera INTEGER NOT NULL REFERENCES camera, pose BLOB NOT NULL,
    window BLOB NOT NULL, colour BLOB NOT NULL, depth BLOB NOT NULL, normal BLOB NOT NULL,
    provenance BLOB NOT NULL, retired BLOB NOT NULL, notes BLOB NOT NULL,
    digest BLOB NOT NULL) STRICT"""
#: Of the formats 1 to 3; nothing is added to it any more.
_PIN_TABLE = """
CREATE TABLE pin (
    id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL,
    camera INTEGER NOT NULL REFERENCES camera, pose BLOB NOT NULL, closed INTEGER NOT NULL,
    witness INTEGER NOT NULL, UNIQUE (revision, camera, pose)) STRICT"""
_ANSWER_TABLE = """
CREATE TABLE answer (
    id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL,
    camera INTEGER NOT NULL REFERENCES camera, pose BLOB NOT NULL, closed INTEGER NOT NULL,
    witness INTEGER NOT NULL, rule INTEGER NOT NULL, digest BLOB NOT NULL) STRICT"""


class WorldDatabase:
    """
    An open world file.

    path: the file; it is created when absent, unless read_only; durable: what is written is on the
    disk when a call returns. Raises WorldFileError for a file that is not a world, is damaged or
    is newer, WorldLockedError when another process writes.
    """

    def __init__(self, path, read_only=False, durable=True):
        self.path = Path(path)
        self.read_only = read_only
        self._durable = durable
        self._lock = self._held = None
        try:
            exists = self._look()
            if not read_only:
                if exists and not os.access(self.path, os.W_OK, effective_ids=_EFFECTIVE):
                    # SQLite would open it all the same, and refuse the first commit
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
                self._lock = FileLock(self.path)
            self._db = self._connect()
            if exists:
                self._check()
            else:
                self._create()
                self._held = HeldFile(self.path)
        except guard.FAULTS as error:
            self.close()
            hint = ('; "geo-world-model repair" writes what can still be read to a new file'
                    if 'malformed' in str(error) else '')
            raise WorldFileError(f'{path} cannot be opened as a world: {error}{hint}') from error
        except OSError as error:
            self.close()
            why = '' if read_only else ' for writing'
            raise WorldFileError(f'{path} cannot be opened{why}: {error}') from error
        except GeoWorldModelError:
            self.close()
            raise

    def _look(self):
        """Whether there is a world, or at least a database; WorldFileError for other files."""
        exists = self.path.exists() and self.path.stat().st_size > 0
        if exists and not self.path.is_dir():
            self._held = HeldFile(self.path)
        if self.path.is_dir() or (exists and self._held.read(16) != _SQLITE_MAGIC):
            raise WorldFileError(f'{self.path} is not a world file (.gwm); it was left as it is')
        if not exists and self.read_only:
            raise WorldFileError(f'{self.path} does not exist; "geo-world-model seed" makes a '
                                 'world')
        if not self.path.parent.is_dir():
            raise WorldFileError(f'the folder {self.path.parent} does not exist; nothing was made')
        return exists

    def _connect(self):
        if not self.read_only:
            db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            guard.harden(db)
            db.execute('PRAGMA journal_mode = WAL')
            db.execute(f'PRAGMA synchronous = {"FULL" if self._durable else "OFF"}')
            db.execute('PRAGMA foreign_keys = ON')
            return db
        uri = self.path.absolute().as_uri()
        db = sqlite3.connect(f'{uri}?mode=ro', uri=True, isolation_level=None,
                             check_same_thread=False)
        try:
            guard.harden(db)
            db.execute('SELECT count(*) FROM sqlite_schema').fetchone()
        except sqlite3.OperationalError:
            # a folder that cannot be written has no room for the shared memory of a WAL reader
            db.close()
            wal = beside(self.path, '-wal')
            if wal.exists() and wal.stat().st_size:
                raise WorldFileError(
                    f'{self.path} was not closed by its last writer, and what it wrote last waits '
                    f'in {wal.name}, which cannot be read in a folder that cannot be written: '
                    'copy both files to one that can') from None
            db = sqlite3.connect(f'{uri}?mode=ro&immutable=1', uri=True, isolation_level=None,
                                 check_same_thread=False)
            guard.harden(db)
        return db

    def _create(self):
        self._db.execute('BEGIN IMMEDIATE')
        for table in (_CAMERA_TABLE, _OPERATION_TABLE, _ANSWER_TABLE):
            self._db.execute(table)
        self._db.execute(f'PRAGMA application_id = {_APPLICATION_ID}')
        self._db.execute(f'PRAGMA user_version = {FORMAT_VERSION}')
        self._db.execute('COMMIT')

    def _check(self):
        application = self._db.execute('PRAGMA application_id').fetchone()[0]
        version = self._db.execute('PRAGMA user_version').fetchone()[0]
        if application == 0 and version == 0 and not self.read_only:
            tables = self._db.execute('SELECT count(*) FROM sqlite_schema').fetchone()[0]
            if tables == 0:
                # killed between the creation of the file and its first transaction
                self._create()
                return
        if application != _APPLICATION_ID:
            raise WorldFileError(f'{self.path} is a database, but not a world file; it was left '
                                 'as it is')
        if version > FORMAT_VERSION:
            raise WorldFileError(
                f'{self.path} has format version {version}, this program reads up to '
                f'{FORMAT_VERSION}; use a newer geo_world_model. The file was left as it is.')
        answers = [_ANSWER_TABLE] if version >= FORMAT_OF_ANSWERS else []
        pins = [_PIN_TABLE] if not answers or self.has_table('pin') else []
        guard.check_schema(self._db, [_CAMERA_TABLE, _OPERATION_TABLE, *pins, *answers], self.path)

    def has_table(self, name):
        """Whether the file has a table of this name."""
        return self._db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
                                (name,)).fetchone() is not None

    @contextmanager
    def snapshot(self):
        """Let all that is read within be of one state of the file, whoever writes meanwhile."""
        self._db.execute('BEGIN')
        try:
            yield
        finally:
            # an error of the disk has ended it already
            if self._db.in_transaction:
                self._db.execute('ROLLBACK')

    @property
    def database(self):
        """The open SQLite connection, for those who look after the file."""
        return self._db

    def size(self):
        """Bytes of the file and of what is still beside it."""
        files = (self.path, beside(self.path, '-wal'))
        return sum(f.stat().st_size for f in files if f.exists())

    def checkpoint(self):
        """
        Move everything into the one file, so that it can be copied as is, if there is room.

        Returns whether all of it is there. A part stays in the file beside it when the disk is
        full, or while somebody reads an earlier state; nothing is lost by that.
        """
        if self._db is None:
            return True
        try:
            is_busy, *_ = self._db.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()
        except sqlite3.Error as error:
            _LOG.warning('%s keeps a part in the file beside it (%s)', self.path, error)
            return False
        return not is_busy

    def replace_with(self, path):
        """
        Put another world file, which is whole and closed, in the place of this one, in one step.

        WorldFileError when somebody reads this one: SQLite tells open files by their names.
        """
        try:
            self._db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            # fails while there are other connections, and leaves no file beside this one
            self._db.execute('PRAGMA journal_mode = DELETE')
        except sqlite3.Error as error:
            raise WorldFileError(f'{self.path} is open for reading elsewhere ({error}); it was '
                                 'left as it was') from error
        self._db.close()
        self._held.close()
        try:
            os.replace(path, self.path.resolve())
            folder = os.open(self.path.resolve().parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        finally:
            self._held = HeldFile(self.path)
            self._db = self._connect()
            self._check()

    def close(self):
        """Close the file; everything is in it already."""
        db, self._db = getattr(self, '_db', None), None
        if db is not None:
            db.close()
            if self.read_only:
                self._tidy()
        if self._held is not None:
            self._held.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _tidy(self):
        """
        Remove the empty files that SQLite leaves beside a world that was only read.

        A reader may not remove them: SQLite itself does when the last one who has the world open
        and may write closes it, and knows who else has it open. With what a killed writer left
        nothing is done: that is for the next writer.
        """
        wal = beside(self.path, '-wal')
        try:
            if wal.stat().st_size:
                return
            db = sqlite3.connect(f'{self.path.absolute().as_uri()}?mode=rw', uri=True, timeout=0,
                                 isolation_level=None)
        except (OSError, sqlite3.Error):
            return
        try:
            guard.harden(db)
            db.execute('SELECT count(*) FROM sqlite_schema').fetchone()
        except sqlite3.Error:
            # somebody is about to write, or the folder cannot be written: they stay
            pass
        finally:
            db.close()

    def _transaction(self):
        if self.read_only:
            raise WorldFileError(f'{self.path} is open read-only; nothing was written')
        return Transaction(self._db, self.path)

    def _require_format(self, version):
        """An older program than that of this format must not read the file from now on."""
        if self._db.execute('PRAGMA user_version').fetchone()[0] < version:
            if version >= FORMAT_OF_ANSWERS:
                self._db.execute(_ANSWER_TABLE)
            self._db.execute(f'PRAGMA user_version = {version}')

    def _camera_id(self, camera):
        values = (camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height)
        self._db.execute('INSERT OR IGNORE INTO camera (fx, fy, cx, cy, width, height) '
                         'VALUES (?, ?, ?, ?, ?, ?)', values)
        return self._db.execute(
            'SELECT id FROM camera WHERE fx = ? AND fy = ? AND cx = ? AND cy = ? AND width = ? '
            'AND height = ?', values).fetchone()[0]
