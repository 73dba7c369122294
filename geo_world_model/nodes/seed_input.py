# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Putting a seed together from seed/image, seed/camera_info, seed/depth and seed/pose."""

import time

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.nodes import messages
from geo_world_model.nodes.view_server import SeedItem

#: Stamps that differ by less belong together (ns); 0 only matches 0.
TOLERANCE_NS = 50_000_000


class SeedInput:
    """
    Collects the latest message of each kind and hands over a SeedItem when a seed is whole.

    camera_height: metres; map_frame: frame_id of seed/pose; wait: seconds that an image waits for
    depth and pose if somebody publishes them; complain(kind, text); give(item).
    """

    def __init__(self, camera_height, map_frame, wait, complain, give):
        self._camera_height, self._map_frame, self._wait = camera_height, map_frame, wait
        self._complain, self._give = complain, give
        self._image = self._info = self._depth = self._pose = None
        self._image_time = 0.0

    def on_image(self, message):
        """Take a message of seed/image."""
        self._image, self._image_time = message, time.perf_counter()

    def on_info(self, message):
        """Take a message of seed/camera_info."""
        self._info = message

    def on_depth(self, message):
        """Take a message of seed/depth."""
        self._depth = message

    def on_pose(self, message):
        """Take a message of seed/pose."""
        self._pose = message

    def poll(self, depth_publishers, pose_publishers):
        """Hand over the seed if it is whole, or has waited long enough for what may come."""
        if self._image is None or self._info is None:
            return
        waited = time.perf_counter() - self._image_time > self._wait
        depth = self._matching(self._depth)
        pose = self._matching(self._pose)
        if not waited and ((depth is None and depth_publishers)
                           or (pose is None and pose_publishers)):
            return
        image, self._image = self._image, None
        for kind, found, publishers in (('seed/depth', depth, depth_publishers),
                                        ('seed/pose', pose, pose_publishers)):
            if found is None and publishers:
                self._complain(kind, f'is published, but nothing within {TOLERANCE_NS // 10**6} '
                               'ms of the stamp of seed/image came; the seed goes on without')
        item = self._item(image, depth, pose)
        if item is not None:
            self._give(item)

    def _matching(self, message):
        """The message if its stamp is that of the image, exactly or nearly."""
        if message is None:
            return None
        difference = abs(messages.stamp_ns(message.header.stamp)
                         - messages.stamp_ns(self._image.header.stamp))
        return message if difference <= TOLERANCE_NS else None

    def _item(self, image, depth, pose):
        parts = {}
        for topic, name, read in (
                ('seed/image', 'rgb', lambda: messages.rgb_from_image(image)),
                ('seed/camera_info', 'camera', lambda: messages.camera_from_info(self._info)),
                ('seed/depth', 'depth', lambda: depth and messages.depth_from_image(depth)),
                ('seed/pose', 'pose', lambda: pose and messages.pose_from_message(
                    pose, self._map_frame))):
            try:
                parts[name] = read()
            except GeoWorldModelError as error:
                self._complain(topic, str(error))
                return None
        return SeedItem(messages.stamp_ns(image.header.stamp), camera_height=self._camera_height,
                        **parts)
