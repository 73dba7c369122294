# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import pytest

from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.protocol.record import Column, read_record, Record
from geo_world_model.evaluation.protocol.tables import markdown

COLUMNS = {'a': Column('A', 2), 'b': Column('B', 1)}


def record(path, **configuration):
    return Record('test', {'data': {'name': 'nowhere'}, **configuration}, ['method'], COLUMNS,
                  path)


def rows(*values):
    return lambda: [{'method': 'm', 'a': a, 'b': b} for a, b in values]


def test_rows_are_averaged_within_a_place_and_then_over_places():
    here = record(None)
    here.add('one', '', rows((1.0, None), (3.0, 8.0)))
    here.add('two', '', rows((5.0, float('nan'))))
    row, = here.result()['summary']
    assert row['a']['value'] == 3.5 and row['a']['places'] == 2
    assert row['b'] == {'value': 8.0, 'low': 8.0, 'high': 8.0, 'places': 1}
    assert row['a']['low'] == 2.0 and row['a']['high'] == 5.0


def test_what_is_in_the_file_is_not_measured_again(tmp_path):
    path = tmp_path / 'r.json'
    first = record(path)
    first.add('one', 'id', rows((1.0, 2.0)))
    again = record(path)
    assert 'one' in again and not again.replaces
    again.add('one', 'id', lambda: pytest.fail('measured again'))
    again.add('two', 'id', rows((3.0, 2.0)))
    assert [p['place'] for p in read_record(path)['places']] == ['one', 'two']
    assert read_record(path) == json.loads(json.dumps(again.result()))


def test_a_record_of_another_configuration_is_measured_anew(tmp_path):
    path = tmp_path / 'r.json'
    record(path).add('one', '', rows((1.0, 2.0)))
    other = record(path, options={'steps': 5})
    assert other.replaces and 'one' not in other


def test_a_file_that_is_no_record_is_refused_and_kept(tmp_path):
    path = tmp_path / 'r.json'
    path.write_text('{"mine": 1}')
    with pytest.raises(ConfigError, match='no record'):
        record(path)
    assert path.read_text() == '{"mine": 1}'


def test_the_table_leaves_out_what_nobody_measured():
    here = record(None)
    for number in range(4):
        here.add(f'place {number}', '', rows((number, None)))
    # too few places for an interval
    assert markdown(here.result()).splitlines() == ['| method | A |', '|---|---|', '| m | 1.50 |']
    here.add('place 4', '', rows((4.0, None)))
    assert markdown(here.result()).splitlines()[2] == '| m | 2.00 [0.80, 3.20] |'
