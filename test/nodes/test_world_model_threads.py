# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A world model has one generator's thread, however often it is configured."""

import threading
from types import SimpleNamespace

import pytest

rclpy = pytest.importorskip('rclpy', reason='rclpy is not installed: pip install ".[ros]"')

from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402

from geo_world_model.generators.interface import Abilities  # noqa: E402
from geo_world_model.nodes import world_model_node  # noqa: E402
from geo_world_model.nodes.channel import Ticket  # noqa: E402


class Slow:
    """Answers when it is let go."""

    abilities = Abilities('slow', ('complete', 'lift'))

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()

    def complete(self, request):
        self.begun.set()
        assert self.go_on.wait(20.0)


def generator_threads():
    return [thread for thread in threading.enumerate() if thread.name == 'generator']


def test_a_node_is_not_configured_again_before_its_old_request_has_ended(domain, monkeypatch):
    slow, sent = Slow(), []
    monkeypatch.setattr(world_model_node, 'create_generator', lambda name: slow)
    monkeypatch.setattr(world_model_node, '_LAST_REQUEST_S', 0.05)
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domain,
               args=['--ros-args', '-p', 'autostart:=false'])
    node = world_model_node.WorldModelNode(context=context)
    monkeypatch.setattr(node, '_publish', lambda publisher, payload: sent.append(payload))
    try:
        node.trigger_configure()
        with node._ready:
            node._waiting['w'] = Ticket(1, 'w', 1), SimpleNamespace(task='complete', ahead=())
            node._ready.notify()
        assert slow.begun.wait(20.0)
        node.trigger_cleanup()
        assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
        [old] = generator_threads()
        slow.go_on.set()
        old.join(20.0)
        assert not old.is_alive() and not sent  # its topic is gone
        assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert len(generator_threads()) == 1
    finally:
        slow.go_on.set()
        node.close()
        node.destroy_node()
        rclpy.shutdown(context=context)
    assert not generator_threads()
