# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

from geo_world_model.evaluation import prediction_benchmark


def test_a_row_a_horizon_and_only_those_with_one_ask_ahead(tmp_path, capsys):
    rows = prediction_benchmark.run([0.0, 1.0], (96, 64), 3.0, 10.0, 'classical', 1,
                                    1.0, tmp_path / 'rows.json')
    assert json.loads((tmp_path / 'rows.json').read_text()) == rows
    assert json.loads(capsys.readouterr().out) == rows
    assert [row['predict_s'] for row in rows] == [0.0, 1.0]
    for row in rows:
        assert 0 < row['views'] <= 30 and 0 <= row['incomplete_share'] <= 1
        assert row['views'] + row['superseded'] in (29, 30), 'one may be left over at the end'
    assert rows[0]['requests_ahead'] == 0
