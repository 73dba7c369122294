# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Listening to /tf and /tf_static, where tf2_msgs is installed."""

from rclpy.qos import DurabilityPolicy, QoSProfile

from geo_world_model.errors import ConfigError, GeoWorldModelError
from geo_world_model.nodes import messages
from geo_world_model.nodes.pose_input import to_pose
from geo_world_model.nodes.transforms import TransformTree

_TF = QoSProfile(depth=100)
_TF_STATIC = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def message_type():
    """tf2_msgs/TFMessage, or None where it is not installed."""
    try:
        from tf2_msgs.msg import TFMessage
    except ImportError:
        return None
    return TFMessage


class TfInput:
    """
    A TransformTree that follows /tf and /tf_static.

    interpolate: whether a time between two transforms will do; complain(kind, text). ConfigError
    when tf2_msgs is not installed.
    """

    def __init__(self, node, interpolate, complain):
        kind = message_type()
        if kind is None:
            raise ConfigError('poses or mounts were to come from /tf, but tf2_msgs is not '
                              'installed: install ros-jazzy-tf2-msgs, or set pose_source to a '
                              'topic and the mounts by parameters')
        self.tree = TransformTree()
        self.counts = {'tf_exact': 0, 'tf_interpolated': 0}
        self._interpolate, self._complain = interpolate, complain
        self._listeners, self._waiting = [], []
        node.create_subscription(kind, '/tf', lambda m: self.take(m, False), _TF)
        node.create_subscription(kind, '/tf_static', lambda m: self.take(m, True), _TF_STATIC)

    def follow(self, outer, inner, give):
        """Call give(stamp_ns, pose) for every new place of frame `inner` in frame `outer`."""
        self._listeners.append(_Listener(outer, inner, give))

    def unfollow(self):
        """Tell nobody of places any more."""
        self._listeners.clear()

    def when_told(self, call):
        """Call call() whenever something was told."""
        self._waiting.append(call)

    def may_tell(self, outer, inner, stamp_ns):
        """Whether it may still be told where `inner` stands in `outer` at a time (ns)."""
        newest = self.tree.lookup(outer, inner)
        return newest is None or newest.stamp_ns < stamp_ns

    def stand(self, outer, inner, stamp_ns=None):
        """Return the Pose of frame `inner` in frame `outer`, or None while it is not known."""
        found = self.tree.lookup(outer, inner, stamp_ns, self._interpolate)
        return found and found.pose

    def clear(self):
        """Time has jumped back."""
        self.tree.clear()
        self._restart()

    def take(self, message, static):
        """Take a TFMessage of /tf or /tf_static."""
        for transform in message.transforms:
            try:
                pose = to_pose(transform.transform.translation, transform.transform.rotation)
                known = self.tree.add(
                    transform.header.frame_id.lstrip('/'), transform.child_frame_id.lstrip('/'),
                    messages.stamp_ns(transform.header.stamp), pose, static)
            except GeoWorldModelError as error:
                self._complain('/tf', f'"{transform.child_frame_id}": {error}')
                continue
            if not known:
                self._complain('/tf', 'its time has jumped back: what was known is forgotten')
                self._restart()
        for listener in self._listeners:
            self._tell(listener)
        for call in self._waiting:
            call()

    def _restart(self):
        for listener in self._listeners:
            listener.newest = -1

    def _tell(self, listener):
        try:
            found = self.tree.lookup(listener.outer, listener.inner, None, self._interpolate)
        except GeoWorldModelError as error:
            self._complain('/tf', str(error))
            return
        if found is None or found.stamp_ns <= listener.newest:
            return
        listener.newest = found.stamp_ns
        self.counts['tf_interpolated' if found.interpolated else 'tf_exact'] += 1
        listener.give(found.stamp_ns, found.pose)


class _Listener:
    def __init__(self, outer, inner, give):
        self.outer, self.inner, self.give = outer, inner, give
        self.newest = -1
