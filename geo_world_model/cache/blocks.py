# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Blocks of points on the disk: what they must add up to, which were checked, which are in use."""

import numpy as np

from geo_world_model.cache.checksums import add_words, exchange_words, sum_blocks, sum_marks
from geo_world_model.cache.growing import Growing

#: Points of a block; whole pages of every column.
BLOCK = 4096
#: What is checked together: columns that are read at the same time.
PLACE, RECORD, NORMAL, RETIRED = range(4)
GROUPS = (('x', 'y', 'z'), ('record',), ('normal',), ('retired',))
#: Words of a point in the columns that are not numbers, and how they are read.
_WORDS = {'record': np.dtype(np.uint64), 'x': np.dtype(np.uint32), 'y': np.dtype(np.uint32),
          'z': np.dtype(np.uint32), 'normal': np.dtype(np.uint16),
          'retired': np.dtype(np.uint32)}
_SALTS = {name: np.uint64(number << 56) for number, name in enumerate(
    name for group in GROUPS for name in group)}
#: Blocks that are checked at once: so much is in memory at least.
_TOGETHER = 256


class Blocks:
    """
    What is known of the points of one kind that lie in files, by blocks of BLOCK points.

    sums (B, 4) uint64: see checksums, by the groups above; used (B, 4) uint8: what was read since
    the last confirm(), set by whoever reads. A block is checked when it was read for the first
    time: what was drawn from it is thrown away if it is not what was written.
    """

    def __init__(self, sums=np.empty((0, 4), np.uint64), count=0):
        self._sums = [Growing(sums[:, group]) for group in range(4)]
        self._sound = Growing(np.zeros(sums.shape, np.bool_))
        self._used = Growing(np.zeros(sums.shape, np.uint8))
        self._last_use = Growing(np.zeros(sums.shape, np.uint32))
        self._asked = Growing(np.zeros(len(sums), np.bool_))
        self._count = count

    @property
    def sums(self):
        """(B, 4) uint64."""
        return np.stack([sums.rows for sums in self._sums], 1)

    @property
    def used(self):
        """(B, 4) uint8."""
        return self._used.rows

    @property
    def last_use(self):
        """Number of the last view that used a block, (B, 4) uint32; 0: it was given back."""
        return self._last_use.rows

    def note_use(self, view):
        """Take up what was used since the last call as used by a view."""
        self.last_use[self.used != 0] = view
        self.used[:] = 0

    def release(self, columns, oldest):
        """Let all blocks go out of memory that were last used by view `oldest` or before."""
        gone = self.last_use <= oldest
        for group, names in enumerate(GROUPS):
            edges = np.diff(gone[:, group], prepend=False, append=False)
            for first, last in np.flatnonzero(edges).reshape(-1, 2) * BLOCK:
                for name in names:
                    columns[name].release(first, last)
        self.last_use[gone] = 0
        self._asked.rows[gone[:, PLACE]] = False

    def fetch(self, columns, blocks):
        """Ask for what will be drawn from blocks (M,), in rising order, that nobody used yet."""
        asked = self._asked.rows
        new = blocks[~asked[blocks] & (self.last_use[blocks, PLACE] == 0)
                     & (self.used[blocks, PLACE] == 0)]
        asked[new] = True
        runs = np.split(new, np.flatnonzero(np.diff(new) > 1) + 1) if new.size else []
        for run in runs:
            for group in (PLACE, RECORD):
                for name in GROUPS[group]:
                    columns[name].fetch(run[0] * BLOCK, (run[-1] + 1) * BLOCK)

    def extend(self, start, values):
        """Points from `start` on were written; values: arrays by the names of columns."""
        self._count = start + len(values['x'])
        new = -(-self._count // BLOCK) - len(self._sound)
        self._sound.extend(np.ones((new, 4), np.bool_))
        self._used.extend(np.zeros((new, 4), np.uint8))
        self._asked.extend(np.zeros(new, np.bool_))
        self._last_use.extend(np.zeros((new, 4), np.uint32))
        for group, names in enumerate(GROUPS):
            self._sums[group].extend(np.zeros(new, np.uint64))
            for name in names:
                words, size = _words(name, values[name])
                add_words(words, start * (size // BLOCK), size, _SALTS[name],
                          self._sums[group].rows)

    def exchange_marks(self, indices, old, new):
        """Points (N,) int64 were retired by operation `new`; old (N,) uint32: former marks."""
        exchange_words(indices, old, np.uint32(new), BLOCK, _SALTS['retired'],
                       self._sums[RETIRED].rows)

    def confirm(self, columns, latest, alive):
        """
        Check what was read and not checked before; returns whether all of it is what was written.

        columns: by name; latest: number of the last operation whose marks are in the sums: later
        ones are of a writer that is ahead of this reader, or that was killed.
        """
        wanted = (self.used != 0) & ~self._sound.rows
        for group in range(4):
            blocks = np.flatnonzero(wanted[:, group])
            for first in range(0, blocks.size, _TOGETHER):
                part = blocks[first:first + _TOGETHER]
                if not self._check(columns, group, part, latest, alive):
                    return False
                self._sound.rows[part, group] = True
        return True

    def _check(self, columns, group, blocks, latest, alive):
        total = np.zeros(blocks.size, np.uint64)
        for name in GROUPS[group]:
            words, size = _words(name, columns[name].values)
            end = self._count * (size // BLOCK)
            if group != RETIRED:
                sum_blocks(words, end, size, _SALTS[name], blocks, total)
                continue
            later = np.zeros(blocks.size, np.int64)
            sum_marks(words, end, size, _SALTS[name], np.uint32(latest), alive, blocks, total,
                      later)
            for block in blocks[later > 0]:
                _forget_later(columns[name], block * BLOCK, min((block + 1) * BLOCK, self._count),
                              latest, alive)
        return np.array_equal(total, self._sums[group].rows[blocks])


def _words(name, values):
    """A column as flat words, and how many of them a block has."""
    words = np.ascontiguousarray(values).view(_WORDS[name])
    return words, BLOCK * (values.dtype.itemsize // _WORDS[name].itemsize)


def _forget_later(column, first, last, latest, alive):
    """Take back the marks of operations that are not known to have been."""
    marks = column.values[first:last]
    places = np.flatnonzero((marks > latest) & (marks != alive))
    column.put(first + places, alive)
