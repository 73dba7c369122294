# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A robot's side of the topics: publishes seeds and poses, collects views."""

import time

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import OccupancyGrid
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from geo_world_model.nodes import messages, qos

TOPICS = {'image_raw': Image, 'camera_info': CameraInfo, 'depth/image_rect': Image,
          'depth/camera_info': CameraInfo, 'points': PointCloud2, 'provenance': Image}


class Client:
    """One node in its own context on a domain; spin() until something is there."""

    def __init__(self, domain, topics=tuple(TOPICS), lockstep=False, poses=PoseStamped):
        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = rclpy.create_node('client', context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        profile = qos.VIEW_LOCKSTEP if lockstep else qos.VIEW
        self.received = {topic: {} for topic in topics}
        self._endpoints = {}
        self.order = []
        self.diagnostics = {}
        self.maps = []
        self.grids = []
        for topic in topics:
            self.node.create_subscription(TOPICS[topic], topic,
                                          lambda m, t=topic: self._take(t, m), profile)
        self.node.create_subscription(PointCloud2, '/cache_node/map', self.maps.append,
                                      qos.LATCHED)
        self.node.create_subscription(OccupancyGrid, '/cache_node/occupancy_grid',
                                      self.grids.append, qos.LATCHED)
        self.node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        self.poses = self.node.create_publisher(poses, 'camera/pose', qos.POSE_LOCKSTEP)
        self.seeds = {kind: self.node.create_publisher(message, f'seed/{kind}', 5)
                      for kind, message in (('image', Image), ('camera_info', CameraInfo),
                                            ('depth', Image), ('pose', PoseStamped))}

    def _take(self, topic, message):
        stamp = messages.stamp_ns(message.header.stamp)
        if topic == 'image_raw':
            self.order.append(stamp)
        self.received[topic][stamp] = message

    def _on_diagnostics(self, message):
        for status in message.status:
            self.diagnostics[status.name] = {v.key: v.value for v in status.values}
            self.diagnostics[status.name]['message'] = status.message

    def spin(self, seconds, until=None):
        """Spin for at most so long; returns whether `until()` came true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.02)
            if until is not None and until():
                return True
        return False

    def connect(self, seconds=90.0):
        """
        Wait until a cache_node listens to poses and publishes views.

        Called again after a restart it waits for the new one: those that were killed stay in the
        graph for a while.
        """
        publishers = [self.poses, *self.seeds.values()]
        known, self._endpoints = self._endpoints, {}

        def connected():
            self._endpoints = self._find_endpoints()
            return (all(p.get_subscription_count() for p in publishers)
                    and all(self._endpoints[t] - known.get(t, set()) for t in self._endpoints))

        assert self.spin(seconds, connected), self._endpoints
        self.spin(0.3)  # what this side has found, the other side finds a moment later

    def _find_endpoints(self):
        found = {topic: self.node.get_publishers_info_by_topic(f'/{topic}')
                 for topic in self.received}
        found['camera/pose'] = self.node.get_subscriptions_info_by_topic('/camera/pose')
        return {topic: {bytes(info.endpoint_gid) for info in infos}
                for topic, infos in found.items()}

    def header(self, number, frame='map'):
        return Header(stamp=Time(sec=1 + number // 1000, nanosec=number % 1000 * 10 ** 6),
                      frame_id=frame)

    def send_seed(self, rgb, camera, depth=None, pose=None):
        header = self.header(0, 'seed_optical_frame')
        if depth is not None:
            self.seeds['depth'].publish(messages.image_message(depth, '32FC1', header))
        if pose is not None:
            self.seeds['pose'].publish(messages.pose_message(pose, 'map', header.stamp))
        self.seeds['camera_info'].publish(messages.info_message(camera, header))
        self.seeds['image'].publish(messages.image_message(rgb, 'rgb8', header))

    def send_pose(self, number, pose, frame='map'):
        """Publish a pose with a stamp made of `number`; returns the stamp, ns."""
        message = messages.pose_message(pose, frame, self.header(number).stamp)
        self.poses.publish(message)
        return messages.stamp_ns(message.header.stamp)

    def ask(self, number, pose, seconds=90.0):
        """Send a pose and wait for its view: dict of topic to message."""
        stamp = self.send_pose(number, pose)
        arrived = self.spin(seconds, lambda: all(stamp in r for r in self.received.values()))
        assert arrived, {t: len(r) for t, r in self.received.items()}
        return {topic: r[stamp] for topic, r in self.received.items()}

    def close(self):
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)


def provenance(view):
    return np.frombuffer(view['provenance'].data, np.uint8)


def pixels(view):
    """Bytes of everything in a view that must come back the same."""
    return tuple(bytes(view[t].data) for t in ('image_raw', 'depth/image_rect', 'provenance'))
