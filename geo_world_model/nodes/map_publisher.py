# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What is published of the whole world when it has changed: its thinned cloud and its grid."""

from nav_msgs.msg import OccupancyGrid
from rclpy.event_handler import PublisherEventCallbacks
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header

from geo_world_model.geometry.occupancy import floor_height, occupancy_of
from geo_world_model.nodes import messages, qos

#: Points that ~/occupancy_grid is made of at most; of more, every n-th.
GRID_POINTS = 2_000_000


class MapPublisher:
    """
    Publishes ~/map and ~/occupancy_grid, each when the world has changed and somebody listens.

    frame: their frame_id; on_listener(): called when a subscriber has come, so that it need not
    wait for a change.
    """

    def __init__(self, node, frame, on_listener):
        self._node, self._frame = node, frame
        callbacks = PublisherEventCallbacks(matched=lambda event: on_listener())
        self._cloud, self._grid = (
            node.create_publisher(kind, topic, qos.LATCHED, event_callbacks=callbacks)
            for kind, topic in ((PointCloud2, '~/map'), (OccupancyGrid, '~/occupancy_grid')))
        self._published = {}

    def publish(self, world, s):
        """Publish what is new of a World; s: CacheNodeParameters."""
        self._publish(self._cloud, world, _cloud_of, s.map_max_points)
        self._publish(self._grid, world, _grid_of, s.grid_resolution_m, s.grid_lowest_m,
                      s.grid_highest_m, s.grid_least_points)

    def _publish(self, publisher, world, make, *settings):
        state = world.id, world.revision, world.version, *settings
        if state == self._published.get(make) or not publisher.get_subscription_count():
            return
        self._published[make] = state
        header = Header(stamp=self._node.get_clock().now().to_msg(), frame_id=self._frame)
        publisher.publish(make(world, header, *settings))


def _cloud_of(world, header, most_points):
    xyz, rgb, _ = world.thinned_cloud(most_points)
    return messages.cloud_message(xyz, rgb, header)


def _grid_of(world, header, *settings):
    xyz, _, _ = world.thinned_cloud(GRID_POINTS)
    return messages.grid_message(occupancy_of(xyz, *settings, ground=floor_height(xyz)), header)
