# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A recording made larger and leaned over: what must not matter, and what wrong gravity costs."""

from math import cos, isfinite, radians, sin

import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.geometry.pose import Pose


class AlteredRecording:
    """
    A Recording whose depth and positions are `scale` times as large.

    And whose world is turned by tilt_deg (degrees) about its x axis, so that what stood upright
    leans. ConfigError for a scale that is not positive or a tilt that is not finite.
    """

    def __init__(self, recording, scale=1.0, tilt_deg=0.0):
        if not (isfinite(scale) and scale > 0):
            raise ConfigError(f'scale is {scale}: expected a positive number')
        if not isfinite(tilt_deg):
            raise ConfigError(f'tilt_deg is {tilt_deg}: expected a finite number of degrees')
        self._recording, self._scale, self._tilt = recording, scale, radians(tilt_deg)
        self.path, self.camera = recording.path, recording.camera
        self.scenes, self.rgb = recording.scenes, recording.rgb

    def __len__(self):
        return len(self._recording)

    def depth(self, index):
        """Depth of a frame, (H, W) float32, m times the scale."""
        return self._recording.depth(index) * np.float32(self._scale)

    def pose(self, index):
        """Pose of a frame in the altered world."""
        pose = self._recording.pose(index)
        if self._scale == 1 and self._tilt == 0:
            return pose
        c, s = cos(self._tilt), sin(self._tilt)
        lean = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
        matrix = pose.matrix
        matrix[:3, 3] *= self._scale
        matrix[:3] = np.einsum('ij,jk->ik', lean, matrix[:3])
        return Pose.from_matrix(matrix)
