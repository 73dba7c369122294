# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a folder that Recording reads: color/, depth/, poses/ and what belongs to them."""

import json
from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import depth_to_millimetres, write_image, write_whole
from geo_world_model.errors import ImageError
from geo_world_model.geometry.trajectory import format_tum_line

_FRAME_NS = 100_000_000


class RecordingFolder:
    """
    A recording that grows frame by frame, ten of them a second; close() makes it whole.

    path: created; ImageError when it holds anything. camera: PinholeCamera of all frames. Its
    intrinsics.json comes last: what was left unfinished is not taken for a recording.
    """

    def __init__(self, path, camera):
        self.path, self._camera = Path(path), camera
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise ImageError(f'{path} exists and is not an empty folder; it was left as it is')
        for name in ('color', 'depth', 'poses'):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        self._frames, self._lines = [], []

    def write(self, rgb, depth, pose, **facts):
        """
        Add a frame.

        rgb (H, W, 3) uint8; depth (H, W) float32, m, NaN unknown, +Inf sky; facts: go to its entry
        in frames.json.
        """
        number = len(self._frames)
        names = {'color': f'color/{number:06d}.png', 'depth': f'depth/{number:06d}.png',
                 'pose': f'poses/{number:06d}.txt'}
        write_image(self.path / names['color'], rgb)
        write_image(self.path / names['depth'], depth_to_millimetres(depth))
        np.savetxt(self.path / names['pose'], pose.matrix, fmt='%.12f')
        self._frames.append({'index': number, **names,
                             'timestamp': number * _FRAME_NS / 1e9, **facts})
        self._lines.append(format_tum_line(number * _FRAME_NS, pose))

    def close(self):
        """Write frames.json, groundtruth.tum and intrinsics.json."""
        self._write_json('frames.json', self._frames)
        write_whole(self.path / 'groundtruth.tum', '\n'.join([*self._lines, '']).encode())
        self._write_json('intrinsics.json', {
            **self._camera.as_dict(), 'model': 'pinhole, no distortion', 'depth_scale': 1000,
            'depth_unit': 'mm along the optical axis, 0 = no data, 65535 = sky or beyond range'})

    def _write_json(self, name, content):
        write_whole(self.path / name, f'{json.dumps(content, indent=1)}\n'.encode())
