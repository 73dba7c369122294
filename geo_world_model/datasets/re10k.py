# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Clips of RealEstate10K: a text file of cameras, and the frames in a folder beside it."""

from pathlib import Path

import cv2
import numpy as np

from geo_world_model.datasets.images import read_rgb
from geo_world_model.datasets.posed_images import PosedImage, PosedImages
from geo_world_model.errors import GeoWorldModelError, ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: stamp, four intrinsics in shares of the picture, two zeros, 3 x 4 world to camera.
_NUMBERS = 19
_SUFFIXES = ('.png', '.jpg', '.jpeg')


def is_re10k(path):
    """Whether a path is a text file of this layout with a folder of frames of the same name."""
    path = Path(path)
    return path.suffix == '.txt' and path.is_file() and path.with_suffix('').is_dir()


def read_re10k_clip(path):
    """
    Read CLIP.txt and the frames CLIP/STAMP.png (.jpg, .jpeg) as PosedImages, by stamp; no depth.

    A line gives the stamp in microseconds, fx fy cx cy in shares of width and height, and the 3x4
    matrix world to camera, optical axes. Lines without a picture are left out. The world of a clip
    has no gravity and no scale: it is turned so that the mean of the cameras' up is z, and its
    first camera stands at 1.2 m; its unit is kept. Source: the data page of RealEstate10K.
    """
    path = Path(path)
    found = []
    for number, line in enumerate(path.read_text('utf-8-sig').splitlines(), 1):
        parts = line.split()
        if len(parts) != _NUMBERS:
            # the first line is the address of the video
            if number > 1 and parts:
                raise ImageError(f'{path}, line {number}: {len(parts)} numbers, expected '
                                 f'{_NUMBERS}')
            continue
        file = _picture(path.with_suffix(''), parts[0])
        if file is None:
            continue
        try:
            found.append((int(parts[0]), [float(part) for part in parts[1:]], file))
        except ValueError as error:
            raise ImageError(f'{path}, line {number}: {error}') from error
    if not found:
        raise ImageError(f'{path.with_suffix("")} holds no picture named after a line of {path}')
    found.sort(key=lambda entry: entry[0])
    rows, files = np.array([entry[1] for entry in found]), [entry[2] for entry in found]
    if np.ptp(rows[:, :4], axis=0).max() > 1e-6:
        raise ImageError(f'{path}: the intrinsics change; expected one camera for the clip')
    height, width = read_rgb(files[0]).shape[:2]
    fx, fy, cx, cy = rows[0, :4]
    try:
        camera = PinholeCamera(fx * width, fy * height, cx * width - 0.5, cy * height - 0.5,
                               width, height)
        poses = [Pose.from_matrix(matrix) for matrix in _upright(rows[:, 6:].reshape(-1, 3, 4))]
    except GeoWorldModelError as error:
        raise ImageError(f'{path}: {error}') from error
    return PosedImages(path, camera, 1.0, tuple(
        PosedImage(file, None, pose) for file, pose in zip(files, poses)))


def _picture(folder, stamp):
    for suffix in _SUFFIXES:
        if (folder / f'{stamp}{suffix}').is_file():
            return folder / f'{stamp}{suffix}'
    return None


def _upright(extrinsics):
    """Camera to world of world-to-camera (N, 3, 4), with z up on the mean."""
    whole = np.concatenate([extrinsics, np.tile([[[0.0, 0, 0, 1]]], (len(extrinsics), 1, 1))], 1)
    poses = np.linalg.inv(whole)
    up = -poses[:, :3, 1].mean(0)
    if np.linalg.norm(up) < 1e-3:
        raise ImageError('its cameras have no common up')
    up /= np.linalg.norm(up)
    axis = np.cross(up, (0.0, 0.0, 1.0))
    angle = np.arctan2(np.linalg.norm(axis), up[2])
    if np.linalg.norm(axis) < 1e-9:
        axis = np.array([1.0, 0.0, 0.0])
    turn = np.eye(4)
    turn[:3, :3] = cv2.Rodrigues(axis / np.linalg.norm(axis) * angle)[0]
    poses = turn @ poses
    poses[:, :3, 3] += np.array([0.0, 0.0, 1.2]) - poses[0, :3, 3]
    return poses
