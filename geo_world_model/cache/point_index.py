# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The index of a large world: its points as arrays on the disk, beside the world file.

Everything in it follows from the log and can be made again, so it is never copied, backed up or
repaired: what is missing, damaged, of another world or of another version of the rules is thrown
away. NAME.gwm.index/ holds a file for each column of points (columns), and `head`: which
operations are in them, tables of chunks, and what every block of a column must add up to (blocks).
The head is written anew and renamed now and then, and when the world is closed; whatever the
columns hold beyond what it says is written again from the log. Nothing is synced: after a power
failure the sums say whether all of it arrived.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
from pathlib import Path

import numpy as np

from geo_world_model.cache.blocks import BLOCK
from geo_world_model.cache.columns import ColumnFile, PrivateColumn, SharedColumn
from geo_world_model.cache.depth_code import DEPTHS
from geo_world_model.cache.kernel_cache import source_stamp
from geo_world_model.cache.memory_bank import PICTURE
from geo_world_model.cache.normal_code import NORMALS
from geo_world_model.cache.operation_table import OPERATION
from geo_world_model.cache.point_arrays import COLUMNS
from geo_world_model.errors import IndexDamagedError

_MAGIC = b'geo_world_model index\n'
#: The head is written again when the world has grown by this share, and by so many operations.
_SHARE, _FEW = 0.05, 32
_LOGGER = logging.getLogger(__name__)


def _rules():
    """Digest of everything that decides what the points of an operation are, hex."""
    folder = Path(__file__).parent
    content = hashlib.sha256(b''.join(
        source_stamp(sorted(part.glob('*.py'))) for part in (folder, folder.parent / 'geometry')))
    # tables that the libraries of this machine compute
    content.update(DEPTHS)
    content.update(np.ascontiguousarray(NORMALS))
    return content.hexdigest()


#: As the code was when it was loaded.
RULES = _rules()


class _OtherIndexError(Exception):
    """A sound index that is not the one of this world as it is."""


