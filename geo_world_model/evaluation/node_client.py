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
POINTS = 'points'


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


def stamp_of(number):
    """Return the stamp of the number-th pose, ns: a second, and a millisecond for each."""
    return 10 ** 9 + number * 10 ** 6


def cache_parameters(world_file, camera, **others):
    """Return parameters of a cache_node that shows a world file by a PinholeCamera."""
    return {**dict(world_file=world_file, mode='realtime', camera_width=camera.width,
                   camera_height=camera.height, camera_fx=camera.fx, camera_cx=camera.cx,
                   camera_cy=camera.cy), **others}


class NodeClient:
    """
    Spins beside its clock, so that the node is measured and not the client.

    domain: ROS_DOMAIN_ID; keep(stamp_ns, views): called on the spinning thread with a dict of the
    messages of IMAGES once all of a stamp are there; on_image(stamp_ns, topic, message): called
    there for each of them; lockstep: the profiles of lockstep; points: take the topic points too.
    Close it, or use it as a context manager.
    """

    def __init__(self, domain, keep=None, on_image=None, lockstep=False, points=False):
        import rclpy
        from diagnostic_msgs.msg import DiagnosticArray
        from geometry_msgs.msg import PoseStamped
        from rclpy.executors import SingleThreadedExecutor
        from sensor_msgs.msg import CameraInfo, Image, PointCloud2
        from geo_world_model.nodes import messages, qos
        self._messages, self._keep, self._on_image = messages, keep, on_image
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = rclpy.create_node('benchmark_client', context=self._context)
        self.sent, self._arrived, self._views = {}, {}, {}
        #: Stamps in the order in which image_raw came.
        self.order = []
        #: What cache_node said last of itself on /diagnostics, by name.
        self.status = {}
        kinds = {topic: CameraInfo if 'info' in topic else Image for topic in TOPICS}
        for topic, kind in {**kinds, **({POINTS: PointCloud2} if points else {})}.items():
            self._node.create_subscription(kind, topic, lambda m, t=topic: self._take(t, m),
                                           qos.VIEW_LOCKSTEP if lockstep else qos.VIEW)
        self._node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
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

    def send(self, number, pose, stamp_ns=None):
        """Publish a pose with the stamp of `number`, or another one; returns the stamp, ns."""
        from builtin_interfaces.msg import Time
        stamp_ns = stamp_ns or stamp_of(number)
        message = self._messages.pose_message(pose, 'map', Time(
            sec=stamp_ns // 10 ** 9, nanosec=stamp_ns % 10 ** 9))
        self.sent.setdefault(stamp_ns, time.perf_counter())
        self._poses.publish(message)
        return stamp_ns

    def has(self, stamp_ns, topics=TOPICS):
        """Whether all of the topics of a view have come."""
        arrived = self._arrived.get(stamp_ns, ())
        return all(topic in arrived for topic in topics)

    def wait_for(self, stamps, seconds, topics=TOPICS):
        """Wait until the views of all stamps are there; returns whether they are."""
        return wait(lambda: all(self.has(stamp, topics) for stamp in stamps), seconds)

    def seconds(self, stamp_ns, topics=TOPICS):
        """Seconds from the (first) sending of a pose to the last of the topics of its view."""
        arrived = self._arrived[stamp_ns]
        return max(arrived[topic] for topic in topics) - self.sent[stamp_ns]

    def counters(self, *names):
        """Return whole numbers that cache_node has counted, as it said them last, by name."""
        return {name: int(self.status.get(name, 0)) for name in names}

    def forget(self, stamps):
        """Drop what is known of stamps."""
        for stamp in stamps:
            for known in (self.sent, self._arrived, self._views):
                known.pop(stamp, None)

    def statistics(self, stamps, topics=TOPICS):
        """Return sent, lost, places of the first and last lost, and ms p50, p99, max."""
        there = [stamp for stamp in stamps if self.has(stamp, topics)]
        lost = [place for place, stamp in enumerate(stamps) if not self.has(stamp, topics)]
        result = {'sent': len(stamps), 'lost': len(lost), 'lost_at': lost[:1] + lost[1:][-1:]}
        if there:
            ms = np.array([self.seconds(stamp, topics) for stamp in there]) * 1e3
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
        if topic == IMAGES[0]:
            self.order.append(stamp)
        if self._on_image is not None and topic in IMAGES:
            self._on_image(stamp, topic, message)
        if self._keep is not None and topic in IMAGES:
            views = self._views.setdefault(stamp, {})
            views[topic] = message
            if len(views) == len(IMAGES):
                self._keep(stamp, self._views.pop(stamp))
        self._arrived.setdefault(stamp, {})[topic] = now

    def _on_diagnostics(self, message):
        for status in message.status:
            if status.name == 'cache_node: world':
                self.status = {value.key: value.value for value in status.values}


def wait(condition, seconds):
    """Wait until condition() holds; returns whether it does."""
    end = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > end:
            return False
        time.sleep(0.02)
    return True
