# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The log: one SQLite file NAME.gwm, append-only, the truth of a world.

Operations carry outcomes (which pixels were admitted, which points were retired), answers carry
the versions at which complete views were shown. Both are durable before a view leaves.
"""

import struct

import numpy as np

from geo_world_model.cache import guard
from geo_world_model.cache.history import in_effect
from geo_world_model.cache.keyframe_images import is_packed
from geo_world_model.cache.operation import (camera_and_pose, check_size, decode_operation,
                                             decode_pin, digest, encode_blobs, NO_STEP, Operation,
                                             pin_digest)
from geo_world_model.cache.world_database import FORMAT_OF_ANSWERS, WorldDatabase
from geo_world_model.errors import GeoWorldModelError, WorldFileError
from geo_world_model.geometry.camera import PinholeCamera

_FORMAT_OF_KIND = {'clear': 3, 'undo': 3, 'compact': 3, 'renew': 4, 'lost': 4, 'merge': 4}
_FORMAT_OF_OTHERS, _FORMAT_OF_PACKED = 2, 3
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


class Log(WorldDatabase):
    """The operations and pinned answers of one world, in its open file."""

    def history(self, version=None):
        """Numbers of the operations in effect at a version (None: now), oldest first."""
        try:
            last, floor = self.last_number(), self.floor()
            rows = self._db.execute(
                'SELECT number, kind FROM operation ORDER BY number').fetchall()
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
        return in_effect((
            (number, next(self.operations(number)).target if kind == 'undo' else None)
            for number, kind in rows
            if kind != 'renew' and (version is None or number <= version)))

    def _require_next(self, before, number, floor):
        """Raise WorldFileError when operations between two are missing that nothing dropped."""
        if number != before + 1 and number > floor:
            raise WorldFileError(f'{self.path}: operation {max(before, floor) + 1} is missing; '
                                 'the file was left as it is')

    def _require_kept(self, floor, count):
        """Raise WorldFileError unless as many operations are left as a compaction kept."""
        kept = next(self.operations(floor)).facts()['operations']
        if count != kept:
            raise WorldFileError(f'{self.path}: {count} operations before operation {floor}, '
                                 f'which kept {kept}; the file was left as it is')

    def digests(self, first=0):
        """SHA-256 of every operation from number `first` on by its number, 32 bytes each."""
        return dict(self._db.execute(
            f'SELECT number, {guard.bounded("digest", 32)} FROM operation WHERE number >= ? '
            'ORDER BY number', (first,)))

    def undone(self):
        """Count the operations that are no longer in effect."""
        changes = self._db.execute(
            'SELECT count(*) FROM operation WHERE kind NOT IN (?, ?)', NO_STEP)
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
        row = (0, 1) if version == 0 else None
        if 0 < version <= last[0]:
            row = self._db.execute('SELECT number, revision FROM operation WHERE number = ?',
                                   (version,)).fetchone()
        first = self.floor()
        if row is None or version < first:
            why = ('earlier ones were dropped by "compact"' if 0 <= version < first
                   else 'there is none')
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
                        'left as it is, and "geo-world-model repair" writes what can still be '
                        'read to a new one') from error
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
        return [table for table in ('pin', 'answer') if self.has_table(table)]

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
        the images take as little room as can be. WorldFileError, also for what could not be read
        again; nothing is written then.
        """
        camera, pose = camera_and_pose(keyframe)
        check_size(camera, notes)
        retired = np.zeros((0, 2), np.uint32) if retired is None else retired
        blobs = encode_blobs(keyframe, retired, notes, target, smallest=number is not None)
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
        """Write an operation of another file, a row for decode_operation, under its number."""
        with self._transaction():
            self._insert(*row[:4], PinholeCamera(*row[4:10]), *row[10:])

    def restore_pins(self, pins, last_number):
        """Write pins of another file; no operation is given a number up to last_number again."""
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
        self._require_format(FORMAT_OF_ANSWERS)
        self._db.execute(
            'INSERT INTO answer (revision, version, camera, pose, closed, witness, rule, digest) '
            'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
            (pin.revision, pin.version, self._camera_id(pin.camera), pin.pose.to_bytes(),
             pin.closed, pin.witness, pin.rule, pin_digest(pin)))
