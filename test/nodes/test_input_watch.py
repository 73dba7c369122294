# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from geo_world_model.nodes import qos  # noqa: E402
from geo_world_model.nodes.input_watch import InputWatch  # noqa: E402


def test_a_rate_begins_at_nothing_when_a_node_is_activated_again():
    watch = InputWatch(None)
    watch.expect('camera/pose', object, qos.POSE)
    for _ in range(3):
        watch.heard('camera/pose')
    assert watch.rates()['camera/pose'] > 0
    watch.forget()
    watch.expect('camera/pose', object, qos.POSE)
    assert watch.rates() == {'camera/pose': 0.0}
