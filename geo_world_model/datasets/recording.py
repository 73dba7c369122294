# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""RGB-D recordings: color/, depth/, poses/ and intrinsics.json in one folder."""

import json
from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import read_depth, read_rgb
from geo_world_model.errors import ImageError, TrajectoryError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose


class Recording:
    """
    A folder of posed RGB-D frames.

    color/%06d.png or .jpg; depth/%06d.png: 16-bit, depth_scale units a metre, 0 = no measurement;
    poses/%06d.txt: 4x4 camera to world, optical axes, metres; intrinsics.json: fx fy cx cy, width,
    height, depth_scale. ImageError when the folder is not one.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            facts = json.loads((self.path / 'intrinsics.json').read_text())
        except (OSError, ValueError) as error:
            raise ImageError(f'{path} is no recording: intrinsics.json cannot be read ({error})') \
                from error
        self.camera = PinholeCamera.from_dict(facts)
        self.depth_scale = float(facts.get('depth_scale', 1000))
        self._colour = sorted(p for p in (self.path / 'color').glob('*')
                              if p.suffix in ('.png', '.jpg'))
        if not self._colour:
            raise ImageError(f'{path} is no recording: color/ holds no image')

    def __len__(self):
        return len(self._colour)

    def rgb(self, index):
        """Colour of a frame, (H, W, 3) uint8."""
        return read_rgb(self._colour[index])

    def depth(self, index):
        """Depth of a frame, (H, W) float32 metres, NaN where nothing was measured."""
        return read_depth(self.path / 'depth' / f'{self._colour[index].stem}.png',
                          self.depth_scale)

    def pose(self, index):
        """Canonical pose of a frame."""
        path = self.path / 'poses' / f'{self._colour[index].stem}.txt'
        try:
            return Pose.from_matrix(np.loadtxt(path))
        except (OSError, ValueError) as error:
            raise TrajectoryError(f'{path} cannot be read as a 4x4 matrix: {error}') from error
