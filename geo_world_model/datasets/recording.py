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
    65535 = sky or beyond range; poses/%06d.txt: 4x4 camera to world, optical axes, metres;
    intrinsics.json: fx fy cx cy, width, height, depth_scale. frames.json may give each frame the
    number of its `scene`, where there are several. ImageError when the folder is not one.
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
        #: Number of each frame's scene, or None when all frames show the same.
        self.scenes = self._read_scenes()

    def __len__(self):
        return len(self._colour)

    def rgb(self, index):
        """Colour of a frame, (H, W, 3) uint8."""
        return read_rgb(self._colour[index])

    def depth(self, index):
        """Depth of a frame, (H, W) float32 metres: NaN nothing measured, +Inf beyond range."""
        return read_depth(self.path / 'depth' / f'{self._colour[index].stem}.png',
                          self.depth_scale)

    def pose(self, index):
        """Canonical pose of a frame."""
        path = self.path / 'poses' / f'{self._colour[index].stem}.txt'
        try:
            return Pose.from_matrix(np.loadtxt(path))
        except (OSError, ValueError) as error:
            raise TrajectoryError(f'{path} cannot be read as a 4x4 matrix: {error}') from error

    def _read_scenes(self):
        path = self.path / 'frames.json'
        if not path.is_file():
            return None
        try:
            frames = json.loads(path.read_text())
            scenes = [frame.get('scene') for frame in frames]
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise ImageError(f'{path} cannot be read as a list of frames: {error}') from error
        if all(scene is None for scene in scenes):
            return None
        if len(scenes) != len(self) or not all(type(scene) is int for scene in scenes):
            raise ImageError(f'{path} gives {len(scenes)} frames a scene, color/ holds '
                             f'{len(self)}: expected a whole number for each')
        return tuple(scenes)
