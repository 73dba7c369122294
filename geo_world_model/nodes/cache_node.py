# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""cache_node: poses in, views out; owns the world, needs no GPU and never waits for one."""

import sys
import time
from pathlib import Path

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import PoseStamped
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header, UInt8MultiArray
from std_srvs.srv import Trigger

from geo_world_model.config import WorldConfig
from geo_world_model.errors import GeoWorldModelError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.nodes import channel, messages, qos
from geo_world_model.nodes.complaints import Complaints
from geo_world_model.nodes.parameters import CacheNodeParameters, declare
from geo_world_model.nodes.seed_input import SeedInput
from geo_world_model.nodes.spinning import run_node
from geo_world_model.nodes.view_server import PoseItem, SeedItem, ViewServer
from geo_world_model.world import World

_FAULTS = ('world', 'internal')
_NEWS = ('seed',)


class CacheNode(Node):
    """The ROS face of a world; everything slow happens on the view server's thread."""

    def __init__(self, **arguments):
        super().__init__('cache_node', **arguments)
        self.settings = declare(self, CacheNodeParameters)
        self._complaints = Complaints(self.get_logger())
        self._camera = self._camera_from_settings()
        self._map_version = None
        lockstep = self.settings.mode == 'lockstep'
        world = World.open(Path(self.settings.world_file).expanduser(),
                           config=WorldConfig(level_seed=self.settings.seed_level))
        self._make_publishers(qos.VIEW_LOCKSTEP if lockstep else qos.VIEW)
        self.server = ViewServer(
            world, lockstep=lockstep, deadline=self.settings.deadline_ms * 1e-3,
            timeout=self.settings.request_timeout_s,
            most_refusals=self.settings.refusals_before_classical, publish=self._publish_view,
            send=self._send_request, report=self._report)
        self._seed = SeedInput(self.settings.seed_camera_height, self.settings.map_frame,
                               self.settings.seed_wait_s, self._complaints.add,
                               self.server.put_seed)
        self._make_subscriptions(qos.POSE_LOCKSTEP if lockstep else qos.POSE)
        self.create_service(Trigger, '~/save', self._on_save)
        self.create_timer(0.2, self._poll_seed)
        self.create_timer(1.0, self._publish_diagnostics)
        self.create_timer(self.settings.map_period_s, self._request_map)
        self._read_seed_file(world)
        self._log_start(world)
        self.server.start()
        self._request_map()

    def close(self):
        """End the view server and close the world."""
        if hasattr(self, 'server') and self.server is not None:
            self.server.stop()
            self.server = None

    def _make_publishers(self, view_qos):
        types = {'image_raw': Image, 'camera_info': CameraInfo, 'depth/image_rect': Image,
                 'depth/camera_info': CameraInfo, 'points': PointCloud2, 'provenance': Image}
        self._views = {topic: self.create_publisher(kind, topic, view_qos)
                       for topic, kind in types.items()}
        self._map = self.create_publisher(PointCloud2, '~/map', qos.LATCHED)
        self._requests = self.create_publisher(UInt8MultiArray, channel.REQUEST_TOPIC,
                                               qos.CHANNEL)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', 10)

    def _make_subscriptions(self, pose_qos):
        seed = self._seed
        events = SubscriptionEventCallbacks(incompatible_qos=lambda event: self._complaints.add(
            'camera/pose', 'a publisher offers less than this subscription asks for (policy '
            f'{event.last_policy_kind}): lockstep needs a RELIABLE publisher'))
        for kind, topic, callback, profile, more in (
                (PoseStamped, 'camera/pose', self._on_pose, pose_qos,
                 {'event_callbacks': events}),
                (CameraInfo, 'camera/camera_info', self._on_camera_info, qos.INPUT, {}),
                *((kind, topic, callback, profile, {})
                  for kind, topic, callback in (
                      (Image, 'seed/image', seed.on_image),
                      (CameraInfo, 'seed/camera_info', seed.on_info),
                      (Image, 'seed/depth', seed.on_depth),
                      (PoseStamped, 'seed/pose', seed.on_pose))
                  # one for whoever publishes continuously, one for whoever latches a single seed
                  for profile in (qos.INPUT, qos.LATCHED)),
                (UInt8MultiArray, channel.ANSWER_TOPIC, self._on_answer, qos.CHANNEL, {}),
                (UInt8MultiArray, channel.ABILITIES_TOPIC, self._on_abilities, qos.LATCHED, {})):
            self.create_subscription(kind, topic, callback, profile, **more)

    def _on_pose(self, message):
        if self._camera is None:
            self._complaints.add('camera/pose', 'a pose came, but the camera of the views is '
                                 'unknown: publish camera/camera_info or set camera_width, '
                                 'camera_height and camera_fx')
            return
        try:
            pose = messages.pose_from_message(message, self.settings.map_frame,
                                              self.settings.pose_axes)
        except GeoWorldModelError as error:
            self._complaints.add('camera/pose', str(error))
            return
        self.server.put_pose(PoseItem(messages.stamp_ns(message.header.stamp), pose,
                                      self._camera))

    def _on_camera_info(self, message):
        if self.settings.camera_width:
            return
        try:
            self._camera = messages.camera_from_info(message)
        except GeoWorldModelError as error:
            self._complaints.add('camera/camera_info', str(error))

    def _on_answer(self, message):
        self.server.put_answer(bytes(message.data))

    def _on_abilities(self, message):
        try:
            abilities = channel.decode_abilities(message.data)
        except GeoWorldModelError as error:
            self._complaints.add(channel.ABILITIES_TOPIC, str(error))
            return
        names = ', '.join(f'{a.name} ({"/".join(a.tasks)})' for a in abilities)
        self.get_logger().info(f'world model: {names}')
        self.server.put_abilities(abilities)

    def _poll_seed(self):
        self._seed.poll(self.count_publishers('seed/depth'), self.count_publishers('seed/pose'))

    def _on_save(self, request, response):
        path = Path(self.settings.world_file).expanduser().absolute()
        self.server.put_job(lambda world: world.cache.log.checkpoint())
        response.success = True
        response.message = f'everything shown is durable already; gathering it in {path}'
        return response

    def _publish_view(self, item, view):
        seconds, nanoseconds = divmod(item.stamp_ns, 10 ** 9)
        header = Header(stamp=Time(sec=seconds, nanosec=nanoseconds),
                        frame_id=self.settings.camera_frame)
        make = {'image_raw': lambda: messages.image_message(view.rgb, 'rgb8', header),
                'camera_info': lambda: messages.info_message(view.camera, header),
                'depth/image_rect': lambda: messages.image_message(view.depth, '32FC1', header),
                'depth/camera_info': lambda: messages.info_message(view.camera, header),
                'provenance': lambda: messages.image_message(view.provenance, 'mono8', header),
                'points': lambda: messages.view_cloud_message(view, header)}
        for topic, build in make.items():
            if self._views[topic].get_subscription_count():
                self._views[topic].publish(build())

    def _send_request(self, payload):
        data = np.frombuffer(payload, np.uint8)
        self._requests.publish(UInt8MultiArray(data=messages.byte_array(data)))

    def _report(self, kind, text):
        if kind in _NEWS:
            self.get_logger().info(text)
        elif kind in _FAULTS:
            self.get_logger().error(text, throttle_duration_sec=5.0)
            self._complaints.add(kind, text)
        else:
            self._complaints.add({'no_seed': 'camera/pose'}.get(kind, kind), text)

    def _request_map(self):
        self.server.put_job(self._publish_map)

    def _publish_map(self, world):
        if world.version == self._map_version:
            return
        self._map_version = world.version
        xyz, rgb, _ = world.thinned_cloud(self.settings.map_max_points)
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=self.settings.map_frame)
        self._map.publish(messages.cloud_message(xyz, rgb, header))

    def _publish_diagnostics(self):
        server, world = self.server, self.server.world
        latency = np.array(server.latencies) * 1e3 if server.latencies else np.zeros(1)
        complaints = self._complaints.total()
        status = DiagnosticStatus(name='cache_node: world', hardware_id='geo_world_model')
        waiting = server.state != 'ready'
        status.level = (DiagnosticStatus.WARN if complaints or waiting or world.is_empty
                        else DiagnosticStatus.OK)
        status.message = 'no seed yet' if world.is_empty else server.state
        values = {'mode': self.settings.mode, 'version': world.version,
                  'points': world.point_count, 'queue': server.queue_length,
                  'latency_p50_ms': f'{np.percentile(latency, 50):.2f}',
                  'latency_p99_ms': f'{np.percentile(latency, 99):.2f}',
                  'coverage': f'{server.coverage:.4f}', **server.counters}
        values.update({f'complaints {kind}': count
                       for kind, count in self._complaints.counts.items()})
        status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
        array = DiagnosticArray(status=[status])
        array.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(array)

    def _camera_from_settings(self):
        s = self.settings
        if not s.camera_width:
            return None
        return _camera(s.camera_fx, s.camera_fy, s.camera_cx, s.camera_cy, s.camera_width,
                       s.camera_height)

    def _read_seed_file(self, world):
        s = self.settings
        if not s.seed_image:
            return
        if not world.is_empty:
            self.get_logger().info(f'{s.world_file} holds a world already; seed_image is not read')
            return
        from geo_world_model.datasets.images import read_depth, read_rgb
        rgb = read_rgb(Path(s.seed_image).expanduser())
        depth = None
        if s.seed_depth:
            depth = read_depth(Path(s.seed_depth).expanduser(), s.seed_depth_scale)
        camera = _camera(s.seed_fx, s.seed_fy, s.seed_cx, s.seed_cy, rgb.shape[1], rgb.shape[0])
        self.server.put_seed(SeedItem(time.time_ns(), rgb, camera, depth, None,
                                      s.seed_camera_height))

    def _log_start(self, world):
        s = self.settings
        rows = [f'{world} in {Path(s.world_file).expanduser().absolute()}',
                f'mode {s.mode}; views in frame "{s.camera_frame}", poses and ~/map in '
                f'"{s.map_frame}", pose axes {s.pose_axes}; camera '
                f'{self._camera or "from " + self.resolve_topic_name("camera/camera_info")}',
                'TF of the optical frame is not published: tf2_msgs is not used']
        for subscription in self.subscriptions:
            rows.append(f'  in  {subscription.topic_name:32} {subscription.msg_type.__name__:16} '
                        f'{qos.describe(subscription.qos_profile)}')
        for publisher in (*self._views.values(), self._map, self._requests):
            rows.append(f'  out {publisher.topic_name:32} {publisher.msg_type.__name__:16} '
                        f'{qos.describe(publisher.qos_profile)}')
        self.get_logger().info('\n'.join(rows))


def _camera(fx, fy, cx, cy, width, height):
    """Camera of parameters: fy 0 is fx, a principal point of -1 is the middle."""
    return PinholeCamera(fx, fy or fx, (width - 1) / 2 if cx == -1.0 else cx,
                         (height - 1) / 2 if cy == -1.0 else cy, width, height)


def main(arguments=None):
    """Entry point of cache_node; returns the exit status."""
    return run_node(CacheNode, arguments)


if __name__ == '__main__':
    sys.exit(main())
