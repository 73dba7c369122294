# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Operations that are whole and do not fit each other are found without a replay."""

import sqlite3
import struct

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import with_outcome
from geo_world_model.errors import WorldFileError
from geo_world_model.storage.point_counts import PointCounts
from geo_world_model.storage.rows import Rows
from geo_world_model.storage.verification import verify
from worlds import make_world


def retire(path, number, pairs):
    """Let an operation retire other points, as somebody would who can make its checksum."""
    with Rows(path) as rows:
        row = with_outcome(rows.operation(number)[0], struct.pack(f'<{2 * len(pairs)}I',
                                                                  *np.ravel(pairs)))
    db = sqlite3.connect(path)
    db.execute('UPDATE operation SET retired = ?, digest = ? WHERE number = ?',
               (row[16], row[18], number))
    db.commit()
    db.close()


def count_at(path, version):
    cache = Cache(path, version=version)
    counts = cache.cloud.surfaces.count, cache.cloud.directions.count
    cache.close()
    return counts


@pytest.mark.parametrize('kind', [0, 1])
def test_the_last_point_may_be_retired_and_the_next_one_is_named(tmp_path, kind):
    path = make_world(tmp_path / 'w.gwm')
    count = count_at(path, 5)[kind]
    assert count > 0
    retire(path, 5, [(count - 1, kind)])
    assert verify(path).whole
    Cache(path, read_only=True).close()
    retire(path, 5, [(0, 1 - kind), (count, kind), (0, kind)])
    damage, = verify(path).damage
    assert damage.operation == 5 and 'not there' in damage.what
    with pytest.raises(WorldFileError, match='operation 5 retires points that are not there'):
        Cache(path, read_only=True)


def test_what_was_undone_is_not_there_any_more(tmp_path):
    path = make_world(tmp_path / 'w.gwm', operations=4, retire=False)
    count = count_at(path, 4)[0]
    cache = Cache(path)
    cache.undo(2)
    cache.commit('clear', None, cache.revision + 1, retired=np.array([[1, 0]], np.uint32))
    cache.close()
    assert verify(path).whole
    retire(path, 6, [(count - 1, 0)])
    assert [damage.operation for damage in verify(path).damage] == [6]


def test_operations_of_a_writer_that_went_on_are_not_followed(tmp_path):
    path = make_world(tmp_path / 'w.gwm', operations=3)
    counts, log = PointCounts(), Log(path, read_only=True)
    for operation in log.operations():
        counts.note(operation)
    assert counts.misfit([*log.history(), 4]) is None
    log.close()
