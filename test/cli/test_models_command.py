# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from geo_world_model.cli import main
from geo_world_model.generators import pretrained_names


def test_models_lists_every_filler_and_marks_what_may_not_be_sold(capsys):
    assert main(['models']) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert sorted(lines) == list(pretrained_names())
    assert [name for name, line in lines.items() if 'NON-COMMERCIAL' in line] == ['flux_fill']
