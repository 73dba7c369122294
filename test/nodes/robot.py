# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The other side of the topics: publishes poses and seeds, collects what comes back."""

import threading
import time
from collections import defaultdict

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from geo_world_model.nodes import messages

RELIABLE = QoSProfile(history=HistoryPolicy.KEEP_ALL, depth=0,
                      reliability=ReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE,
                     durability=DurabilityPolicy.TRANSIENT_LOCAL)
VIEW_TOPICS = {'image_raw': Image, 'camera_info': CameraInfo, 'depth/image_rect': Image,
               'depth/camera_info': CameraInfo, 'provenance': Image}


class Robot:
    """
    A node in this process with a thread that spins it.

    Messages are kept in `received[topic]` as (time of arrival, message).
    """

    def __init__(self, domain):
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = Node('robot', context=self._context)
        self.received = defaultdict(list)
        self._news = threading.Condition()
        self._publishers = {}
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def listen(self, *topics, qos=RELIABLE, kind=None):
        """Collect topics: those of a view by name, others with their `kind` of message."""
        for topic in topics:
            self.node.create_subscription(
                kind or VIEW_TOPICS[topic], topic,
                lambda message, topic=topic: self._receive(topic, message), qos)

    def listen_to_all(self):
        """Collect every view topic, points, ~/map and diagnostics."""
        self.listen(*VIEW_TOPICS)
        self.listen('points', kind=PointCloud2)
        self.listen('cache_node/map', kind=PointCloud2, qos=LATCHED)
        self.listen_to_diagnostics()

    def listen_to_diagnostics(self):
        """Collect /diagnostics."""
        self.listen('/diagnostics', kind=DiagnosticArray)

    def publish(self, topic, message, qos=RELIABLE, timeout=20.0):
        """Publish once somebody listens; a topic without a listener fails the test."""
        if topic not in self._publishers:
            self._publishers[topic] = self.node.create_publisher(type(message), topic, qos)
        publisher = self._publishers[topic]
        end = time.monotonic() + timeout
        while publisher.get_subscription_count() == 0:
            assert time.monotonic() < end, f'nobody subscribes {topic}'
            time.sleep(0.02)
        publisher.publish(message)

    def send_pose(self, pose, stamp, frame='map'):
        """Publish camera/pose; returns the stamp in ns."""
        self.publish('camera/pose', messages.pose_message(
            pose, frame, rclpy.time.Time(nanoseconds=stamp).to_msg()))
        return stamp

    def send_seed(self, rgb, camera, depth=None, pose=None, stamp=1):
        """Publish a seed: infos, depth and pose first, so that the image completes it."""
        header = Header(frame_id='seed', stamp=rclpy.time.Time(nanoseconds=stamp).to_msg())
        if depth is not None:
            self.publish('seed/depth', messages.image_message(depth, '32FC1', header))
        if pose is not None:
            self.publish('seed/pose', messages.pose_message(pose, 'map', header.stamp))
        self.publish('seed/camera_info', messages.info_message(camera, header))
        self.publish('seed/image', messages.image_message(rgb, 'rgb8', header))

    def wait(self, condition, timeout=30.0, what='what was waited for'):
        """Wait until condition() is true."""
        end = time.monotonic() + timeout
        with self._news:
            while not condition():
                left = end - time.monotonic()
                assert left > 0, f'{what} did not come within {timeout:g} s; received ' + str(
                    {topic: len(found) for topic, found in self.received.items()})
                self._news.wait(min(left, 0.2))

    def stamps(self, topic):
        """Stamps (ns) of what came on a topic, in order."""
        return [messages.stamp_ns(m.header.stamp) for _, m in list(self.received[topic])]

    def message(self, topic, stamp):
        """Return the message of a topic with a stamp (ns); None when it has not come."""
        for _, message in reversed(list(self.received[topic])):
            if messages.stamp_ns(message.header.stamp) == stamp:
                return message
        return None

    def views(self, stamps, timeout=30.0):
        """
        Wait for the views of some stamps on every listened view topic.

        Returns {stamp: {topic: message}}.
        """
        topics = [topic for topic in VIEW_TOPICS if self._listens(topic)]
        self.wait(lambda: all(self.message(topic, stamp) for stamp in stamps for topic in topics),
                  timeout, f'views of {len(stamps)} poses')
        return {stamp: {topic: self.message(topic, stamp) for topic in topics}
                for stamp in stamps}

    def view(self, pose, stamp, timeout=30.0):
        """Send a pose and return its view, {topic: message}."""
        self.send_pose(pose, stamp)
        return self.views([stamp], timeout)[stamp]

    def diagnostic(self, key):
        """Return the latest value of a diagnostics key of any of our statuses, or None."""
        for _, array in reversed(list(self.received['/diagnostics'])):
            for status in array.status:
                for pair in status.values:
                    if pair.key == key:
                        return pair.value
        return None

    def close(self):
        """End the node and its participant."""
        self._executor.shutdown()
        self._thread.join(5.0)
        self.node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def _listens(self, topic):
        name = self.node.resolve_topic_name(topic)
        return any(s.topic_name == name for s in self.node.subscriptions)

    def _receive(self, topic, message):
        with self._news:
            self.received[topic].append((time.perf_counter(), message))
            self._news.notify_all()

    def _spin(self):
        try:
            self._executor.spin()
        except ExternalShutdownException:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