class PointIndex:
    """
    The files of the index of one world.

    path: of the world file; read_only: nothing is written, what has to be changed is kept in
    memory. It holds nothing before restore() or create() succeeded.
    """

    def __init__(self, path, read_only):
        self.folder = Path(f'{path}.index')
        self.read_only = read_only
        self.is_open = False
        self._token = None
        self._written = 0

    def restore(self, digests, version, cloud, bank):
        """
        Fill a cloud and a memory bank with what the index has of a history.

        digests: pairs (number, digest) of the operations in effect; version: at which the world is
        looked at. Returns the rows (N,) OPERATION of the first N of them; empty when there is no
        index that fits. A reader may also look at a version before the last one of the index.
        """
        try:
            meta, arrays = _read_head(self.folder / 'head')
            rows = arrays['operations']
            if meta['rules'] != RULES:
                raise _OtherIndexError('it was made by another version')
            theirs = [(int(row['number']), row['digest'].tobytes()) for row in rows]
            kept = min(len(rows), len(digests))
            later = [number for number, _ in theirs[kept:]]
            if theirs[:kept] != digests[:kept] or later and not (self.read_only
                                                                 and version < later[0]):
                raise _OtherIndexError('it is of another world, or of another history of it')
            self._token = meta['token']
            latest = int(rows['number'][-1]) if len(rows) else 0
            for kind in ('surfaces', 'directions'):
                tables = _part(arrays, kind)
                count = int(tables['chunk_start'][-1])
                getattr(cloud, kind).restore(self._columns(kind, count), tables, latest,
                                             version if later else None)
            tables = _part(arrays, 'bank')
            count = len(tables['number'])
            if later:
                chosen = tables['number'] <= version
                tables = {name: table[chosen] for name, table in tables.items()}
            bank.restore(self._column('bank.pictures', PICTURE, count), tables)
            cloud.add_frames(bank.numbers, bank.poses)
        except FileNotFoundError:
            return self._forget(cloud, bank)
        except _OtherIndexError as error:
            _LOGGER.info('%s is not used: %s', self.folder, error)
            return self._forget(cloud, bank)
        except (OSError, ValueError, KeyError, TypeError, IndexError, IndexDamagedError) as error:
            _LOGGER.warning('%s is not used: %s', self.folder, error)
            return self._forget(cloud, bank)
        self.is_open = True
        self._written = len(rows)
        return rows[:kept]

    def create(self, cloud, bank):
        """Move a cloud and a memory bank into new files; they stay in memory when that fails."""
        try:
            self.discard()
            self.folder.mkdir(exist_ok=True)
            self._token = secrets.token_hex(16)
            for kind in ('surfaces', 'directions'):
                getattr(cloud, kind).move(self._columns(kind, None))
            bank.move(self._column('bank.pictures', PICTURE, None))
            self.is_open = True
        except OSError as error:
            _LOGGER.warning('%s cannot be written (%s); the points stay in memory', self.folder,
                            error)
            self.read_only = True
        self._written = 0

    def is_due(self, operations):
        """Whether the head should be written when the world has so many operations."""
        return operations - self._written >= max(_FEW, int(self._written * _SHARE))

    def write(self, operations, cloud, bank):
        """Write the head: from now on the columns hold these operations, (N,) OPERATION."""
        if not self.is_open or self.read_only or cloud.is_private:
            return
        arrays = {'operations': operations}
        for name, part in (('surfaces', cloud.surfaces), ('directions', cloud.directions),
                           ('bank', bank)):
            arrays.update((f'{name}.{key}', value) for key, value in part.tables().items())
        meta = dict(rules=RULES, token=self._token)
        new = self.folder / 'head.new'
        try:
            _write_head(new, meta, arrays)
            os.replace(new, self.folder / 'head')
            self._written = len(operations)
        except OSError as error:
            new.unlink(missing_ok=True)
            _LOGGER.warning('%s cannot be written (%s)', self.folder, error)

    def discard(self):
        """Remove all of it; who has it open keeps it."""
        self.is_open = False
        if not self.read_only:
            # first what makes the rest valid
            (self.folder / 'head').unlink(missing_ok=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _columns(self, kind, rows):
        return {name: self._column(f'{kind}.{name}', np.dtype(dtype), rows)
                for name, dtype in COLUMNS}

    def _column(self, name, dtype, rows):
        """Open a column of so many rows; None: a new one."""
        identity = f'geo_world_model {self._token} {name} {dtype.itemsize} {BLOCK}'.encode()
        file = ColumnFile(self.folder / name, identity, rows is None, self.read_only)
        if rows is not None and not file.holds(rows * dtype.itemsize):
            raise ValueError(f'{name} is too short')
        if self.read_only:
            return PrivateColumn(dtype, file, rows)
        return SharedColumn(dtype, file, rows or 0)

    def _forget(self, cloud, bank):
        cloud.clear()
        bank.clear()
        return np.empty(0, OPERATION)


def _part(arrays, prefix):
    return {name.partition('.')[2]: array for name, array in arrays.items()
            if name.startswith(f'{prefix}.')}


def _write_head(path, meta, arrays):
    """Magic, SHA-256 of the rest, length of the JSON, JSON, arrays one after the other."""
    listing = [(name, _describe(array.dtype), array.shape) for name, array in arrays.items()]
    text = json.dumps(dict(meta, arrays=listing)).encode()
    parts = [len(text).to_bytes(8, 'little'), text] + [
        np.ascontiguousarray(array).tobytes() for array in arrays.values()]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    with path.open('wb') as file:
        file.writelines([_MAGIC, digest.digest(), *parts])


def _read_head(path):
    """Return the meta data and arrays by name; ValueError when they are not what was written."""
    data = path.read_bytes()
    start = len(_MAGIC) + 32
    if data[:len(_MAGIC)] != _MAGIC:
        raise ValueError('it is something else')
    if hashlib.sha256(memoryview(data)[start:]).digest() != data[len(_MAGIC):start]:
        raise ValueError('its head is damaged')
    length = int.from_bytes(data[start:start + 8], 'little')
    meta = json.loads(data[start + 8:start + 8 + length])
    place, arrays = start + 8 + length, {}
    for name, dtype, shape in meta['arrays']:
        dtype = OPERATION if dtype == 'operation' else np.dtype(dtype)
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(data, dtype, count, place).reshape(shape)
        place += count * dtype.itemsize
    return meta, arrays


def _describe(dtype):
    return 'operation' if dtype == OPERATION else dtype.str
