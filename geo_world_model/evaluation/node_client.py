# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A robot for benchmarks: sends poses to a cache_node over DDS and notes when its views come."""

import os
import threading
import time

import numpy as np

from geo_world_model.errors import GeoWorldModelError

IMAGES = ('image_raw', 'depth/image_rect', 'provenance')
TOPICS = IMAGES + ('camera_info', 'depth/camera_info')


def free_domain():
    """
    Return a ROS_DOMAIN_ID for the processes of a benchmark; this process may join it.

    Must come before the first participant of this process: it sets the environment of the nodes.
    """
    from geo_world_model.nodes.processes import node_environment, PROFILES_VARIABLE
    domain = 100 + os.getpid() % 100
    for name in ('ROS_AUTOMATIC_DISCOVERY_RANGE', PROFILES_VARIABLE):
        os.environ[name] = node_environment(domain)[name]
    return domain


def cache_parameters(world_file, camera, **others):
    """Return parameters of a cache_node that shows a world file by a PinholeCamera."""
    return dict(world_file=world_file, mode='realtime', camera_width=camera.width,
                camera_height=camera.height, camera_fx=camera.fx, camera_cx=camera.cx,
                camera_cy=camera.cy, **others)


class NodeClient:
    """
    Spins beside its clock, so that the node is measured and not the client.

    domain: ROS_DOMAIN_ID; keep(stamp_ns, views): called on the spinning thread with a dict of the
    messages of IMAGES once all of a stamp are there; None: only the times are kept. lockstep: the
    profiles of lockstep. Close it, or use it as a context manager.
    """

    def __init__(self, domain, keep=None, lockstep=False):
        import rclpy
        from geometry_msgs.msg import PoseStamped
        from rclpy.executors import SingleThreadedExecutor
        from sensor_msgs.msg import CameraInfo, Image
        from geo_world_model.nodes import messages, qos
        self._messages, self._keep = messages, keep
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = rclpy.create_node('benchmark_client', context=self._context)
        self.sent, self._arrived, self._views = {}, {}, {}
        for topic in TOPICS:
            self._node.create_subscription(
                CameraInfo if 'info' in topic else Image, topic,
                lambda m, t=topic: self._take(t, m), qos.VIEW_LOCKSTEP if lockstep else qos.VIEW)
        self._poses = self._node.create_publisher(
            PoseStamped, 'camera/pose', qos.POSE_LOCKSTEP if lockstep else 5)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def connect(self, seconds=20.0):
        """Wait until a node takes poses and offers all topics; GeoWorldModelError otherwise."""
        if not wait(lambda: self._poses.get_subscription_count() and all(
                self._node.count_publishers(topic) for topic in TOPICS), seconds):
            raise GeoWorldModelError(f'no cache_node was found within {seconds:g} s')
        time.sleep(1.0)  # what this side has found, the other side finds a moment later

    def send(self, number, pose):
        """Publish a pose with a stamp made of `number`; returns the stamp, ns."""
        from builtin_interfaces.msg import Time
        stamp = Time(sec=1 + number // 1000, nanosec=number % 1000 * 10 ** 6)
        stamp_ns = self._messages.stamp_ns(stamp)
        message = self._messages.pose_message(pose, 'map', stamp)
        self.sent.setdefault(stamp_ns, time.perf_counter())
        self._poses.publish(message)
        return stamp_ns

    def has(self, stamp_ns):
        """Whether all topics of a view have come."""
        return len(self._arrived.get(stamp_ns, ())) == len(TOPICS)

    def wait_for(self, stamps, seconds):
        """Wait until the views of all stamps are there; returns whether they are."""
        return wait(lambda: all(map(self.has, stamps)), seconds)

    def seconds(self, stamp_ns):
        """Seconds from the (first) sending of a pose to the last image of its view."""
        return max(self._arrived[stamp_ns].values()) - self.sent[stamp_ns]

    def forget(self, stamps):
        """Drop what is known of stamps."""
        for stamp in stamps:
            for known in (self.sent, self._arrived, self._views):
                known.pop(stamp, None)

    def statistics(self, stamps):
        """Return sent, lost, places of the first and last lost, and ms p50, p99, max."""
        there = [stamp for stamp in stamps if self.has(stamp)]
        lost = [place for place, stamp in enumerate(stamps) if not self.has(stamp)]
        result = {'sent': len(stamps), 'lost': len(lost), 'lost_at': lost[:1] + lost[1:][-1:]}
        if there:
            ms = np.array([self.seconds(stamp) for stamp in there]) * 1e3
            result.update({name: round(float(value), 1) for name, value in (
                ('p50_ms', np.percentile(ms, 50)), ('p99_ms', np.percentile(ms, 99)),
                ('max_ms', ms.max()))})
        return result

    def close(self):
        """Leave the domain."""
        import rclpy
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def _take(self, topic, message):
        now = time.perf_counter()
        stamp = self._messages.stamp_ns(message.header.stamp)
        if self._keep is not None and topic in IMAGES:
            views = self._views.setdefault(stamp, {})
            views[topic] = message
            if len(views) == len(IMAGES):
                self._keep(stamp, self._views.pop(stamp))
        self._arrived.setdefault(stamp, {})[topic] = now


def wait(condition, seconds):
    """Wait until condition() holds; returns whether it does."""
    end = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > end:
            return False
        time.sleep(0.02)
    return True
