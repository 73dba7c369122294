# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a generator of somebody else gives is looked at before it leaves the world model's node."""

import logging
from types import SimpleNamespace

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from geo_world_model.generators.interface import Abilities  # noqa: E402
from geo_world_model.nodes.complaints import Complaints  # noqa: E402
from geo_world_model.nodes.world_model_node import WorldModelNode  # noqa: E402


@pytest.mark.parametrize('answer', [None, {'rgb': 1}, (1, 2, 3)])
def test_what_is_no_answer_is_a_refusal_and_not_the_end_of_the_thread(answer):
    generator = SimpleNamespace(abilities=Abilities('odd', ('complete',)),
                                complete=lambda request: answer)
    node = SimpleNamespace(_by_task={'complete': generator},
                           _settings=SimpleNamespace(candidates=1),
                           _complaints=Complaints(logging.getLogger()))
    refusal = WorldModelNode._complete(node, SimpleNamespace(task='complete', ahead=()))
    assert 'odd' in refusal.reason and 'expected an Answer' in refusal.reason
    assert node._complaints.by_kind() == {'odd': 1}
