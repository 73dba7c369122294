# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Poses from a topic, whichever standard message carries them."""

from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped, TransformStamped
from nav_msgs.msg import Odometry

from geo_world_model.errors import PoseError
from geo_world_model.geometry.pose import body_to_optical, Pose

#: What the parameter pose_source may say of a topic: its message, and where its pose is.
POSE_MESSAGES = {
    'pose': (PoseStamped, lambda m: (m.pose.position, m.pose.orientation)),
    'pose_with_covariance': (PoseWithCovarianceStamped,
                             lambda m: (m.pose.pose.position, m.pose.pose.orientation)),
    'odometry': (Odometry, lambda m: (m.pose.pose.position, m.pose.pose.orientation)),
    'transform': (TransformStamped, lambda m: (m.transform.translation, m.transform.rotation))}


def read_pose(message, map_frame, axes='optical'):
    """
    Canonical Pose of any of POSE_MESSAGES in the map frame.

    axes: 'optical' (z forward) or 'body' (x forward, z up). PoseError: another frame_id, not
    finite, not a unit quaternion.
    """
    if message.header.frame_id != map_frame:
        raise PoseError(f'frame_id "{message.header.frame_id}": expected "{map_frame}"')
    read = next(read for kind, read in POSE_MESSAGES.values() if isinstance(message, kind))
    return to_pose(*read(message), axes)


def to_pose(p, q, axes='optical'):
    """Canonical Pose of a position or translation and an orientation or rotation. PoseError."""
    pose = Pose.from_quaternion((p.x, p.y, p.z), (q.x, q.y, q.z, q.w))
    return body_to_optical(pose) if axes == 'body' else pose
