# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views on their topics; nothing is made that nobody has subscribed."""

from copy import copy

from builtin_interfaces.msg import Time
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, PointCloud2
from std_msgs.msg import Header

from geo_world_model.nodes import compressed, messages
from geo_world_model.nodes.pace import Pace
from geo_world_model.nodes.spinning import RCLError

#: Topics of a view and their types.
TOPICS = {'image_raw': Image, 'camera_info': CameraInfo, 'depth/image_rect': Image,
          'depth/camera_info': CameraInfo, 'points': PointCloud2, 'provenance': Image,
          'image_raw/compressed': CompressedImage,
          'depth/image_rect/compressedDepth': CompressedImage}


class ViewPublisher:
    """
    Publishes views: all messages of one carry the stamp of its pose and the camera's frame.

    node: rclpy Node; prefix: put before the topics; profile: QoSProfile, which the parameters
    qos_overrides./TOPIC.publisher.POLICY change; frame: frame_id of the camera; tf: TfOutput or
    None; colour_format(): 'jpeg' or 'png'; points_rate(): clouds a second at most, 0: with every
    view.
    """

    def __init__(self, node, prefix, profile, frame, tf, colour_format, points_rate):
        self._frame, self._tf, self._colour_format = frame, tf, colour_format
        self._points = Pace(points_rate)
        # a copy for each: the overrides are written into the profile that is given
        self.publishers = {topic: node.create_publisher(
            kind, prefix + topic, copy(profile),
            qos_overriding_options=QoSOverridingOptions.with_default_policies())
            for topic, kind in TOPICS.items()}

    def count_subscriptions(self):
        """How many subscriptions of all topics are matched; 0 when the process is ending."""
        try:
            return sum(p.get_subscription_count() for p in self.publishers.values())
        except RCLError:
            # a signal shuts the context down before Python hears of it
            return 0

    def publish(self, stamp_ns, view):
        """
        Publish a View with the stamp of the pose it answers.

        Returns whether anybody has subscribed to any of its topics.
        """
        seconds, nanoseconds = divmod(stamp_ns, 10 ** 9)
        header = Header(stamp=Time(sec=seconds, nanosec=nanoseconds), frame_id=self._frame)
        if self._tf is not None:
            # first, so that whoever gets the view can place it
            self._tf.publish(header.stamp, self._frame, view.pose)
        make = {'image_raw': lambda: messages.image_message(view.rgb, 'rgb8', header),
                'camera_info': lambda: messages.info_message(view.camera, header),
                'depth/image_rect': lambda: messages.image_message(view.depth, '32FC1', header),
                'depth/camera_info': lambda: messages.info_message(view.camera, header),
                'provenance': lambda: messages.image_message(view.provenance, 'mono8', header),
                'points': lambda: messages.view_cloud_message(view, header),
                'image_raw/compressed': lambda: _compressed(
                    header, *compressed.encode_colour(view.rgb, self._colour_format())),
                'depth/image_rect/compressedDepth': lambda: _compressed(
                    header, *compressed.encode_depth(view.depth))}
        taken = [topic for topic in make if self.publishers[topic].get_subscription_count()]
        for topic in taken:
            if topic != 'points' or self._points.is_due(stamp_ns):
                self.publishers[topic].publish(make[topic]())
        return bool(taken)


def _compressed(header, kind, data):
    return messages.with_bytes(CompressedImage(header=header, format=kind), data)
