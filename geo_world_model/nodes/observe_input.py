# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A live RGB-D camera that corrects the world: observe/image, observe/depth, observe/pose."""

import time
from collections import deque

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.nodes import messages
from geo_world_model.nodes.frames import FrameReader
from geo_world_model.nodes.items import Observation
from geo_world_model.nodes.pose_input import read_pose

_KEPT = 10


class ObserveInput:
    """
    Hands over an Observation when a frame is whole, at most `rate()` a second.

    A frame is an image with the depth and the pose of its stamp, or the nearest ones within the
    tolerance; one that lacks any of them when the next comes is left out. map_frame: frame_id of
    observe/pose; tolerance: seconds; rate(): hertz; stand(frame, stamp_ns) -> Pose or None: where
    a frame stood by TF, None: poses come by on_pose; complain(kind, text); give(observation).
    """

    def __init__(self, map_frame, tolerance, rate, stand, complain, give):
        self._map_frame, self._stand = map_frame, stand
        self._tolerance_ns, self._rate = round(tolerance * 1e9), rate
        self._complain, self._give = complain, give
        self._frames = FrameReader()
        self._info = None
        self._kept = {kind: deque(maxlen=_KEPT) for kind in ('image', 'depth', 'pose')}
        self._last_stamp, self._last_time = None, float('-inf')
        self.counts = {'observed_frames': 0, 'observed_too_fast': 0}

    def on_info(self, message):
        """Take a message of observe/camera_info."""
        self._info = message

    def on_image(self, message):
        """Take a message of observe/image or observe/image/compressed."""
        self._keep('image', message)

    def on_depth(self, message):
        """Take a message of observe/depth or observe/depth/compressedDepth."""
        self._keep('depth', message)

    def on_pose(self, message):
        """Take a message of observe/pose."""
        self._keep('pose', message)

    def clear(self):
        """Time has jumped back."""
        self._last_stamp = None
        for kept in self._kept.values():
            kept.clear()

    def poll(self):
        """Hand over the newest frame that is whole now, if it is time for one."""
        if self._rate() <= 0 or self._info is None:
            return
        for image in reversed(self._kept['image']):
            stamp = messages.stamp_ns(image.header.stamp)
            if self._last_stamp is not None and stamp <= self._last_stamp:
                return
            depth = self._nearest('depth', stamp)
            if depth is None:
                continue
            pose = self._pose(image, stamp)
            if pose is not None:
                self._last_stamp = stamp
                self._hand_over(image, depth, pose, stamp)
                return

    def _keep(self, kind, message):
        if self._rate() > 0:
            self._kept[kind].append(message)
            self.poll()

    def _hand_over(self, image, depth, pose, stamp):
        now = time.perf_counter()
        if now < self._last_time + 1.0 / self._rate():
            self.counts['observed_too_fast'] += 1
            return
        try:
            rgb, camera, metres = self._frames.read(image, self._info, depth)
        except GeoWorldModelError as error:
            self._complain('observe/image', str(error))
            return
        self._last_time = now
        self.counts['observed_frames'] += 1
        self._give(Observation(stamp, rgb, camera, metres, pose))

    def _pose(self, image, stamp):
        try:
            if self._stand is not None:
                return self._stand(image.header.frame_id, stamp)
            message = self._nearest('pose', stamp)
            return message and read_pose(message, self._map_frame)
        except GeoWorldModelError as error:
            self._complain('observe/pose', str(error))
            return None

    def _nearest(self, kind, stamp):
        """The message of this stamp; the nearest one only once this one can no longer come."""
        by_stamp = {messages.stamp_ns(message.header.stamp): message
                    for message in self._kept[kind]}
        if stamp in by_stamp:
            return by_stamp[stamp]
        nearest = min(by_stamp, default=None, key=lambda other: abs(other - stamp))
        if (nearest is None or abs(nearest - stamp) > self._tolerance_ns
                or max(by_stamp) < stamp):
            return None
        return by_stamp[nearest]
