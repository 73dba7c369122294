# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""An RGB or RGB-D frame put together from its messages, straightened."""

from sensor_msgs.msg import CompressedImage

from geo_world_model.nodes import compressed, messages
from geo_world_model.nodes.lens import Lens


class FrameReader:
    """Reads frames of one camera; keeps the Lens while the camera info says the same."""

    def __init__(self):
        self._key, self._lens = None, None

    def read(self, image, info, depth=None):
        """
        Return rgb (H, W, 3) uint8, PinholeCamera, and depth (H, W) float32 metres or None.

        image, depth: Image or CompressedImage; info: CameraInfo. ImageError, CameraError.
        """
        lens = self.lens(info)
        rgb, metres = lens.straighten(read_colour(image), None if depth is None
                                      else read_depth(depth))
        return rgb, lens.camera, metres

    def lens(self, info):
        """Return the Lens of a camera info. CameraError."""
        key = (info.width, info.height, info.distortion_model, tuple(info.k), tuple(info.d),
               info.binning_x, info.binning_y, info.roi.width, info.roi.height)
        if key != self._key:
            self._lens = Lens(info)
            self._key = key
        return self._lens


def read_colour(message):
    """Colour of an Image or CompressedImage, (H, W, 3) uint8. ImageError."""
    if isinstance(message, CompressedImage):
        return compressed.decode_colour(message)
    return messages.rgb_from_image(message)


def read_depth(message):
    """Depth of an Image or CompressedImage, (H, W) float32 metres. ImageError."""
    if isinstance(message, CompressedImage):
        return compressed.decode_depth(message)
    return messages.depth_from_image(message)
