# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""cache_node: poses in, views out; owns the world, needs no GPU and never waits for one."""

import sys
from pathlib import Path

import numpy as np
from rclpy.clock import JumpThreshold
from rclpy.duration import Duration
from std_msgs.msg import UInt8MultiArray

from geo_world_model.config import WorldConfig
from geo_world_model.errors import GeoWorldModelError
from geo_world_model.nodes import channel, cloud_points, messages, qos
from geo_world_model.nodes.audience import Audience
from geo_world_model.nodes.camera_settings import declare_cache_node
from geo_world_model.nodes.camera_station import CameraStation, Rig
from geo_world_model.nodes.complaints import Complaints
from geo_world_model.nodes.declaring import follow
from geo_world_model.nodes.diagnostics import Diagnostics, WALL_CLOCK
from geo_world_model.nodes.input_watch import InputWatch
from geo_world_model.nodes.inputs import count_publishers, subscribe_frames, subscribe_poses
from geo_world_model.nodes.managed import ManagedNode
from geo_world_model.nodes.map_publisher import MapPublisher
from geo_world_model.nodes.observe_input import ObserveInput
from geo_world_model.nodes.parameter_files import help_text
from geo_world_model.nodes.parameters import CacheNodeParameters
from geo_world_model.nodes.pose_queue import MOST_WAITING
from geo_world_model.nodes.prediction import Predictor
from geo_world_model.nodes.publishing import ViewPublisher
from geo_world_model.nodes.seed_file import read_seed
from geo_world_model.nodes.seed_input import SeedInput
from geo_world_model.nodes.spinning import run_node
from geo_world_model.nodes.start_table import start_table, warn_of_transports, world_table
from geo_world_model.nodes.status import Status
from geo_world_model.nodes.tf_input import TfInput
from geo_world_model.nodes.tf_output import TfOutput
from geo_world_model.nodes.view_server import ViewServer
from geo_world_model.nodes.world_services import WorldServices
from geo_world_model.warmup import rehearse
from geo_world_model.world import World

_FAULTS = ('world', 'internal')
_NEWS = ('seed', 'later_seed')


