# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The thinned whole cloud on ~/map."""

from rclpy.event_handler import PublisherEventCallbacks
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header

from geo_world_model.nodes import messages, qos


class MapPublisher:
    """
    Publishes the map when the world has changed and somebody listens.

    frame: its frame_id; on_listener(): called when a subscriber has come, so that it need not wait
    for a change.
    """

    def __init__(self, node, frame, on_listener):
        self._node, self._frame = node, frame
        self._published = None
        self.publisher = node.create_publisher(
            PointCloud2, '~/map', qos.LATCHED,
            event_callbacks=PublisherEventCallbacks(matched=lambda event: on_listener()))

    def publish(self, world, most_points):
        """Publish at most so many points of a World, unless it is the map published last."""
        state = world.id, world.revision, world.version, most_points
        if state == self._published or not self.publisher.get_subscription_count():
            return
        self._published = state
        xyz, rgb, _ = world.thinned_cloud(most_points)
        header = Header(stamp=self._node.get_clock().now().to_msg(), frame_id=self._frame)
        self.publisher.publish(messages.cloud_message(xyz, rgb, header))
