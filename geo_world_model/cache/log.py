# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The log: one SQLite file NAME.gwm, append-only, the truth of a world.

Operations carry outcomes (which pixels were admitted, which points were retired), answers carry
the versions at which complete views were shown. Both are durable before a view leaves.
"""

import errno
import logging
import os
import sqlite3
import struct
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from geo_world_model.cache import guard
from geo_world_model.cache.file_lock import FileLock
from geo_world_model.cache.history import in_effect
from geo_world_model.cache.keyframe_images import is_packed
from geo_world_model.cache.operation import (camera_and_pose, decode_operation, decode_pin, digest,
                                             encode_blobs, NO_STEP, Operation, pin_digest)
from geo_world_model.errors import GeoWorldModelError, WorldFileError
from geo_world_model.geometry.camera import PinholeCamera

_LOG = logging.getLogger(__name__)

#: 2: operations of the kind 'observe' and images in JPEG-LS. 3: operations without a keyframe,
#: and packed images. 4: pins with a checksum and the rule they were rendered under, in the table
#: 'answer'. Files of every earlier format are read, and keep theirs until they hold what an older
#: program might not read.
FORMAT_VERSION = 4
_FORMAT_OF_KIND = {'clear': 3, 'undo': 3, 'compact': 3, 'renew': 4, 'lost': 4, 'merge': 4}
_FORMAT_OF_OTHERS, _FORMAT_OF_PACKED, _FORMAT_OF_ANSWERS = 2, 3, 4
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
_BLOBS = 'window, colour, depth, normal, provenance, retired, notes'
_COLUMNS = ', '.join(map(guard.bounded, ['pose', *_BLOBS.split(', '), 'digest']))
#: Rows as decode_operation and decode_pin take them, the latter behind their id.
SELECT_OPERATION = ('SELECT number, kind, revision, stamp_ns, fx, fy, cx, cy, width, height, '
                    f'{_COLUMNS} FROM operation LEFT JOIN camera ON camera.id = operation.camera')
SELECT_PIN = {
    table: f'SELECT {table}.id, revision, version, fx, fy, cx, cy, width, height, '
           f'{guard.bounded("pose", 40)}, closed, witness, {more} '
           f'FROM {table} LEFT JOIN camera ON camera.id = {table}.camera'
    for table, more in (('pin', '0, NULL'), ('answer', f'rule, {guard.bounded("digest", 8)}'))}


class Log:
    """
    The open log of one world.

    path: the file; it is created when absent, unless read_only; durable: what is written is on the
    disk when a call returns. Raises WorldFileError for a file
    that is not a world, is damaged or is newer, WorldLockedError when another process writes.
    """

    def __init__(self, path, read_only=False, durable=True):
        self.path = Path(path)
        self.read_only = read_only
        self._durable = durable
        self._lock = None
        exists = self.path.exists() and self.path.stat().st_size > 0
        if self.path.is_dir() or (exists and not self._has_magic()):
            raise WorldFileError(f'{path} is not a world file (.gwm); it was left as it is')
        if not exists and read_only:
            raise WorldFileError(f'{path} does not exist; "geo-world-model seed" makes a world')
        if not self.path.parent.is_dir():
            raise WorldFileError(f'the folder {self.path.parent} does not exist; nothing was made')
        try:
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
        except guard.FAULTS as error:
            self.close()
            raise WorldFileError(f'{path} cannot be opened as a world: {error}') from error
        except OSError as error:
            raise WorldFileError(f'{path} cannot be opened for writing: {error}') from error
        except GeoWorldModelError:
            self.close()
            raise

    def _has_magic(self):
        with self.path.open('rb') as file:
            return file.read(16) == _SQLITE_MAGIC

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
            wal = Path(f'{self.path}-wal')
            if wal.exists() and wal.stat().st_size:
                raise WorldFileError(
                    f'{self.path} was not closed by its last writer, and what it wrote last waits '
                    f'in {wal.name}, which cannot be read in a folder that cannot be written: copy '
                    'both files to one that can') from None
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
        answers = [_ANSWER_TABLE] if version >= _FORMAT_OF_ANSWERS else []
        pins = [_PIN_TABLE] if not answers or self._has_table('pin') else []
        guard.check_schema(self._db, [_CAMERA_TABLE, _OPERATION_TABLE, *pins, *answers], self.path)

    def _has_table(self, name):
        return self._db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?",
                                (name,)).fetchone() is not None

    @contextmanager
    def snapshot(self):
        """Let all that is read within come from one state of the file, whoever writes meanwhile."""
        self._db.execute('BEGIN')
        try:
            yield
        finally:
            # an error of the disk has ended it already
            if self._db.in_transaction:
                self._db.execute('ROLLBACK')

    def history(self, version=None):
        """Numbers of the operations in effect at a version (None: now), oldest first."""
        try:
            last, floor = self.last_number(), self.floor()
            rows = self._db.execute('SELECT number, kind FROM operation ORDER BY number').fetchall()
        except guard.FAULTS as error:
            raise WorldFileError(f'{self.path} is damaged: {error}') from error
        if floor:
            self._require_kept(floor, sum(number < floor for number, _ in rows))
        before = 0
        for number, _ in rows:
            self._require_next(before, number, floor)
            before = number
        if before < last:
            self._require_next(before, last + 1, floor)
        return in_effect(((number, next(self.operations(number)).target if kind == 'undo' else None)
                          for number, kind in rows
                          if kind != 'renew' and (version is None or number <= version)))

    def _require_next(self, before, number, floor):
        """Raise WorldFileError when operations between two are missing that nothing dropped."""
        if number != before + 1 and number > floor:
            raise WorldFileError(f'{self.path}: operation {max(before, floor) + 1} is missing; the '
                                 'file was left as it is')

    def _require_kept(self, floor, count):
        """Raise WorldFileError unless as many operations are left as a compaction kept."""
        kept = next(self.operations(floor)).facts()['operations']
        if count != kept:
            raise WorldFileError(f'{self.path}: {count} operations before operation {floor}, which '
                                 f'kept {kept}; the file was left as it is')

    def digests(self, first=0):
        """SHA-256 of every operation from number `first` on by its number, 32 bytes each."""
        return dict(self._db.execute(
            f'SELECT number, {guard.bounded("digest", 32)} FROM operation WHERE number >= ? '
            'ORDER BY number', (first,)))

    def undone(self):
        """Count the operations that are no longer in effect."""
        changes = self._db.execute('SELECT count(*) FROM operation WHERE kind NOT IN (?, ?)', NO_STEP)
        return changes.fetchone()[0] - len(self.history())

    def floor(self):
        """Number of the last compaction: there is no state before it. 0 when there was none."""
        return self._db.execute("SELECT coalesce(max(number), 0) FROM operation "
                                "WHERE kind = 'compact'").fetchone()[0]

    def entry(self, version=None):
        """Number and revision of the entry that a version is (None: the last); (0, 1): empty."""
        last = self._db.execute(
            'SELECT number, revision FROM operation ORDER BY number DESC LIMIT 1').fetchone()
        if last is None or version is None:
            return last or (0, 1)
        row = (0, 1) if version == 0 else self._db.execute(
            'SELECT number, revision FROM operation WHERE number = ?', (version,)).fetchone()
        first = self.floor()
        if row is None or version < first:
            why = 'earlier ones were dropped by "compact"' if version < first else 'there is none'
            raise WorldFileError(f'{self.path} holds the versions {first} to {last[0]}, not '
                                 f'{version}: {why}')
        return row

    def operations(self, number=None):
        """
        Yield every operation in order, in effect or not, or the one of that number.

        WorldFileError names the operation that is damaged.
        """
        try:
            rows = self._db.execute(
                f'{SELECT_OPERATION} WHERE ?1 IS NULL OR number = ?1 ORDER BY number', (number,))
            # asked for first: a writer beside this reader goes on while the rows are read
            before, floor, last = 0, 0, 0
            if number is None:
                floor, last = self.floor(), self.last_number()
            for row in rows:
                if number is None:
                    self._require_next(before, row[0], floor)
                before = row[0]
                try:
                    yield decode_operation(row)
                except (GeoWorldModelError, ValueError, struct.error) as error:
                    raise WorldFileError(
                        f'{self.path}: operation {row[0]} is damaged ({error}); the file was '
                        'left as it is') from error
            if number is None and before < last:
                self._require_next(before, last + 1, floor)
        except guard.FAULTS as error:
            raise WorldFileError(f'{self.path} is damaged: {error}') from error

    def pins(self):
        """Yield every pinned answer in the order in which they were given."""
        try:
            for table in self.pin_tables():
                rows, before = self._db.execute(f'{SELECT_PIN[table]} ORDER BY {table}.id'), 0
                for row in rows:
                    if not before < row[0]:
                        raise WorldFileError(f'pin {row[0]} follows pin {before}')
                    before = row[0]
                    yield decode_pin(row[1:])
        except (*guard.FAULTS, GeoWorldModelError, struct.error) as error:
            raise WorldFileError(f'{self.path}: the log of pins is damaged ({error})') \
                from error

    def pin_tables(self):
        """Return the tables that hold pins, the older one first."""
        return [table for table in ('pin', 'answer') if self._has_table(table)]

    def last_number(self):
        """Return the number of the last operation that was ever committed."""
        row = self._db.execute('SELECT seq FROM sqlite_sequence WHERE name = ?',
                               ('operation',)).fetchone()
        return row[0] if row and isinstance(row[0], int) else 0

    def world_id(self):
        """
        SHA-256 of the first operation ever, hex; None before there is one.

        A compaction, which changes that operation, and a merge state the id.
        """
        row = self._db.execute('SELECT max(number) FROM operation WHERE kind IN '
                               "('compact', 'merge')").fetchone()
        if row[0] is not None:
            return next(self.operations(row[0])).facts()['id']
        row = self._db.execute('SELECT digest FROM operation ORDER BY number LIMIT 1').fetchone()
        return row[0].hex() if row else None

    def last_noted(self, numbers):
        """Return the last of some operations that left notes for the generator; 0: none did."""
        rows = self._db.execute("SELECT number FROM operation WHERE length(notes) > 0 AND kind IN "
                                "('keyframe', 'seed', 'observe') ORDER BY number DESC")
        numbers = set(numbers)
        return next((number for number, in rows if number in numbers), 0)

    def append(self, kind, revision, stamp_ns, keyframe, retired=None, notes=b'', target=None,
               number=None):
        """
        Write an operation and return it with its number, once it is on the disk.

        number: None for the next one; in a file that is written anew, what it had before: then
        the images take as little room as can be.
        """
        retired = np.zeros((0, 2), np.uint32) if retired is None else retired
        blobs = encode_blobs(keyframe, retired, notes, target, smallest=number is not None)
        camera, pose = camera_and_pose(keyframe)
        pose = pose.to_bytes()
        checksum = digest(kind, revision, stamp_ns, camera, pose, blobs)
        with self._transaction():
            number = self._insert(number, kind, revision, stamp_ns, camera, pose, *blobs, checksum)
        return Operation(number, kind, revision, stamp_ns, keyframe, retired, notes,
                         target)

    def pin(self, pin):
        """Write a pin; it is on the disk when this returns."""
        with self._transaction():
            self._insert_pin(pin)

    def restore(self, row):
        """Write an operation of another file under its number, a row as decode_operation takes it."""
        with self._transaction():
            self._insert(*row[:4], PinholeCamera(*row[4:10]), *row[10:])

    def restore_pins(self, pins, last_number):
        """Write pins of another file; no number up to last_number is given to an operation again."""
        with self._transaction():
            for pin in pins:
                self._insert_pin(pin)
            self._db.execute('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?',
                             (last_number, 'operation'))

    def _insert(self, number, kind, revision, stamp_ns, camera, pose, *blobs_and_digest):
        packed = is_packed(blobs_and_digest)
        self._require_format(_FORMAT_OF_KIND.get(
            kind, _FORMAT_OF_PACKED if packed else _FORMAT_OF_OTHERS))
        return self._db.execute(
            f'INSERT INTO operation (number, kind, revision, stamp_ns, camera, pose, {_BLOBS}, '
            'digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            (number, kind, revision, stamp_ns, self._camera_id(camera), pose,
             *blobs_and_digest)).lastrowid

    def _insert_pin(self, pin):
        self._require_format(_FORMAT_OF_ANSWERS)
        self._db.execute(
            'INSERT INTO answer (revision, version, camera, pose, closed, witness, rule, digest) '
            'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
            (pin.revision, pin.version, self._camera_id(pin.camera), pin.pose.to_bytes(),
             pin.closed, pin.witness, pin.rule, pin_digest(pin)))

    @property
    def database(self):
        """The open SQLite connection, for those who look after the file."""
        return self._db

    def size(self):
        """Bytes of the file and of what is still beside it."""
        files = (self.path, Path(f'{self.path}-wal'))
        return sum(f.stat().st_size for f in files if f.exists())

    def checkpoint(self):
        """Move everything into the one file, so that it can be copied as it is, if there is room."""
        if self._db is not None:
            try:
                self._db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            except sqlite3.Error as error:
                # nothing is lost: it stays in the file beside it until the next time
                _LOG.warning('%s keeps a part in the file beside it (%s)', self.path, error)

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
            raise WorldFileError(f'{self.path} is open for reading elsewhere ({error}); it was left '
                                 'as it was') from error
        self._db.close()
        try:
            os.replace(path, self.path.resolve())
            folder = os.open(self.path.resolve().parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        finally:
            self._db = self._connect()
            self._check()

    def close(self):
        """Close the file; everything is in it already."""
        db, self._db = getattr(self, '_db', None), None
        if db is not None:
            db.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _transaction(self):
        if self.read_only:
            raise WorldFileError(f'{self.path} is open read-only; nothing was written')
        return _Transaction(self._db, self.path)

    def _require_format(self, version):
        """An older program than that of this format must not read the file from now on."""
        if self._db.execute('PRAGMA user_version').fetchone()[0] < version:
            if version >= _FORMAT_OF_ANSWERS:
                self._db.execute(_ANSWER_TABLE)
            self._db.execute(f'PRAGMA user_version = {version}')

    def _camera_id(self, camera):
        values = (camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height)
        self._db.execute('INSERT OR IGNORE INTO camera (fx, fy, cx, cy, width, height) '
                         'VALUES (?, ?, ?, ?, ?, ?)', values)
        return self._db.execute(
            'SELECT id FROM camera WHERE fx = ? AND fy = ? AND cx = ? AND cy = ? AND width = ? '
            'AND height = ?', values).fetchone()[0]


class _Transaction:
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
