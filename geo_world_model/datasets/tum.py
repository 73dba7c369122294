# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of the TUM RGB-D benchmark: rgb.txt, depth.txt, groundtruth.txt."""

from pathlib import Path

import numpy as np

from geo_world_model.datasets.posed_images import PosedImage, PosedImages
from geo_world_model.errors import ImageError, TrajectoryError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.trajectory import read_tum

#: Stamps this far apart belong together (the benchmark's own tools take this), nanoseconds.
_TOGETHER_NS = 20_000_000
_DEPTH_SCALE = 5000.0
#: The camera that the benchmark recommends for pictures with registered depth.
_CAMERA = PinholeCamera(525.0, 525.0, 319.5, 239.5, 640, 480)


def is_tum(path):
    """Whether a folder has this layout."""
    return (Path(path) / 'rgb.txt').is_file() and (Path(path) / 'groundtruth.txt').is_file()


def read_tum_folder(path, camera=_CAMERA):
    """
    Read a folder of the benchmark as PosedImages.

    A picture counts when depth and pose lie within 20 ms; nothing is interpolated. camera: its
    default has no distortion, which the benchmark's first two cameras have a little of. Poses are
    camera to world, optical axes, as groundtruth.txt gives them; its world is z up.
    Source: Sturm et al., IROS 2012, and the format page of the benchmark.
    """
    path = Path(path)
    colours = _listed(path, 'rgb.txt')
    depths = _listed(path, 'depth.txt') if (path / 'depth.txt').is_file() else []
    poses = [(stamped.stamp_ns, stamped.pose) for stamped in read_tum(path / 'groundtruth.txt')]
    frames = []
    for stamp, colour in colours:
        pose, depth = _nearest(poses, stamp), _nearest(depths, stamp)
        if pose is not None and (depth is not None or not depths):
            frames.append(PosedImage(colour, depth, pose))
    if not frames:
        raise ImageError(f'{path}: no picture of rgb.txt has a pose, and depth where there is '
                         'depth.txt, within 20 ms')
    return PosedImages(path, camera, _DEPTH_SCALE, tuple(frames))


def _listed(path, name):
    """Return (stamp in nanoseconds, path) of the lines of a list, by stamp."""
    found = []
    for number, line in enumerate((path / name).read_text().splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        parts = line.split()
        try:
            stamp = round(float(parts[0]) * 1e9)
            found.append((stamp, path / parts[1]))
        except (ValueError, IndexError, OverflowError) as error:
            raise TrajectoryError(f'{path / name}, line {number}: expected a stamp and a file '
                                  'name') from error
    return sorted(found, key=lambda entry: entry[0])


def _nearest(entries, stamp):
    if not entries:
        return None
    stamps = np.array([entry[0] for entry in entries])
    index = int(np.argmin(np.abs(stamps - stamp)))
    return entries[index][1] if abs(int(stamps[index]) - stamp) <= _TOGETHER_NS else None
