# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong while a node gets ready does not keep its world from being shown."""

import rclpy

from geo_world_model.nodes import cache_node


def test_a_rehearsal_that_fails_for_no_foreseen_reason_is_said_and_the_node_goes_on(
        domain, tmp_path, monkeypatch):
    def fail(world):
        raise ValueError('no foreseen reason')

    monkeypatch.setattr(cache_node, 'rehearse', fail)
    context = rclpy.Context()
    path = tmp_path / 'world.gwm'
    rclpy.init(context=context, domain_id=domain, args=['--ros-args', '-p', f'world_file:={path}'])
    node = cache_node.CacheNode(context=context)
    try:
        assert node.server.state == 'ready'
        assert node.counts() is not None
    finally:
        node.close()
        node.destroy_node()
        rclpy.shutdown(context=context)
    with cache_node.World.open(path) as world:  # it was given back
        assert world.is_empty
