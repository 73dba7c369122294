# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One camera of the robot: where it is mounted, what it sees by, and where its views go."""

import time
from collections import deque

from sensor_msgs.msg import CameraInfo

from geo_world_model.errors import ConfigError, GeoWorldModelError
from geo_world_model.geometry.motion import compose
from geo_world_model.geometry.pose import body_to_optical
from geo_world_model.look import check_view_size
from geo_world_model.nodes.camera_settings import camera_of, pose_of
from geo_world_model.nodes.items import PoseItem
from geo_world_model.nodes.lens import Lens
from geo_world_model.nodes.subscriptions import subscribe_to_any

#: A pose that has waited for TF for so long is a reason to complain, seconds.
_LONG_S = 1.0


class CameraStation:
    """
    Turns poses into PoseItems of one camera, in their order.

    node: rclpy Node; name: '' for the only camera; settings: CameraParameters; rig: Rig;
    complain(kind, text); give(item); most_waiting: poses that wait until TF says where the camera
    stood on the rig at their time, the newest ones, or None: all of them.
    """

    def __init__(self, node, name, settings, rig, complain, give, most_waiting=None):
        self.name, self.prefix = name, f'{name}/' if name else ''
        self.frame = settings.frame or f'{name}_optical_frame'
        self.info_topic = f'{self.prefix}camera/camera_info'
        self._rig, self._complain, self._give = rig, complain, give
        self._mount = pose_of(settings.mount, f'{self.prefix}mount')
        self._waiting, self._waits_since = deque(maxlen=most_waiting), None
        self.camera = None
        if settings.width:
            self.camera = camera_of(settings)
            check_view_size(self.camera)
        else:
            subscribe_to_any(node, CameraInfo, self.info_topic, self._on_info)

    def take(self, stamp_ns, pose):
        """Take a pose as camera/pose tells it: of the robot, or of this camera."""
        self._waiting.append((stamp_ns, pose))
        self.poll()

    def poll(self):
        """Hand over the poses that can be placed on the rig by now."""
        while self._waiting:
            stamp_ns, pose = self._waiting[0]
            try:
                pose = self._rig.place(self.frame, self._mount, stamp_ns, pose)
            except GeoWorldModelError as error:
                if self._rig.may_place(self.frame, self._mount, stamp_ns):
                    self._wait(error)
                    return
                self._complain('camera/pose', str(error))
                pose = None
            self._waiting.popleft()
            self._waits_since = None
            if pose is not None:
                self.take_optical(stamp_ns, pose)

    def clear(self):
        """Forget the poses that wait: nobody wants them, or time has jumped back."""
        self._waiting.clear()
        self._waits_since = None

    @property
    def waiting(self):
        """How many poses wait."""
        return len(self._waiting)

    def take_optical(self, stamp_ns, pose):
        """Take a pose of the optical frame of this camera."""
        if self.camera is None:
            self._complain('camera/pose', 'a pose came, but the camera of the views is unknown: '
                           f'publish {self.info_topic} or set {self.prefix or "camera_"}width, '
                           'height and fx')
            return
        self._give(PoseItem(stamp_ns, pose, self.camera, self.name))

    def _wait(self, error):
        now = time.monotonic()
        self._waits_since = self._waits_since or now
        if now >= self._waits_since + _LONG_S:
            self._waits_since = now
            self._complain('camera/pose', f'{error}: poses wait for it')

    def _on_info(self, message):
        try:
            lens = Lens(message)
            check_view_size(lens.camera)
        except GeoWorldModelError as error:
            self._complain(self.info_topic, str(error))
            return
        if not lens.is_straight:
            self._complain(self.info_topic, 'the camera distorts; views are made by an ideal one '
                           f'instead: {lens.camera}')
        self.camera = lens.camera


class Rig:
    """
    How the poses that come become poses of optical frames.

    axes: 'optical' or 'body', of poses that are a camera's own; frame: the frame that poses are of
    when cameras without a mount are looked up in it by `tf` (TfInput), '' otherwise.
    """

    def __init__(self, axes, frame, tf):
        self._axes, self._frame, self._tf = axes, frame, tf

    def place(self, camera_frame, mount, stamp_ns, pose):
        """Pose of an optical frame; mount: Pose of it on the rig, or None. PoseError."""
        if mount is None and self._frame:
            mount = self._tf.stand(self._frame, camera_frame, stamp_ns)
            if mount is None:
                raise ConfigError(f'TF does not say where "{camera_frame}" stands in '
                                  f'"{self._frame}" at the time of a pose')
        if mount is not None:
            return compose(pose, mount)
        return body_to_optical(pose) if self._axes == 'body' else pose

    def may_place(self, camera_frame, mount, stamp_ns):
        """Whether TF may still say what place() could not find."""
        return (mount is None and bool(self._frame)
                and self._tf.may_tell(self._frame, camera_frame, stamp_ns))
