# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What measures networks says what it needs where PyTorch is not installed."""

import sys

import pytest

from geo_world_model.cli import main


@pytest.mark.parametrize('command', [
    ['completion'], ['ablation', '--out', 'here'], ['path', '--joint', 'weights']])
def test_a_measurement_without_torch_is_refused_with_the_reason(command, monkeypatch, capsys):
    for name in ('completion', 'ablation', 'path_errors'):
        monkeypatch.delitem(sys.modules, f'geo_world_model.evaluation.{name}', raising=False)
    monkeypatch.setitem(sys.modules, 'torch', None)
    assert main(['evaluate', *command]) == 2
    assert 'geo_world_model[torch]' in capsys.readouterr().err
