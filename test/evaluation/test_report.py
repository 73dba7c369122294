# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import re

import pytest

from geo_world_model.cli import main
from geo_world_model.evaluation import camera_control, health_limits, novel_view
from geo_world_model.evaluation.headlines import HEADLINES, SUMMARY
from geo_world_model.evaluation.protocol.record import Record
from geo_world_model.evaluation.refusals import most_refused, refusals


def record(folder, protocol, name, places):
    """Write a record; places: a list of rows each."""
    written = Record(protocol.NAME, {'data': {'name': name}, 'versions': {'sources': 'abc'},
                                     'command': f'measure {name}'},
                     protocol.GROUPS, protocol.COLUMNS, folder / f'{protocol.NAME}.{name}.json',
                     getattr(protocol, 'conclude', None))
    for number, rows in enumerate(places):
        written.add(f'place {number}', '', lambda: rows)
    return written.result()


def views(a, b):
    return [{'method': method, 'zone': 'holes', 'psnr': value}
            for method, value in (('a', a), ('b', b))]


def page(folder):
    assert main(['evaluate', 'report', '--json-folder', str(folder), '--out',
                 str(folder / 'page.md')]) == 0
    return (folder / 'page.md').read_text()


def test_only_what_is_better_at_enough_places_is_in_bold(tmp_path):
    record(tmp_path, novel_view, 'sure', [views(20 + i, 18 + i) for i in range(6)])
    record(tmp_path, novel_view, 'chance',
           [views(20 + i, 20 + i + 3 * (-1) ** i) for i in range(6)])
    record(tmp_path, novel_view, 'few', [views(20 + i, 10 + i) for i in range(3)])
    text = page(tmp_path)
    assert '| sure | a | **22.50** (6) |' in text and '| sure | b | 20.50 (6) |' in text
    assert '| chance | a | 22.50 (6) |' in text and '| few | a | 21.00 (3) |' in text
    assert '| chance | b | 22.50 (6) |' in text
    assert '| a | 22.50 | 21.00 | **22.50** |' in text
    # an interval over three places would look surer than it is
    assert '22.50 [' in text and '21.00 [' not in text
    assert re.search(r'<summary>few, 3 places: all numbers</summary>\n\n    measure few\n', text)


def test_a_few_bad_places_do_not_decide_the_middle_one(tmp_path):
    rows = [[{'method': 'a', 'zone': 'holes', 'depth_median': value}] for value in
            (0.1, 0.2, 13.0)]
    record(tmp_path, novel_view, 'here', rows)
    assert '| a | 0.200 |' in page(tmp_path)


def test_every_headline_is_a_column_of_its_protocol():
    from importlib import import_module
    from geo_world_model.cli.protocols import _PROTOCOLS
    for name, headlines in [*HEADLINES.items(), *((name, (one,)) for name, one in SUMMARY)]:
        protocol = import_module(f'geo_world_model.evaluation.{_PROTOCOLS[name][0]}')
        for headline in headlines:
            assert headline.column in protocol.COLUMNS
            assert set(headline.where) <= set(protocol.GROUPS)


def test_a_record_without_a_newer_column_is_still_shown(tmp_path):
    old = {name: column for name, column in camera_control.COLUMNS.items() if name != 'matches'}
    written = Record('camera', {'data': {'name': 'old'}}, camera_control.GROUPS, old,
                     tmp_path / 'camera.json')
    written.add('place', '', lambda: [{'method': 'truth', 'what': 'truth', 'found': 0.25}])
    assert '| truth | 0.25 |' in page(tmp_path)


def test_the_bound_on_refusals_is_that_of_clopper_and_pearson():
    assert most_refused(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300))
    assert most_refused(0, 300) == pytest.approx(3 / 300, rel=0.01)
    # one side of the interval for 2 of 20, tabulated
    assert most_refused(2, 20) == pytest.approx(0.2826, abs=1e-4)
    assert most_refused(5, 5) == most_refused(0, 0) == 1.0


def test_refusals_are_counted_by_answers_and_by_places(tmp_path):
    def rows(refused):
        return [{'answer': 'truth', 'should': 'be taken', 'refused': value} for value in refused] \
            + [{'answer': 'black', 'should': 'be refused', 'refused': 1.0}]
    result = record(tmp_path, health_limits, 'here', [rows((0, 0)), rows((1, 0)), rows((0, 0))])
    taken, refused = refusals(result['places'])
    assert result['refusals'][0]['most'] == pytest.approx(taken['most'], rel=1e-5)
    assert (taken['answers'], taken['refused']) == (6, 1)
    assert (taken['places'], taken['places_refused']) == (3, 1)
    assert taken['most'] == most_refused(1, 3) > taken['most_independent'] == most_refused(1, 6)
    assert refused['should'] == 'be refused' and refused['refused'] == 3
    assert '1 of 6 answers refused, at 1 of 3 places' in page(tmp_path)
