# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of the TUM RGB-D benchmark: rgb.txt, depth.txt, groundtruth.txt."""

import json
from pathlib import Path

import numpy as np

from geo_world_model.datasets.posed_images import PosedImage, PosedImages
from geo_world_model.errors import CameraError, ImageError, TrajectoryError
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


def read_tum_folder(path, camera=None):
    """
    Read a folder of the benchmark as PosedImages.

    A picture counts when depth and pose lie within 20 ms; nothing is interpolated, and the lists
    may be in any order. camera: PinholeCamera; by default that of the folder's camera.json (fx fy
    cx cy width height, for other data sets in this format), or else the one that the benchmark
    recommends, without the distortion that its first two cameras have a little of. Poses are
    camera to world, optical axes, as groundtruth.txt gives them; its world is z up.
    Source: Sturm et al., IROS 2012, and the format page of the benchmark.
    """
    path = Path(path)
    colours = _listed(path, 'rgb.txt')
    depths = _listed(path, 'depth.txt') if (path / 'depth.txt').is_file() else []
    poses = sorted(((stamped.stamp_ns, stamped.pose)
                    for stamped in read_tum(path / 'groundtruth.txt')),
                   key=lambda entry: entry[0])
    stamps = [stamp for stamp, _ in colours]
    frames = [PosedImage(colour, depth, pose) for (_, colour), pose, depth
              in zip(colours, _nearest(poses, stamps), _nearest(depths, stamps))
              if pose is not None and (depth is not None or not depths)]
    if not frames:
        raise ImageError(f'{path}: no picture of rgb.txt has a pose, and depth where there is '
                         'depth.txt, within 20 ms')
    return PosedImages(path, camera or _camera_of(path), _DEPTH_SCALE, tuple(frames))


def _camera_of(path):
    """The camera that a folder tells of, or the benchmark's."""
    if not (path / 'camera.json').is_file():
        return _CAMERA
    try:
        return PinholeCamera.from_dict(json.loads((path / 'camera.json').read_text()))
    except (OSError, ValueError, CameraError) as error:
        raise ImageError(f'{path / "camera.json"} cannot be read as a camera: {error}') from error


def _listed(path, name):
    """Return (stamp in nanoseconds, path) of the lines of a list, by stamp."""
    found = []
    for number, line in enumerate((path / name).read_text('utf-8-sig').splitlines(), 1):
        parts = line.split()
        if not parts or parts[0].startswith('#'):
            continue
        try:
            stamp = round(float(parts[0]) * 1e9)
            found.append((stamp, path / parts[1]))
        except (ValueError, IndexError, OverflowError) as error:
            raise TrajectoryError(f'{path / name}, line {number}: expected a stamp and a file '
                                  'name') from error
    return sorted(found, key=lambda entry: entry[0])


def _nearest(entries, stamps):
    """For each stamp the entry (stamp, what) of a sorted list that is nearest, or None."""
    if not entries:
        return [None] * len(stamps)
    known, stamps = np.array([entry[0] for entry in entries]), np.array(stamps)
    after = np.clip(np.searchsorted(known, stamps), 1, max(len(known) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(known) - 1)
    index = np.where(stamps - known[before] <= known[after] - stamps, before, after)
    near = np.abs(known[index] - stamps) <= _TOGETHER_NS
    return [entries[i][1] if there else None for i, there in zip(index.tolist(), near)]
