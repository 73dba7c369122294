# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""cache_node: poses in, views out; owns the world, needs no GPU and never waits for one."""

import os
import sys
import threading
from pathlib import Path

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy import get_rmw_implementation_identifier
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import UInt8MultiArray
from std_srvs.srv import Trigger

from geo_world_model.config import WorldConfig
from geo_world_model.errors import GeoWorldModelError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.nodes import channel, messages, qos
from geo_world_model.nodes.complaints import Complaints
from geo_world_model.nodes.diagnostics import Diagnostics, WALL_CLOCK
from geo_world_model.nodes.items import PoseItem, SeedItem
from geo_world_model.nodes.parameters import CacheNodeParameters, declare, help_text
from geo_world_model.nodes.processes import PROFILES, PROFILES_VARIABLE
from geo_world_model.nodes.publishing import MapPublisher, ViewPublisher
from geo_world_model.nodes.seed_input import SeedInput
from geo_world_model.nodes.spinning import run_node
from geo_world_model.nodes.subscriptions import subscribe_to_any
from geo_world_model.nodes.view_server import ViewServer
from geo_world_model.world import World

_FAULTS = ('world', 'internal')
_NEWS = ('seed', 'later_seed')
_LONGEST_SAVE_S = 10.0


class CacheNode(Node):
    """The ROS face of a world; everything slow happens on the view server's thread."""

    def __init__(self, **arguments):
        super().__init__('cache_node', **arguments)
        self.settings = s = declare(self, CacheNodeParameters)
        self._complaints = Complaints(self.get_logger())
        self._camera = self._camera_from_settings()
        lockstep = s.mode == 'lockstep'
        self._path = Path(s.world_file).expanduser().absolute()
        world = World.open(self._path, config=WorldConfig(level_seed=s.seed_level))
        self._views = ViewPublisher(self, qos.VIEW_LOCKSTEP if lockstep else qos.VIEW,
                                    s.camera_frame, s.map_frame, s.publish_tf)
        self._map = MapPublisher(self, s.map_frame, s.map_max_points, self._request_map)
        self._requests = self.create_publisher(UInt8MultiArray, channel.REQUEST_TOPIC,
                                               qos.CHANNEL)
        self.server = ViewServer(
            world, lockstep=lockstep, deadline=s.deadline_ms * 1e-3, timeout=s.request_timeout_s,
            most_refusals=s.refusals_before_classical,
            publish=lambda item, view: self._views.publish(item.stamp_ns, view),
            send=self._send_request, report=self._report)
        self._seed = SeedInput(s.seed_camera_height, s.map_frame, s.seed_wait_s,
                               self._complaints.add, self.server.put_seed)
        self._make_subscriptions(qos.POSE_LOCKSTEP if lockstep else qos.POSE)
        self.create_service(Trigger, '~/save', self._on_save)
        self.create_timer(0.1, self._poll_seed, clock=WALL_CLOCK)
        self.create_timer(s.map_period_s, self._request_map, clock=WALL_CLOCK)
        Diagnostics(self, 'cache_node: world', self._complaints, self._read_diagnostics)
        self._jumps = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1),
                          on_clock_change=True),
            post_callback=lambda jump: self.server.forget_stamps())
        self._read_seed_file(world)
        self._log_start(world)
        self.server.start()

    def close(self):
        """End the view server and close the world."""
        self.server.stop()

    def _make_subscriptions(self, pose_qos):
        events = SubscriptionEventCallbacks(incompatible_qos=lambda event: self._complaints.add(
            'camera/pose', 'a publisher offers less than this subscription asks for (policy '
            f'{event.last_policy_kind}): lockstep needs a RELIABLE publisher'))
        self.create_subscription(PoseStamped, 'camera/pose', self._on_pose, pose_qos,
                                 event_callbacks=events)
        for kind, topic, callback in (
                (CameraInfo, 'camera/camera_info', self._on_camera_info),
                (Image, 'seed/image', self._on_seed_image),
                (CameraInfo, 'seed/camera_info', self._seed.on_info),
                (Image, 'seed/depth', self._seed.on_depth),
                (PoseStamped, 'seed/pose', self._seed.on_pose)):
            subscribe_to_any(self, kind, topic, callback)
        self.create_subscription(UInt8MultiArray, channel.ANSWER_TOPIC, self._on_answer,
                                 qos.CHANNEL)
        self.create_subscription(UInt8MultiArray, channel.ABILITIES_TOPIC, self._on_abilities,
                                 qos.LATCHED)

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

    def _on_seed_image(self, message):
        self._seed.on_image(message)
        self._poll_seed()

    def _poll_seed(self):
        self._seed.poll(self.count_publishers('seed/depth'), self.count_publishers('seed/pose'))
        self.server.expect_seed(self._seed.is_coming)

    def _on_save(self, request, response):
        finished, errors = threading.Event(), []

        def save(world):
            try:
                world.cache.log.checkpoint()
            except Exception as error:
                errors.append(error)
            finished.set()

        self.server.put_job(save)
        # poses that come meanwhile wait in the middleware; the world is busy for them anyway
        saved = finished.wait(_LONGEST_SAVE_S)
        response.success = saved and not errors
        response.message = (
            f'everything that was shown is in {self._path}' if response.success else
            f'{self._path} was not gathered into one file: {errors[0] if errors else "busy"}; '
            'everything that was shown is durable in it and the -wal file beside it')
        return response

    def _send_request(self, payload):
        data = np.frombuffer(payload, np.uint8)
        self._requests.publish(UInt8MultiArray(data=messages.byte_array(data)))

    def _report(self, kind, text):
        if kind in _NEWS:
            self.get_logger().info(text, once=kind == 'later_seed')
        elif kind in _FAULTS:
            self.get_logger().error(text, throttle_duration_sec=5.0)
            self._complaints.add(kind, text)
        else:
            self._complaints.add({'no_seed': 'camera/pose'}.get(kind, kind), text)

    def _request_map(self):
        self.server.put_job(self._map.publish)

    def _read_diagnostics(self):
        server, world = self.server, self.server.world
        latencies = np.array(list(server.latencies) or [0.0]) * 1e3
        state = 'no seed yet' if world.is_empty else server.state
        return state != 'ready', state, {
            'mode': self.settings.mode, 'version': world.version, 'points': world.point_count,
            'queue': server.queue_length, 'latency_p50_ms': f'{np.percentile(latencies, 50):.2f}',
            'latency_p99_ms': f'{np.percentile(latencies, 99):.2f}',
            'coverage': f'{server.coverage:.4f}', **server.counters}

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
        self.server.put_seed(SeedItem(self.get_clock().now().nanoseconds, rgb, camera, depth, None,
                                      s.seed_camera_height))

    def _log_start(self, world):
        s = self.settings
        rows = [f'{world} in {self._path}',
                f'mode {s.mode}; views in frame "{s.camera_frame}", poses and ~/map in '
                f'"{s.map_frame}", pose axes {s.pose_axes}; camera '
                f'{self._camera or "from " + self.resolve_topic_name("camera/camera_info")}',
                f'transform {self._views.transform_state}']
        for subscription in self.subscriptions:
            rows.append(f'  in  {subscription.topic_name:32} {subscription.msg_type.__name__:16} '
                        f'{qos.describe(subscription.qos_profile)}')
        for publisher in (*self._views.publishers.values(), self._map.publisher, self._requests):
            rows.append(f'  out {publisher.topic_name:32} {publisher.msg_type.__name__:16} '
                        f'{qos.describe(publisher.qos_profile)}')
        self.get_logger().info('\n'.join(rows))
        if (os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE') == 'LOCALHOST'
                and 'fastrtps' in get_rmw_implementation_identifier()
                and PROFILES_VARIABLE not in os.environ):
            self.get_logger().warning(
                'discovery is limited to this machine: Fast DDS then ignores '
                'FASTDDS_BUILTIN_TRANSPORTS and images arrive late or not at all; set '
                f'{PROFILES_VARIABLE}={PROFILES} for this node and whoever takes its images')


def _camera(fx, fy, cx, cy, width, height):
    """Camera of parameters: fy 0 is fx, a principal point of -1 is the middle."""
    return PinholeCamera(fx, fy or fx, (width - 1) / 2 if cx == -1.0 else cx,
                         (height - 1) / 2 if cy == -1.0 else cy, width, height)


def main(arguments=None):
    """Entry point of cache_node; returns the exit status."""
    return run_node(CacheNode, help_text('cache_node', CacheNodeParameters), arguments)


if __name__ == '__main__':
    sys.exit(main())
