# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where the cameras of the views stand, on /tf and /tf_static, where tf2_msgs is installed."""

from geometry_msgs.msg import TransformStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Header

from geo_world_model.geometry.pose import body_to_optical, optical_to_body, Pose
from geo_world_model.nodes.tf_input import message_type

_STATIC = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_OPTICAL = body_to_optical(Pose.from_quaternion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)))


def link_frame(camera_frame):
    """Name of the frame with body axes that goes with an optical one."""
    return f'{camera_frame.removesuffix("_optical_frame")}_link'


class TfOutput:
    """
    map_frame to NAME_link with every view, and NAME_link to NAME_optical_frame once.

    camera_frames: optical frames. state: one sentence.
    """

    def __init__(self, node, map_frame, camera_frames):
        self._map_frame = map_frame
        self._kind = message_type()
        if self._kind is None:
            self.state = 'off: tf2_msgs is not installed'
            return
        self.state = ', '.join(f'{map_frame} to {link_frame(f)} to {f}' for f in camera_frames)
        self._publisher = node.create_publisher(self._kind, '/tf', 100)
        self._static = node.create_publisher(self._kind, '/tf_static', _STATIC)
        stamp = node.get_clock().now().to_msg()
        self._static.publish(self._kind(transforms=[
            _transform(stamp, link_frame(frame), frame, _OPTICAL) for frame in camera_frames]))

    def publish(self, stamp, camera_frame, pose):
        """Say where the optical frame stood (Pose) at a builtin_interfaces Time."""
        if self._kind is not None:
            self._publisher.publish(self._kind(transforms=[_transform(
                stamp, self._map_frame, link_frame(camera_frame), optical_to_body(pose))]))


def _transform(stamp, parent, child, pose):
    message = TransformStamped(header=Header(stamp=stamp, frame_id=parent), child_frame_id=child)
    t, r = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = (float(value) for value in pose.translation)
    r.x, r.y, r.z, r.w = (float(value) for value in pose.quaternion)
    return message
