# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
What can still be read of a world file, row by row, each asked for by its number.

SQLite is asked first; what it cannot reach is looked for in the pages of the file. An operation is
given out only when it has the checksum that it was written with.
"""

import struct
from functools import cached_property
from pathlib import Path

from geo_world_model.cache.guard import FAULTS
from geo_world_model.cache.log import Log, SELECT_OPERATION, SELECT_PIN
from geo_world_model.cache.operation import decode_operation, decode_pin
from geo_world_model.errors import GeoWorldModelError, WorldFileError
from geo_world_model.storage.pages import PageFile

_CAMERA_COLUMNS, _OPERATION_COLUMNS, _PIN_COLUMNS = 7, 14, {'pin': 7, 'answer': 9}
_FAULTS = (GeoWorldModelError, ValueError, struct.error, MemoryError)


class Rows:
    """
    The rows of a world file, in use or damaged; the file is only read.

    faults: what is wrong with the file as a whole, sentences; rescued: why SQLite could not reach
    operations that were then found in the pages, by number. Raises WorldFileError when nothing in
    the file is an operation of a world.
    """

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.is_file() or self.path.stat().st_size == 0:
            raise WorldFileError(f'{path} is not a world file: there is no such file, or it is '
                                 'empty')
        self.faults, self.rescued = [], {}
        self._log = None
        try:
            self._pages = PageFile(self.path)
        except OSError as error:
            raise WorldFileError(f'{path} cannot be opened: {error}') from error
        try:
            self._log = Log(self.path, read_only=True)
        except WorldFileError as error:
            if not self._operations_in_pages:
                self.close()
                raise
            self.faults.append(str(error))
        expected = self._pages.expected_count
        absent = self._pages.absent_count if expected <= self._room else 0
        if absent:
            self.faults.append(f'the file is cut off: {expected - absent} of {expected} pages')

    def close(self):
        """Release the file."""
        if self._log is not None:
            self._log.close()
        self._pages.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def check(self):
        """Let SQLite look over all its pages and trees; adds to `faults`."""
        self.faults += [f'database: {text}' for text, in self._ask('PRAGMA integrity_check(20)')
                        if text != 'ok']

    def numbers(self):
        """
        Return the numbers of the operations that are there, readable or not, in order.

        What noise in a torn page takes for a number is left out: beyond the last that was given,
        or, where nobody tells, beyond the last that can be read.
        """
        found = set(self._ascending('SELECT number FROM operation ORDER BY number'))
        if self.faults:
            found.update(self._operations_in_pages)
        doubtful = {number for number in found if number > self._given}
        readable = {number for number in doubtful if self._is_readable(number)}
        last = max([self._given, *readable])
        return sorted(number for number in found if number <= last)

    def last_number(self):
        """Return the last number that was given to an operation, as far as anything tells."""
        last = max([self.floor(), *self.numbers()])
        told = [self._given]
        if self.faults:
            told += [pin.version for pin in self.pins() if pin is not None]
        # more cannot have been lost than there was room for
        return max([last, *(number for number in told if number - last <= self._room)])

    @cached_property
    def _given(self):
        given = [number for number, in self._ask(
            "SELECT seq FROM sqlite_sequence WHERE name = 'operation'") if type(number) is int]
        return max([0, *given])

    @property
    def _room(self):
        """Rows that a file of this size has room for at most."""
        return self.path.stat().st_size // 64 + 64

    def _is_readable(self, number):
        try:
            return bool(self.operation(number))
        except WorldFileError:
            return False

    def floor(self):
        """Return the number of the last compaction, 0: none. It may have left out earlier ones."""
        found = [number for number, in self._ask(
            "SELECT number FROM operation WHERE kind = 'compact'")]
        for number in self._operations_in_pages if self.faults else ():
            for place in self._operations_in_pages[number]:
                if (self._pages.read(place, _OPERATION_COLUMNS) or ('', ''))[1] == 'compact':
                    found.append(number)
        return max(found, default=0)

    def operation(self, number):
        """
        Return (row, Operation), the row as decode_operation takes it.

        WorldFileError says why one that is there cannot be read.
        """
        why = 'it is missing'
        try:
            row = self._one(f'{SELECT_OPERATION} WHERE number = ?', number)
            if row:
                return row, decode_operation(row)
        except FAULTS as error:
            why = f'database: {error}'
        except _FAULTS as error:
            why = str(error) or type(error).__name__
        for place in self._operations_in_pages.get(number, ()):
            for row in self._rows_at(number, place):
                try:
                    found = row, decode_operation(row)
                except _FAULTS:
                    continue
                self.rescued[number] = why
                return found
        raise WorldFileError(why)

    def pins(self):
        """Yield each answered pose as a Pin, or None for one that cannot be read, in order."""
        for table in ('pin', 'answer'):
            if self._log is None or table in self._log.pin_tables():
                yield from self._pins_of(table)

    def _pins_of(self, table):
        numbers = set(self._ascending(f'SELECT id FROM {table} ORDER BY id'))
        if self.faults:
            numbers.update(self._pins_in_pages[table])
        for number in sorted(numbers):
            try:
                row = self._one(f'{SELECT_PIN[table]} WHERE {table}.id = ?', number)
            except FAULTS:
                row = None
            rows = [row[1:]] if row else self._pin_rows(table, number)
            yield next(filter(None, map(_pin, rows)), None)

    def _one(self, query, number):
        return self._log and self._log.database.execute(query, (number,)).fetchone()

    def _ascending(self, query):
        """Yield numbers for as long as they rise: pages of somebody else may lead in circles."""
        before = 0
        for number, in self._ask(query):
            if not (type(number) is int and number > before):
                self.faults.append(f'database: number {number} follows {before}')
                return
            before = number
            yield number

    def _ask(self, query):
        """Yield rows for as long as SQLite can read them; then that is a fault."""
        if self._log is None:
            return
        try:
            yield from self._log.database.execute(query)
        except FAULTS as error:
            fault = f'database: {error}'
            if fault not in self.faults:
                self.faults.append(fault)

    @cached_property
    def _cameras(self):
        """Cameras in the pages by their id: lists of six numbers each."""
        cameras = {}
        for number, place in self._pages.places(_CAMERA_COLUMNS):
            values = (self._pages.read(place, _CAMERA_COLUMNS) or [None])[1:]
            if values and all(type(value) in (int, float) for value in values):
                # a whole number in a column of numbers is kept as an integer
                cameras.setdefault(number, []).append((*map(float, values[:4]), *values[4:]))
        return cameras

    @cached_property
    def _operations_in_pages(self):
        """Places in the pages by the number of the operation that seems to be there."""
        return _places(self._pages.places(_OPERATION_COLUMNS))

    @cached_property
    def _pins_in_pages(self):
        return {table: _places(self._pages.places(columns))
                for table, columns in _PIN_COLUMNS.items()}

    def _rows_at(self, number, place):
        """Yield the row at a place with every camera that it may be of."""
        values = self._pages.read(place, _OPERATION_COLUMNS)
        if values is not None:
            _, kind, revision, stamp, camera, *blobs = values
            for lens in self._cameras.get(camera, ()) if type(camera) is int else ():
                yield (number, kind, revision, stamp, *lens, *blobs)

    def _pin_rows(self, table, number):
        columns = _PIN_COLUMNS[table]
        for place in self._pins_in_pages[table].get(number, ()):
            values = self._pages.read(place, columns)
            if values is not None and type(values[3]) is int:
                _, revision, version, camera, pose, closed, witness, *more = values
                for lens in self._cameras.get(camera, ()):
                    yield (revision, version, *lens, pose, closed, witness, *(more or (0, None)))


def _places(found):
    places = {}
    for number, place in found:
        if number > 0:
            places.setdefault(number, []).append(place)
    return places


def _pin(row):
    try:
        return decode_pin(row)
    except _FAULTS:
        return None
