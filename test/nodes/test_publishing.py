# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import time

import rclpy
from rclpy.context import Context

from geo_world_model.nodes import qos
from geo_world_model.nodes.publishing import ViewPublisher


def test_subscriptions_are_counted_until_the_context_ends_and_none_are_there_then(domain):
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = rclpy.create_node('views', context=context)
    views = ViewPublisher(node, '', qos.VIEW, 'camera', None, lambda: 'jpeg', lambda: 0.0)
    node.create_subscription(views.publishers['points'].msg_type, 'points', print, qos.VIEW)
    end = time.monotonic() + 20.0
    while views.count_subscriptions() == 0 and time.monotonic() < end:
        time.sleep(0.01)
    assert views.count_subscriptions() == 1
    context.shutdown()
    assert views.count_subscriptions() == 0
    node.destroy_node()
