# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The robot of the demonstration: a process of its own that knows the nodes only by their topics.

It publishes the seed until the first view comes, then asks for every pose of a trajectory, one
after the other, keeps what it receives, and says on standard output after each how far it is. A
pose that is not answered (the nodes were killed) is asked again.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from geo_world_model.datasets.images import (depth_to_millimetres, read_depth, read_rgb,
                                             write_image)
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.trajectory import read_tum
from geo_world_model.nodes import messages, qos

_TOPICS = ('image_raw', 'depth/image_rect', 'provenance')
_ASK_AGAIN_S = 3.0
_GIVE_UP_S = 90.0


class Robot(Node):
    """Asks for views one by one."""

    def __init__(self):
        super().__init__('demo_robot')
        self._poses = self.create_publisher(PoseStamped, 'camera/pose', qos.POSE_LOCKSTEP)
        self._seed = {name: self.create_publisher(kind, f'seed/{name}', 5)
                      for name, kind in (('image', Image), ('camera_info', CameraInfo),
                                         ('pose', PoseStamped))}
        self._received = {}
        for topic in _TOPICS:
            self.create_subscription(Image, topic, lambda m, t=topic: self._take(t, m),
                                     qos.VIEW_LOCKSTEP)

    def seed_with_depth(self):
        """Announce that the seed comes with depth."""
        self._seed['depth'] = self.create_publisher(Image, 'seed/depth', 5)

    def publish_seed(self, rgb, camera, depth, pose):
        """Publish the seed once; the node takes it once."""
        header = Header(frame_id='seed_optical_frame', stamp=Time(sec=1))
        if depth is not None:
            self._seed['depth'].publish(messages.image_message(depth, '32FC1', header))
        self._seed['pose'].publish(messages.pose_message(pose, 'map', header.stamp))
        self._seed['camera_info'].publish(messages.info_message(camera, header))
        self._seed['image'].publish(messages.image_message(rgb, 'rgb8', header))

    def ask(self, stamp_ns, pose, while_waiting=lambda: None):
        """
        Ask for a view until it is there.

        Returns rgb, depth, provenance and the seconds from the first asking to the last image.
        """
        stamp = Time(sec=stamp_ns // 10 ** 9, nanosec=stamp_ns % 10 ** 9)
        message = messages.pose_message(pose, 'map', stamp)
        begin = asked = 0.0
        while True:
            now = time.perf_counter()
            begin = begin or now
            if now - begin > _GIVE_UP_S:
                raise TimeoutError(f'no view of stamp {stamp_ns} after {_GIVE_UP_S:g} s')
            if now - asked > _ASK_AGAIN_S:
                while_waiting()
                asked = time.perf_counter()
                self._poses.publish(message)
            rclpy.spin_once(self, timeout_sec=0.05)
            view = self._received.get(stamp_ns, {})
            if len(view) == len(_TOPICS):
                del self._received[stamp_ns]
                return (messages.rgb_from_image(view['image_raw']),
                        messages.depth_from_image(view['depth/image_rect']),
                        np.frombuffer(view['provenance'].data, np.uint8).reshape(
                            view['provenance'].height, -1), time.perf_counter() - begin)

    def _take(self, topic, message):
        self._received.setdefault(messages.stamp_ns(message.header.stamp), {})[topic] = message


def main(arguments=None):
    """Drive the trajectory; writes rgb/, depth/, provenance/ and latency.json to --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--trajectory', required=True)
    parser.add_argument('--out', required=True, type=Path)
    parser.add_argument('--seed-rgb', required=True)
    parser.add_argument('--seed-depth')
    parser.add_argument('--seed-camera', required=True, help='JSON of a PinholeCamera')
    options = parser.parse_args(arguments)
    rgb = read_rgb(options.seed_rgb)
    depth = read_depth(options.seed_depth) if options.seed_depth else None
    camera = PinholeCamera.from_dict(json.loads(options.seed_camera))
    stamped = read_tum(options.trajectory)
    rclpy.init()
    robot = Robot()
    if depth is not None:
        robot.seed_with_depth()
    for name in ('rgb', 'depth', 'provenance'):
        (options.out / name).mkdir(parents=True, exist_ok=True)
    seconds = []
    try:
        for index, item in enumerate(stamped):
            give_seed = (lambda: None) if index else (
                lambda: robot.publish_seed(rgb, camera, depth, stamped[0].pose))
            image, metres, provenance, latency = robot.ask(item.stamp_ns, item.pose, give_seed)
            name = f'{index:06d}.png'
            write_image(options.out / 'rgb' / name, image)
            write_image(options.out / 'depth' / name, depth_to_millimetres(metres))
            write_image(options.out / 'provenance' / name, provenance)
            np.save(options.out / 'depth' / f'{index:06d}.npy', metres)
            seconds.append(latency)
            (options.out / 'latency.json').write_text(json.dumps(seconds))
            print(index + 1, flush=True)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 130
    finally:
        robot.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
