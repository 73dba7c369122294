# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Putting a seed together from seed/image, seed/camera_info, seed/depth and seed/pose.

Images may come compressed too: seed/image/compressed, seed/depth/compressedDepth.
"""

import time
import zlib
from collections import deque

from geo_world_model.errors import GeoWorldModelError
from geo_world_model.nodes import messages
from geo_world_model.nodes.frames import FrameReader
from geo_world_model.nodes.items import SeedItem
from geo_world_model.nodes.pose_input import read_pose

_ANY_TIME = 1 << 63
_KEPT = 10


class SeedInput:
    """
    Collects the last messages of each kind and hands over a SeedItem when a seed is whole.

    The newest image takes the camera info, depth and pose of its own stamp; after `wait` seconds
    it takes the nearest ones, and goes on without depth or pose if there are none. A camera info
    of any stamp will do: intrinsics do not change from frame to frame.

    camera_height: metres; map_frame: frame_id of seed/pose; wait: seconds; tolerance: seconds by
    which stamps may differ, 0: exact only; complain(kind, text); give(item).
    """

    def __init__(self, camera_height, map_frame, wait, tolerance, complain, give):
        self._camera_height, self._map_frame, self._wait = camera_height, map_frame, wait
        self._tolerance_ns = round(tolerance * 1e9)
        self._frames = FrameReader()
        self._complain, self._give = complain, give
        self._image = None
        self._image_time = 0.0
        self._last_given = None
        self._kept = {kind: deque(maxlen=_KEPT) for kind in ('camera_info', 'depth', 'pose')}

    @property
    def is_coming(self):
        """Whether an image has come that may be a seed in a moment."""
        return self._image is not None and not self._has_waited(2.0 * self._wait)

    def on_image(self, message):
        """Take a message of seed/image; one whose depth may still come is not put off by it."""
        if self._image is not None and self._kept['camera_info']:
            return
        self._image, self._image_time = message, time.perf_counter()

    def on_info(self, message):
        """Take a message of seed/camera_info."""
        self._kept['camera_info'].append(message)

    def on_depth(self, message):
        """Take a message of seed/depth."""
        self._kept['depth'].append(message)

    def on_pose(self, message):
        """Take a message of seed/pose."""
        self._kept['pose'].append(message)

    def poll(self, depth_publishers, pose_publishers):
        """
        Hand over the seed if it is whole, or has waited long enough for what may come.

        depth_publishers, pose_publishers: how many nodes publish seed/depth and seed/pose.
        """
        if self._image is None or not self._kept['camera_info']:
            return
        waited = self._has_waited(self._wait)
        found = {}
        for kind, publishers in (('depth', depth_publishers), ('pose', pose_publishers)):
            found[kind] = self._nearest(kind, self._tolerance_ns if waited else 0)
            if found[kind] is None and (publishers or self._kept[kind]):
                if not waited:
                    return
                self._complain(f'seed/{kind}', 'nothing within '
                               f'{self._tolerance_ns // 10**6} ms of the stamp of seed/image came'
                               '; the seed goes on without')
        info = self._nearest('camera_info', _ANY_TIME)
        image, self._image = self._image, None
        # latched publishers deliver twice, others repeat themselves for whoever comes late
        key = _key(image, info, **found)
        if key == self._last_given:
            return
        item = self._item(image, info, **found)
        if item is not None:
            self._last_given = key
            self._give(item)

    def _has_waited(self, seconds):
        return time.perf_counter() - self._image_time > seconds

    def _nearest(self, kind, tolerance):
        """The message of a kind with the image's stamp, or the nearest within a tolerance (ns)."""
        stamp = messages.stamp_ns(self._image.header.stamp)
        nearest = min(reversed(self._kept[kind]), default=None, key=lambda message: abs(
            messages.stamp_ns(message.header.stamp) - stamp))
        if nearest is None or abs(messages.stamp_ns(nearest.header.stamp) - stamp) > tolerance:
            return None
        return nearest

    def _item(self, image, info, depth, pose):
        topic = 'seed/camera_info'
        try:
            self._frames.lens(info)
            topic = 'seed/image'
            rgb, camera, metres = self._frames.read(image, info, depth)
            topic = 'seed/pose'
            pose = pose and read_pose(pose, self._map_frame)
        except GeoWorldModelError as error:
            self._complain(topic, str(error))
            return None
        return SeedItem(messages.stamp_ns(image.header.stamp), rgb, camera, metres, pose,
                        self._camera_height)


def _kind(message):
    return message.encoding if hasattr(message, 'encoding') else message.format


def _key(image, info, depth, pose):
    """What tells one seed from the next."""
    return (messages.stamp_ns(image.header.stamp), _kind(image), zlib.crc32(image.data),
            tuple(info.k), tuple(info.d), depth and (_kind(depth), zlib.crc32(depth.data)),
            pose and (pose.header.frame_id, str(pose.pose)))
