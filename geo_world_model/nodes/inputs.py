# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The subscriptions of cache_node: poses, seeds, observed frames."""

from geometry_msgs.msg import PoseStamped
from rclpy.event_handler import SubscriptionEventCallbacks
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.nodes import messages
from geo_world_model.nodes.pose_input import POSE_MESSAGES, read_pose
from geo_world_model.nodes.subscriptions import subscribe_to_any


def subscribe_poses(node, settings, profile, watch, complain, give):
    """
    Call give(stamp_ns, Pose) for every pose on camera/pose.

    settings: CacheNodeParameters; watch: InputWatch; complain(kind, text).
    """
    kind, _ = POSE_MESSAGES[settings.pose_source]

    def take(message):
        watch.heard('camera/pose')
        try:
            pose = read_pose(message, settings.map_frame)
        except GeoWorldModelError as error:
            complain('camera/pose', str(error))
            return
        give(messages.stamp_ns(message.header.stamp), pose)

    events = SubscriptionEventCallbacks(incompatible_qos=lambda event: complain(
        'camera/pose', 'a publisher offers less than this subscription asks for (policy '
        f'{event.last_policy_kind}): lockstep needs a RELIABLE publisher'))
    watch.expect('camera/pose', kind, profile)
    node.create_subscription(kind, 'camera/pose', take, profile, event_callbacks=events)


def subscribe_frames(node, prefix, target, on_image):
    """Hand the messages below seed or observe to a SeedInput or an ObserveInput."""
    def take_image(message):
        target.on_image(message)
        on_image()  # at once: a pose that comes right behind a seed must find it

    for kind, topic, take in (
            (Image, 'image', take_image),
            (CompressedImage, 'image/compressed', take_image),
            (CameraInfo, 'camera_info', target.on_info),
            (Image, 'depth', target.on_depth),
            (CompressedImage, 'depth/compressedDepth', target.on_depth),
            (PoseStamped, 'pose', target.on_pose)):
        subscribe_to_any(node, kind, f'{prefix}/{topic}', take)


def count_publishers(node, prefix, *topics):
    """How many publishers the topics below a prefix have together."""
    return sum(node.count_publishers(f'{prefix}/{topic}') for topic in topics)
