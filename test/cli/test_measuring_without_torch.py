# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What measures, trains or tests networks says what it needs where that is not installed."""

import sys

import pytest

from geo_world_model.cli import main
from geo_world_model.testing.__main__ import main as check_generator
from geo_world_model.training.__main__ import main as train


@pytest.mark.parametrize('command', [
    ['completion'], ['ablation', '--out', 'here'], ['path', '--joint', 'weights']])
def test_a_measurement_without_torch_is_refused_with_the_reason(command, monkeypatch, capsys):
    for name in ('completion', 'ablation', 'path_errors'):
        monkeypatch.delitem(sys.modules, f'geo_world_model.evaluation.{name}', raising=False)
    monkeypatch.setitem(sys.modules, 'torch', None)
    assert main(['evaluate', *command]) == 2
    assert 'geo_world_model[torch]' in capsys.readouterr().err


def test_training_without_torch_is_refused_with_the_reason(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith('geo_world_model.training.')
                 and not name.endswith('__main__')]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, 'torch', None)
    assert train(['config/training/cpu.yaml']) == 2
    assert 'geo_world_model[torch]' in capsys.readouterr().err


def test_the_suite_of_generators_says_that_it_needs_pytest(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'pytest', None)
    assert check_generator(['structure']) == 2
    assert 'pip install pytest' in capsys.readouterr().err
