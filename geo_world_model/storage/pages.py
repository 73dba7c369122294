# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Rows straight from the pages of an SQLite file, whatever has become of the trees that lead to them.

Each leaf of a table holds whole rows (their ends on chains of overflow pages), so rows outlive a
torn page above or beside them. What is found may be old or half written: whoever asks must check
it, as the log does by its checksums. Layout: "Database File Format", sqlite.org.
"""

import struct

from geo_world_model.cache.beside import beside
from geo_world_model.cache.guard import MOST_BYTES
from geo_world_model.cache.held_file import HeldFile

_LEAF = 13
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_INTEGER_BYTES = (0, 1, 2, 3, 4, 6, 8)


class PageFile:
    """Pages of a file that is not empty, from 1, under those waiting in its write-ahead log."""

    def __init__(self, path):
        self._file = HeldFile(path)
        head = self._file.read(100)
        size = struct.unpack_from('>H', head, 16)[0] if len(head) >= 100 else 0
        size = 65536 if size == 1 else size
        # what no page can be is damage: SQLite's own choice is the best guess
        self.page_size = size if size >= 512 and size & (size - 1) == 0 else 4096
        self._usable = self.page_size - (head[20] if len(head) > 20 else 0)
        if self._usable < 480:
            self._usable = self.page_size
        #: As the file says itself, when it was last closed.
        self.expected_count = struct.unpack_from('>I', head, 28)[0] if len(head) >= 100 else 0
        self._waiting = _committed(beside(path, '-wal'), self.page_size)
        self.count = max([self._file.size // self.page_size, *self._waiting])

    def close(self):
        """Release the file."""
        self._file.close()

    @property
    def absent_count(self):
        """
        Pages that the file says it has and that are nowhere.

        What waits in the write-ahead log is there: a full disk may have taken the new first page
        of the file and no room for those behind its end.
        """
        end = self._file.size // self.page_size
        waiting = sum(end < number <= self.expected_count for number in self._waiting)
        return max(0, self.expected_count - end - waiting)

    def page(self, number):
        """Bytes of a page; empty when there is none of this number, or it cannot be read."""
        if number in self._waiting:
            return self._waiting[number]
        if not 1 <= number <= self.count:
            return b''
        try:
            return self._file.read(self.page_size, (number - 1) * self.page_size)
        except OSError:
            # the disk cannot read it any more
            return b''

    def places(self, columns):
        """Yield (rowid, place) of whatever looks like a row of so many columns, for `read`."""
        for number in range(1, self.count + 1):
            page, start = self.page(number), 100 if number == 1 else 0
            if len(page) < self.page_size or page[start] != _LEAF:
                continue
            cells = struct.unpack_from('>H', page, start + 3)[0]
            cells = min(cells, (self.page_size - start - 8) // 2)
            for offset in struct.unpack_from(f'>{cells}H', page, start + 8):
                try:
                    rowid, *_, types = self._head(page, offset, columns)
                except (IndexError, struct.error):
                    continue
                if types is not None:
                    yield rowid, (number, offset)

    def read(self, place, columns):
        """Return the values of the row at a place; None when it cannot be read."""
        number, offset = place
        page = self.page(number)
        try:
            _, start, local, length, (types, head) = self._head(page, offset, columns)
            parts, left = [page[start:start + local]], length - local
            following = struct.unpack_from('>I', page, start + local)[0] if left else 0
            while left:
                more = self.page(following)
                following = struct.unpack_from('>I', more)[0]
                parts.append(more[4:4 + min(left, self._usable - 4)])
                left -= len(parts[-1])
            return _values(b''.join(parts), types, head)
        except (IndexError, struct.error):
            return None

    def _head(self, page, offset, columns):
        """Return rowid, start and size of what is in the page, size of all, types of a row."""
        length, start = _varint(page, offset)
        rowid, start = _varint(page, start)
        local = length
        if length > self._usable - 35:
            least = (self._usable - 12) * 32 // 255 - 23
            local = least + (length - least) % (self._usable - 4)
            if local > self._usable - 35:
                local = least
        # a chain of pages that leads in circles ends with the length, and no row is
        # longer than this
        possible = length <= min(MOST_BYTES, self.count * self.page_size)
        types = _types(page[start:start + local], columns) if possible else None
        return rowid - (1 << 64) if rowid >> 63 else rowid, start, local, length, types


def _committed(path, page_size):
    """Pages of the last commit of a write-ahead log by their number; none when there is no log."""
    if not path.is_file():
        return {}
    log, pages, waiting = path.read_bytes(), {}, {}
    if len(log) < 32 or struct.unpack_from('>I', log)[0] not in _WAL_MAGIC:
        return {}
    salts = log[16:24]
    for start in range(32, len(log) - page_size - 23, page_size + 24):
        number, commit = struct.unpack_from('>II', log, start)
        if log[start + 8:start + 16] != salts:
            break
        waiting[number] = log[start + 24:start + 24 + page_size]
        if commit:
            pages.update(waiting)
            waiting = {}
    return pages


def _varint(data, place):
    """Return a number of 1 to 9 bytes, big end first, and the place behind it."""
    value = 0
    for _ in range(8):
        byte = data[place]
        place += 1
        value = value << 7 | byte & 127
        if byte < 128:
            return value, place
    return value << 8 | data[place], place + 1


def _types(start, columns):
    """Return the types of a record and the size of its head; None: not of so many columns."""
    head, place = _varint(start, 0)
    types = []
    while place < head:
        kind, place = _varint(start, place)
        types.append(kind)
        if len(types) > columns:
            return None
    return (types, head) if len(types) == columns and place == head else None


def _values(record, types, place):
    values = []
    for kind in types:
        if kind <= 6:
            size = _INTEGER_BYTES[kind]
            value = (int.from_bytes(record[place:place + size], 'big', signed=True) if size
                     else None)
        elif kind == 7:
            size, value = 8, struct.unpack_from('>d', record, place)[0]
        elif kind in (8, 9):
            size, value = 0, kind - 8
        elif kind >= 12:
            size = (kind - 12) // 2
            value = record[place:place + size]
            if kind % 2:
                value = value.decode(errors='replace')
        else:
            return None
        place += size
        values.append(value)
    return tuple(values) if place == len(record) else None
