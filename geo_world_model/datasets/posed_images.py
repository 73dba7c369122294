# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Posed images of one camera, wherever their files lie: what every foreign layout becomes."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from geo_world_model.datasets.images import read_depth, read_rgb
from geo_world_model.errors import ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: Widths over heights of two pictures of the same view differ by at most this share.
_SAME_SHAPE = 0.02


@dataclass(frozen=True)
class PosedImage:
    """One frame: its picture, its depth picture or None, and its pose."""

    colour: Path
    depth: Path | None
    pose: Pose


@dataclass(frozen=True)
class PosedImages:
    """
    A recording of another layout, used like a Recording.

    path: its folder; camera: of all frames; depth_scale: units a metre; frames: PosedImage each.
    Without depth pictures every depth is NaN. ImageError for a picture that is not of the camera's
    size, or a depth picture of another shape than it.
    """

    path: Path
    camera: PinholeCamera
    depth_scale: float
    frames: tuple
    scenes = None

    def __len__(self):
        return len(self.frames)

    def rgb(self, index):
        """Colour of a frame, (H, W, 3) uint8."""
        path = self.frames[index].colour
        rgb, size = read_rgb(path), (self.camera.width, self.camera.height)
        if rgb.shape[1::-1] != size:
            raise ImageError(f'{path} is of {rgb.shape[1]}x{rgb.shape[0]} pixels, the camera of '
                             f'{size[0]}x{size[1]}: the intrinsics are those of other pictures')
        return rgb

    def depth(self, index):
        """
        Depth of a frame, (H, W) float32 metres: NaN nothing measured, +Inf beyond range.

        A smaller depth picture (a phone's LiDAR has 256x192) is enlarged by its nearest pixels.
        """
        path = self.frames[index].depth
        if path is None:
            return np.full((self.camera.height, self.camera.width), np.nan, np.float32)
        depth, size = read_depth(path, self.depth_scale), (self.camera.width, self.camera.height)
        if depth.shape[1::-1] == size:
            return depth
        if abs(depth.shape[1] * size[1] / (depth.shape[0] * size[0]) - 1) > _SAME_SHAPE:
            raise ImageError(f'{path} is of {depth.shape[1]}x{depth.shape[0]} pixels: expected '
                             f'{size[0]}x{size[1]}, or fewer of the same shape')
        return cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST_EXACT)

    def pose(self, index):
        """Canonical pose of a frame."""
        return self.frames[index].pose