class CacheNode(ManagedNode):
    """The ROS face of a world; everything slow happens on the view server's thread."""

    def __init__(self, **arguments):
        super().__init__('cache_node', **arguments)
        self.settings, self._camera_settings = declare_cache_node(self)
        follow(self, self.settings, self._on_settings)
        self._complaints = Complaints(self.get_logger())
        self.server = self._newest = self._jumps = None
        self._listens = self._observes = False
        if self.settings.autostart:
            self.start_by_itself()

    def configure(self):
        """Open the world and offer views, but take no poses yet."""
        s = self.settings
        lockstep = s.mode == 'lockstep'
        profile = qos.VIEW_LOCKSTEP if lockstep else qos.VIEW
        self.watch = InputWatch(self)
        self._predictor = Predictor()
        self._tf = None
        if s.pose_source == 'tf' or s.rig_frame or s.observe_pose == 'tf':
            self._tf = TfInput(self, s.tf_interpolate, self._complaints.add)
        rig = Rig(s.pose_axes, s.rig_frame, self._tf)
        self._stations = [
            CameraStation(self, name, settings, rig, self._complaints.add, self._put_pose,
                          None if lockstep else MOST_WAITING)
            for name, settings in self._camera_settings.items()]
        if self._tf is not None:
            self._tf.when_told(self._poll_stations)
        self._tf_output = None
        if s.publish_tf and s.pose_source != 'tf':
            self._tf_output = TfOutput(self, s.map_frame, [c.frame for c in self._stations])
        self._views = {c.name: ViewPublisher(
            self, c.prefix, profile, c.frame, self._tf_output,
            lambda: self.settings.compressed_format, lambda: self.settings.points_rate_hz)
            for c in self._stations}
        self._map = MapPublisher(self, s.map_frame, self._request_map)
        self._requests = self.create_publisher(UInt8MultiArray, channel.REQUEST_TOPIC,
                                               qos.CHANNEL)
        self.path = Path(s.world_file).expanduser().absolute()
        world = self.open_world(self.path)
        if not world.is_empty:
            # not on the server's thread: poses that came meanwhile would give way to newer ones
            self._rehearse(world)
        self.server = ViewServer(
            world, lockstep=lockstep, deadline=s.deadline_ms * 1e-3,
            timeout=s.request_timeout_s, most_refusals=s.refusals_before_classical,
            publish=lambda item, view: self._views[item.source].publish(item.stamp_ns, view),
            send=self._send_request, report=self._report,
            audience=Audience(self._count_subscriptions, s.subscriber_wait_s, self._report))
        self._make_observe_and_seed()
        WorldServices(self)
        Diagnostics(self, 'cache_node: world', self._complaints, Status(self).read)
        if world.is_empty:
            # no pose can be answered yet: the topics need not wait
            self.server.put_job(self._rehearse)
        self._read_seed_file()
        self.server.pause(True)
        self.server.start()

    def activate(self):
        """Take poses, seeds and observed frames."""
        s = self.settings
        if s.pose_source == 'tf':
            for station in self._stations:
                self._tf.follow(s.map_frame, station.frame, station.take_optical)
        else:
            subscribe_poses(self, s, qos.POSE_LOCKSTEP if s.mode == 'lockstep' else qos.POSE,
                            self.watch, self._complaints.add, self._on_pose)
        subscribe_frames(self, 'seed', self._seed, self._poll_seed)
        self._listens = True
        self._observe_when_wanted()
        self.create_subscription(UInt8MultiArray, channel.ANSWER_TOPIC,
                                 lambda m: self.server.put_answer(bytes(m.data)), qos.CHANNEL)
        self.create_subscription(UInt8MultiArray, channel.ABILITIES_TOPIC, self._on_abilities,
                                 qos.LATCHED)
        self.create_timer(0.1, self._poll, clock=WALL_CLOCK)
        self.create_timer(s.map_period_s, self._request_map, clock=WALL_CLOCK)
        self._jumps = self.get_clock().create_jump_callback(
            JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1),
                          on_clock_change=True), post_callback=self._on_jump)
        self.get_logger().info(start_table(self, world_table(
            self.settings, self.server.world, self.path, self._stations, self._tf_output)))
        warn_of_transports(self.get_logger())
        self.server.pause(False)

    def deactivate(self):
        """Stop listening; the world stays open."""
        self._listens = self._observes = False
        if self._jumps is not None:
            self._jumps.unregister()
            self._jumps = None
        if self._tf is not None:
            self._tf.unfollow()
        for station in self._stations:
            station.clear()
        self.watch.forget()
        self.server.pause(True)

    def cleanup(self):
        """End the view server and close the world."""
        if self.server is not None:
            self.server.stop()
            self.server = None

    def open_world(self, path):
        """Open a world as the parameters say."""
        return World.open(path, config=WorldConfig(
            level_seed=self.settings.seed_level,
            memory_limit_mb=self.settings.memory_limit_mb))

    def newest_pose(self):
        """The PoseItem that came last, of any camera, or None."""
        return self._newest

    def counts(self):
        """What has been counted besides the server's counters, by name."""
        return {**self._observe.counts, **(self._tf.counts if self._tf else {}),
                'unplaced_poses': sum(station.waiting for station in self._stations)}

    def _count_subscriptions(self):
        return sum(views.count_subscriptions() for views in self._views.values())

    def _rehearse(self, world):
        self.get_logger().info(f'loading what answers poses from {self.path}; on a new machine it '
                               'is compiled once, which takes minutes')
        try:
            rehearse(world)
            cloud_points.load()
        except GeoWorldModelError as error:
            self._report('world', str(error))
        except Exception as error:  # poses can be answered all the same, the first ones late
            self._report('internal', f'{type(error).__name__}: {error}')

    def _on_settings(self, settings):
        self.settings = settings
        if self.server is not None:
            self.server.set_deadline(settings.deadline_ms * 1e-3)
        self._observe_when_wanted()

    def _observe_when_wanted(self):
        # not before: taking images costs the more the less is done with them
        if self._listens and not self._observes and self.settings.observe_rate_hz > 0:
            self._observes = True
            subscribe_frames(self, 'observe', self._observe, lambda: None)

    def _make_observe_and_seed(self):
        s, complain, give = self.settings, self._complaints.add, self.server.put_frame
        self._seed = SeedInput(s.seed_camera_height, s.map_frame, s.seed_wait_s,
                               s.sync_tolerance_ms * 1e-3, complain, give)
        stand = None
        if s.observe_pose == 'tf':
            stand = lambda frame, stamp: self._tf.stand(s.map_frame, frame, stamp)  # noqa: E731
        self._observe = ObserveInput(s.map_frame, s.sync_tolerance_ms * 1e-3,
                                     lambda: self.settings.observe_rate_hz, stand, complain, give)

    def _on_pose(self, stamp_ns, pose):
        for station in self._stations:
            station.take(stamp_ns, pose)

    def _put_pose(self, item):
        self._newest = item
        self.server.put_pose(item)
        horizon = self.settings.predict_s
        if horizon > 0 and self.settings.mode == 'realtime':
            errand = self._predictor.ahead(item, horizon)
            if errand is not None:
                self.server.look_ahead(errand)

    def _on_abilities(self, message):
        try:
            abilities = channel.decode_abilities(message.data)
        except GeoWorldModelError as error:
            self._complaints.add(channel.ABILITIES_TOPIC, str(error))
            return
        names = ', '.join(f'{a.name} ({"/".join(a.tasks)})' for a in abilities)
        self.get_logger().info(f'world model: {names}')
        self.server.put_abilities(abilities)

    def _on_jump(self, jump):
        if jump.delta.nanoseconds < 0:
            self._complaints.add('clock', 'time has jumped back: stamps may come again')
        self.server.forget_stamps()
        self._predictor.clear()
        self._observe.clear()
        for station in self._stations:
            station.clear()
        if self._tf is not None:
            self._tf.clear()

    def _poll(self):
        self._poll_seed()
        self._observe.poll()
        self._poll_stations()

    def _poll_stations(self):
        for station in self._stations:
            station.poll()

    def _poll_seed(self):
        self._seed.poll(count_publishers(self, 'seed', 'depth', 'depth/compressedDepth'),
                        count_publishers(self, 'seed', 'pose'))
        self.server.expect_seed(self._seed.is_coming)

    def _send_request(self, payload):
        self._requests.publish(messages.with_bytes(UInt8MultiArray(),
                                                   np.frombuffer(payload, np.uint8)))

    def _report(self, kind, text):
        if not self.context.ok():
            # a signal has shut ROS down: what still runs fails to publish, and nobody can be told
            return
        if kind in _NEWS:
            self.get_logger().info(text, once=kind == 'later_seed')
        elif kind in _FAULTS:
            self.get_logger().error(text, throttle_duration_sec=5.0)
            self._complaints.add(kind, text)
        else:
            self._complaints.add({'no_seed': 'camera/pose'}.get(kind, kind), text)

    def _request_map(self):
        self.server.put_job(lambda world: self._map.publish(world, self.settings))

    def _read_seed_file(self):
        if not self.settings.seed_image:
            return
        if not self.server.world.is_empty:
            self.get_logger().info(f'{self.path} holds a world already; seed_image is not read')
            return
        self.server.put_frame(read_seed(self.settings, self.get_clock().now().nanoseconds))


def main(arguments=None):
    """Entry point of cache_node; returns the exit status."""
    return run_node(CacheNode, help_text('cache_node', CacheNodeParameters), arguments)


if __name__ == '__main__':
    sys.exit(main())
