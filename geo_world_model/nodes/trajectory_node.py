# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""trajectory_node: publishes the poses of a TUM file on camera/pose, as a driving robot would."""

import sys
from dataclasses import dataclass
from pathlib import Path

from builtin_interfaces.msg import Time
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from geo_world_model.errors import ConfigError
from geo_world_model.geometry.trajectory import read_tum
from geo_world_model.nodes import messages, qos
from geo_world_model.nodes.declaring import declare, refuse_unknown
from geo_world_model.nodes.parameter_files import help_text
from geo_world_model.nodes.parameters import parameter
from geo_world_model.nodes.spinning import run_node

#: How often the node looks whether the next pose is due, seconds.
_TICK_S = 0.002


@dataclass(frozen=True)
class TrajectoryNodeParameters:
    """Parameters of trajectory_node."""

    trajectory: str = parameter('', 'TUM file: stamp tx ty tz qx qy qz qw, camera to map, optical '
                                'axes')
    map_frame: str = parameter('map', 'frame_id of the poses')
    rate: float = parameter(0.0, 'poses a second (Hz); 0: as far apart as the stamps of the file',
                            0.0, 1000.0)
    repeat: str = parameter('once', 'after the last pose: once: stay silent; loop: begin again; '
                            'back: the same way back, and again',
                            choices=('once', 'loop', 'back'))
    stamps: str = parameter('now', "stamp of a pose: now, by the node's clock; or that of the "
                            'file (each stamp is answered once, so only for repeat: once)',
                            choices=('now', 'file'))
    wait_for_subscriber: bool = parameter(True, 'begin when somebody takes the poses')


class TrajectoryNode(Node):
    """Publishes one pose after the other; ConfigError for a file that is no trajectory."""

    def __init__(self, **arguments):
        super().__init__('trajectory_node', **arguments)
        refuse_unknown(self, {'': TrajectoryNodeParameters})
        self._settings = declare(self, TrajectoryNodeParameters)
        if not self._settings.trajectory:
            raise ConfigError('parameter "trajectory" is empty: expected the name of a TUM file')
        if self._settings.stamps == 'file' and self._settings.repeat != 'once':
            raise ConfigError('parameter "stamps" is "file" and "repeat" is '
                              f'"{self._settings.repeat}": a stamp is answered once, so a way '
                              'that repeats needs stamps: now')
        self._way = read_tum(Path(self._settings.trajectory).expanduser())
        self._index, self._step = 0, 1
        self._due = None
        self._poses = self.create_publisher(PoseStamped, 'camera/pose', qos.POSE_LOCKSTEP)
        self._timer = self.create_timer(_TICK_S, self._tick)
        self.get_logger().info(
            f'{len(self._way)} poses of {self._settings.trajectory}, '
            f'{self._settings.repeat}, on {self.resolve_topic_name("camera/pose")}')

    def close(self):
        """Nothing to keep."""

    def _tick(self):
        now = self.get_clock().now().nanoseconds
        if self._due is None:
            if self._settings.wait_for_subscriber and not self._poses.get_subscription_count():
                return
            self._due = now
        # after a pause of the clock, or a jump back, the way goes on from where it is
        if now < self._due - 2_000_000_000:
            self._due = now
        if now < self._due:
            return
        self._publish(now)
        waited = self._advance()
        if waited is None:
            self.get_logger().info('the last pose was published')
            self._timer.cancel()
            return
        self._due = max(self._due + waited, now)

    def _publish(self, now):
        item = self._way[self._index]
        stamp = item.stamp_ns if self._settings.stamps == 'file' else now
        self._poses.publish(messages.pose_message(
            item.pose, self._settings.map_frame,
            Time(sec=stamp // 10 ** 9, nanosec=stamp % 10 ** 9)))

    def _advance(self):
        """Go on to the next pose; returns nanoseconds until then, None after the last one."""
        count, before = len(self._way), self._index
        following = before + self._step
        if not 0 <= following < count:
            if self._settings.repeat == 'once':
                return None
            if self._settings.repeat == 'back':
                self._step = -self._step
                following = min(max(before + self._step, 0), count - 1)
            else:
                following = 0
        self._index = following
        if self._settings.rate > 0:
            return round(1e9 / self._settings.rate)
        apart = abs(self._way[following].stamp_ns - self._way[before].stamp_ns)
        if self._settings.repeat == 'loop' and following == 0 and count > 1:
            # from the last pose to the first as long as between the first two
            apart = self._way[1].stamp_ns - self._way[0].stamp_ns
        return max(apart, 1_000_000)


def main(arguments=None):
    """Entry point of trajectory_node; returns the exit status."""
    return run_node(TrajectoryNode, help_text('trajectory_node', TrajectoryNodeParameters),
                    arguments)


if __name__ == '__main__':
    sys.exit(main())
