# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of nerfstudio: transforms.json with OpenGL poses."""

import json
import re
from pathlib import Path

import numpy as np

from geo_world_model.datasets.posed_images import PosedImage, PosedImages
from geo_world_model.errors import GeoWorldModelError, ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: Depth pictures are millimetres unless transforms.json says otherwise.
_UNIT = 'depth_unit_scale_factor'
_DISTORTION = ('k1', 'k2', 'k3', 'k4', 'p1', 'p2')
#: What a file_path without a suffix may stand for.
_SUFFIXES = ('.png', '.jpg', '.jpeg', '.PNG', '.JPG')
#: OpenGL's camera looks along -z with y up.
_OPENGL_TO_OPTICAL = np.diag([1.0, -1.0, -1.0, 1.0])


def is_nerfstudio(path):
    """Whether a folder has this layout."""
    return (Path(path) / 'transforms.json').is_file()


def read_nerfstudio_folder(path):
    """
    Read a nerfstudio folder as PosedImages.

    All frames must have one camera without distortion: intrinsics beside the frames, or equal ones
    in every frame. Frames come in the order of the numbers in their names, with or without zeros
    before them; file_path may lack its suffix. cx and cy count from the corner of the first pixel
    there, from its centre here.
    The world is taken as it is: z up and metric as nerfstudio's own processing leaves it, where
    its capture was metric. Source: the data conventions of nerfstudio's documentation.
    """
    path = Path(path)
    try:
        facts = json.loads((path / 'transforms.json').read_text())
        entries = sorted(facts['frames'], key=lambda entry: _order(entry['file_path']))
        cameras = {_camera({**facts, **entry}) for entry in entries}
        frames = tuple(PosedImage(_picture(path / entry['file_path']), _depth(path, entry),
                                  _pose(entry['transform_matrix'])) for entry in entries)
        scale = 1.0 / float(facts.get(_UNIT, 0.001))
    except GeoWorldModelError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise ImageError(f'{path / "transforms.json"} cannot be read: {error!r}') from error
    if not frames:
        raise ImageError(f'{path / "transforms.json"} lists no frame')
    if len(cameras) > 1:
        raise ImageError(f'{path / "transforms.json"} has {len(cameras)} cameras: expected the '
                         'same intrinsics for all frames')
    return PosedImages(path, cameras.pop(), scale, frames)


def _order(name):
    """Sort key by which frame_2 comes before frame_10."""
    return [(int(part), '') if part.isdigit() else (-1, part)
            for part in re.split(r'(\d+)', name)]


def _picture(path):
    """The file that a frame names, with the suffix that it may have left out."""
    if not path.suffix or not path.is_file():
        for suffix in _SUFFIXES:
            if path.with_name(path.name + suffix).is_file():
                return path.with_name(path.name + suffix)
    return path


def _camera(facts):
    distortion = [name for name in _DISTORTION if float(facts.get(name, 0.0)) != 0.0]
    if distortion or facts.get('camera_model', 'PINHOLE') not in ('PINHOLE', 'OPENCV',
                                                                 'SIMPLE_PINHOLE'):
        raise ImageError(f'the camera {facts.get("camera_model", "")} has distortion '
                         f'({", ".join(distortion) or "its model"}): undistort the pictures first')
    return PinholeCamera(float(facts['fl_x']), float(facts.get('fl_y', facts['fl_x'])),
                         float(facts['cx']) - 0.5, float(facts['cy']) - 0.5, facts['w'],
                         facts['h'])


def _depth(path, entry):
    return path / entry['depth_file_path'] if entry.get('depth_file_path') else None


def _pose(matrix):
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (4, 4):
        raise ImageError(f'a transform_matrix has shape {matrix.shape}: expected (4, 4)')
    return Pose.from_matrix(matrix @ _OPENGL_TO_OPTICAL)
