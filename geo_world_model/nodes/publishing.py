# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views and the map on their topics; nothing is made that nobody has subscribed."""

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from rclpy.event_handler import PublisherEventCallbacks
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from geo_world_model.nodes import messages, qos

_TYPES = {'image_raw': Image, 'camera_info': CameraInfo, 'depth/image_rect': Image,
          'depth/camera_info': CameraInfo, 'points': PointCloud2, 'provenance': Image}


class ViewPublisher:
    """
    Publishes views: all messages of one carry the stamp of its pose and the camera's frame.

    node: rclpy Node; profile: QoSProfile; camera_frame, map_frame: frame ids; with_transform:
    publish the transform from the map to the camera on /tf too, where tf2_msgs is installed.
    """

    def __init__(self, node, profile, camera_frame, map_frame, with_transform):
        self._camera_frame, self._map_frame = camera_frame, map_frame
        self.publishers = {topic: node.create_publisher(kind, topic, profile)
                           for topic, kind in _TYPES.items()}
        self._transforms = None
        self.transform_state = 'off'
        if with_transform:
            try:
                from tf2_msgs.msg import TFMessage
            except ImportError:
                self.transform_state = 'off: tf2_msgs is not installed'
            else:
                self._transforms = node.create_publisher(TFMessage, '/tf', 100)
                self._transform_message = TFMessage
                self.transform_state = f'{map_frame} to {camera_frame} on /tf'

    def publish(self, stamp_ns, view):
        """Publish a View with the stamp of the pose it answers."""
        seconds, nanoseconds = divmod(stamp_ns, 10 ** 9)
        header = Header(stamp=Time(sec=seconds, nanosec=nanoseconds), frame_id=self._camera_frame)
        if self._transforms is not None:
            # first, so that whoever gets the view can place it
            self._transforms.publish(self._transform_message(
                transforms=[self._transform(header.stamp, view.pose)]))
        make = {'image_raw': lambda: messages.image_message(view.rgb, 'rgb8', header),
                'camera_info': lambda: messages.info_message(view.camera, header),
                'depth/image_rect': lambda: messages.image_message(view.depth, '32FC1', header),
                'depth/camera_info': lambda: messages.info_message(view.camera, header),
                'provenance': lambda: messages.image_message(view.provenance, 'mono8', header),
                'points': lambda: messages.view_cloud_message(view, header)}
        for topic, build in make.items():
            if self.publishers[topic].get_subscription_count():
                self.publishers[topic].publish(build())

    def _transform(self, stamp, pose):
        message = TransformStamped(header=Header(stamp=stamp, frame_id=self._map_frame),
                                   child_frame_id=self._camera_frame)
        t, r = message.transform.translation, message.transform.rotation
        t.x, t.y, t.z = (float(value) for value in pose.translation)
        r.x, r.y, r.z, r.w = (float(value) for value in pose.quaternion)
        return message


class MapPublisher:
    """
    Publishes the thinned whole cloud on ~/map when the world has changed and somebody listens.

    on_listener(): called when a subscriber has come, so that it need not wait for a change.
    """

    def __init__(self, node, frame, most_points, on_listener):
        self._node, self._frame, self._most_points = node, frame, most_points
        self._published = None
        self.publisher = node.create_publisher(
            PointCloud2, '~/map', qos.LATCHED,
            event_callbacks=PublisherEventCallbacks(matched=lambda event: on_listener()))

    def publish(self, world):
        """Publish the map of a World unless it is the one that was published last."""
        state = world.revision, world.version
        if state == self._published or not self.publisher.get_subscription_count():
            return
        self._published = state
        xyz, rgb, _ = world.thinned_cloud(self._most_points)
        header = Header(stamp=self._node.get_clock().now().to_msg(), frame_id=self._frame)
        self.publisher.publish(messages.cloud_message(xyz, rgb, header))
