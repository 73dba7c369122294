# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Files of somebody who wants to do harm, or that have lost a part."""

import sqlite3
import struct

import numpy as np
import pytest

from geo_world_model.cache.cache import Cache
from geo_world_model.cache.codec import encode_image
from geo_world_model.cache.log import Log
from geo_world_model.cache.operation import digest
from geo_world_model.errors import WorldFileError
from geo_world_model.geometry.camera import PinholeCamera


def alter(path, statement, *values):
    db = sqlite3.connect(path)
    db.execute('PRAGMA writable_schema = ON')
    db.execute(statement, values)
    db.commit()
    db.close()


@pytest.mark.parametrize('statement', [
    'CREATE TRIGGER t AFTER INSERT ON answer BEGIN DELETE FROM operation; END',
    'CREATE VIEW v AS SELECT * FROM operation', 'CREATE TABLE more (a)',
    'CREATE INDEX i ON answer (abs(version))',
    'ALTER TABLE answer ADD COLUMN bomb BLOB AS (zeroblob(1 << 30))',
    "UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'operation'"])
def test_a_file_with_anything_in_it_that_could_run_is_refused(world, statement):
    alter(world[0], statement)
    before = world[0].read_bytes()
    for read_only in (True, False):
        with pytest.raises(WorldFileError, match='no world file has'):
            Cache(world[0], read_only)
    assert world[0].read_bytes() == before


def test_a_file_without_one_of_its_tables_is_refused(world):
    alter(world[0], 'DROP TABLE answer')
    with pytest.raises(WorldFileError, match='lost its table'):
        Cache(world[0])


@pytest.mark.parametrize('number', [1, 2, 3])
def test_an_operation_that_vanished_is_missed(world, number):
    alter(world[0], 'DELETE FROM operation WHERE number = ?', number)
    with pytest.raises(WorldFileError, match=f'operation {number} is missing'):
        Cache(world[0], read_only=True)


def test_an_operation_whose_camera_vanished_is_damaged_not_left_out(world):
    alter(world[0], 'DELETE FROM camera WHERE id = 2')
    with pytest.raises(WorldFileError, match='operation 2 is damaged .its camera is missing'):
        Cache(world[0], read_only=True)


def forge(path, **changes):
    """Change columns of operation 2 as somebody would who knows how its checksum is made."""
    db = sqlite3.connect(path)
    row = db.execute('SELECT kind, revision, stamp_ns, pose, window, colour, depth, normal, '
                     'provenance, retired, notes FROM operation WHERE number = 2').fetchone()
    names = ('kind', 'revision', 'stamp_ns', 'pose', 'window', 'colour', 'depth', 'normal',
             'provenance', 'retired', 'notes')
    values = {**dict(zip(names, row)), **changes}
    camera = PinholeCamera(*db.execute(
        'SELECT fx, fy, cx, cy, width, height FROM camera JOIN operation ON '
        'camera.id = operation.camera WHERE number = 2').fetchone())
    values['digest'] = digest(values['kind'], values['revision'], values['stamp_ns'], camera,
                              values['pose'], [values[name] for name in names[4:]])
    for name, value in values.items():
        db.execute(f'UPDATE operation SET {name} = ? WHERE number = 2', (value,))
    db.commit()
    db.close()


@pytest.mark.parametrize('changes, complaint', [
    ({'kind': 'telescope'}, 'unknown kind'), ({'revision': -1}, 'cannot be'),
    ({'revision': 1 << 40}, 'cannot be'), ({'pose': bytes(40)}, 'length 0'),
    ({'pose': bytes(8)}, 'stored pose'),
    ({'pose': struct.pack('<3q4i', 1 << 60, 0, 0, 0, 0, 0, 1 << 30)}, 'farther'),
    ({'window': struct.pack('<4I', 0, 0, 60000, 60000)}, 'outside its image'),
    ({'window': struct.pack('<4I', 2 ** 32 - 1, 0, 2, 2)}, 'outside its image'),
    ({'window': b''}, ''), ({'retired': b'123'}, ''),
    ({'retired': struct.pack('<2I', 10 ** 6, 0)}, 'not there'),
    ({'retired': struct.pack('<2I', 0, 7)}, 'unknown kind'),
    ({'notes': bytes(3 << 20)}, 'larger than any'),
    ({'colour': encode_image(np.zeros((600, 600, 3), np.uint8))}, 'shape')])
def test_what_a_forged_operation_says_is_checked_before_it_is_used(world, changes, complaint):
    forge(world[0], **changes)
    with pytest.raises(WorldFileError, match=f'operation 2 .*{complaint}'):
        Cache(world[0], read_only=True)


def test_a_small_file_of_a_huge_image_takes_no_memory(world):
    db = sqlite3.connect(world[0])
    db.execute('UPDATE camera SET width = 16384, height = 16384, fx = 16384, fy = 16384')
    db.commit()
    db.close()
    forge(world[0], window=struct.pack('<4I', 0, 0, 1, 1))
    alter(world[0], 'DELETE FROM operation WHERE number = 1')
    with pytest.raises(WorldFileError, match='16384x16384 .* larger than any'):
        next(Log(world[0], read_only=True).operations(2))


@pytest.mark.parametrize('change', ['version = -1', 'version = 1 << 50', "pose = x'00'",
                                    'camera = 77', 'revision = 0', 'pose = zeroblob(40)'])
def test_a_pin_that_cannot_be_is_refused(world, change):
    alter(world[0], f'UPDATE answer SET {change} WHERE id = 2')
    with pytest.raises(WorldFileError, match='pins is damaged'):
        Cache(world[0], read_only=True)
