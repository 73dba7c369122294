# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Posed images of one camera, wherever their files lie: what every foreign layout becomes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import read_depth, read_rgb
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose


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
    Without depth pictures every depth is NaN.
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
        return read_rgb(self.frames[index].colour)

    def depth(self, index):
        """Depth of a frame, (H, W) float32 metres: NaN nothing measured, +Inf beyond range."""
        path = self.frames[index].depth
        if path is None:
            return np.full((self.camera.height, self.camera.width), np.nan, np.float32)
        return read_depth(path, self.depth_scale)

    def pose(self, index):
        """Canonical pose of a frame."""
        return self.frames[index].pose
