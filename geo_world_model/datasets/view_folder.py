# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The folder that a walk writes: rgb, depth, provenance, trajectory, camera."""

import json
import shutil
from pathlib import Path

from geo_world_model.datasets.images import depth_to_millimetres, write_image, write_whole
from geo_world_model.errors import ImageError
from geo_world_model.geometry.trajectory import format_tum_line

_IMAGES = ('rgb', 'depth', 'provenance')


class ViewFolder:
    """
    Writes views as rgb/, depth/ (16-bit millimetres) and provenance/ %06d.png.

    path: created; refused with ImageError when it holds anything, unless overwrite, which removes
    only what an earlier walk wrote there.
    """

    def __init__(self, path, camera, overwrite=False):
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise ImageError(f'{path} is a file: expected a folder; it was left as it is')
        if self.path.is_dir() and any(self.path.iterdir()):
            if not overwrite:
                raise ImageError(f'the folder {path} is not empty; name another one, or give '
                                 '--overwrite. It was left as it is.')
            for name in _IMAGES:
                shutil.rmtree(self.path / name, ignore_errors=True)
            for name in ('trajectory.tum', 'camera.json'):
                (self.path / name).unlink(missing_ok=True)
        for name in _IMAGES:
            (self.path / name).mkdir(parents=True, exist_ok=True)
        self._lines = []
        text = json.dumps({**camera.as_dict(), 'model': 'pinhole', 'depth_scale': 1000,
                           'pose': 'trajectory.tum: camera to world, optical axes, metres'},
                          indent=2)
        write_whole(self.path / 'camera.json', f'{text}\n'.encode())

    def write(self, stamp_ns, view):
        """Write one view; its pose joins trajectory.tum after its images are whole."""
        name = f'{len(self._lines):06d}.png'
        write_image(self.path / 'rgb' / name, view.rgb)
        write_image(self.path / 'depth' / name, depth_to_millimetres(view.depth))
        write_image(self.path / 'provenance' / name, view.provenance)
        self._lines.append(format_tum_line(stamp_ns, view.pose))
        write_whole(self.path / 'trajectory.tum', '\n'.join(self._lines + ['']).encode())
