# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What 72 overlapping frames of one room become: points kept, time, and how right they look."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from geo_world_model.cache.fusion import fuse
from geo_world_model.cache.chunks import ALIVE
from geo_world_model.cache.keyframe_points import unproject
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render
from geo_world_model.evaluation.furnished_room import FurnishedRoom
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.seed import measured_keyframe

#: A pixel is right within this depth (m and share) and these levels of every colour.
_METRES, _SHARE, _LEVELS = 0.01, 0.01, 24
_VOXEL = 0.01


def run(image_size, frames=72, views=12, json_path=None):
    """
    Print a row for each rule of insertion; returns the rows.

    Test views stand as the frames do, and then half as far from what they look at.
    """
    width, height = image_size
    camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    room = FurnishedRoom()
    rng = np.random.default_rng(2)
    keyframes = []
    for _ in range(frames):
        pose = room.pose(rng)
        rgb, depth = room.view(camera, pose)
        keyframes.append(measured_keyframe(rgb, depth, camera, pose))
    usual = [room.pose(rng) for _ in range(views)]
    rows = []
    for rule, insert in (('keep everything', _everything), ('voxels of 1 cm', _Voxels()),
                         ('its own footprint', _by_footprint)):
        cloud, insertion, frame = PointCloud(), [], []
        for number, keyframe in enumerate(keyframes, 1):
            start = time.perf_counter()
            render(cloud, camera, keyframe.pose, number)
            middle = time.perf_counter()
            insert(cloud, number, keyframe)
            insertion.append(time.perf_counter() - middle)
            frame.append(middle - start)
        places = [usual, [near for near in (_closer(room, camera, p) for p in usual) if near]]
        right = [np.mean([_right(room, cloud, camera, pose, frames) for pose in poses])
                 for poses in places]
        rows.append({'rule': rule, 'points': cloud.count,
                     'live_points': int(np.count_nonzero(cloud.surfaces.retired == ALIVE)),
                     'insert_ms': round(1e3 * float(np.median(insertion)), 2),
                     'render_ms': round(1e3 * float(np.median(frame)), 2),
                     'right': round(float(right[0]), 4),
                     'right_closer': round(float(right[1]), 4)})
        print('{rule:18} {live_points:>9} live points of {points:>9}, insertion {insert_ms} ms '
              'beside a rendering of {render_ms} ms; right {right:.1%}, half as far '
              '{right_closer:.1%}'.format(**rows[-1]), flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _everything(cloud, number, keyframe):
    cloud.add(number, keyframe)


def _by_footprint(cloud, number, keyframe):
    keyframe, retired = fuse(cloud, number - 1, keyframe)
    cloud.add(number, keyframe)
    cloud.surfaces.retire(retired[:, 0].astype(np.int64), number)


class _Voxels:
    """The peer: the first point of each voxel stays."""

    def __init__(self):
        self._taken = np.zeros(0, np.int64)

    def __call__(self, cloud, number, keyframe):
        pixels = keyframe.pixels()
        place = unproject(keyframe.camera, keyframe.pose, pixels, keyframe.depth_code.reshape(-1))
        cell = np.floor(place / _VOXEL).astype(np.int64) + (1 << 20)
        key = cell[0] << 42 | cell[1] << 21 | cell[2]
        _, first = np.unique(key, return_index=True)
        fresh = first[~np.isin(key[first], self._taken)]
        self._taken = np.concatenate([self._taken, key[fresh]])
        provenance = np.zeros_like(keyframe.provenance)
        provenance.reshape(-1)[pixels[fresh]] = keyframe.provenance.reshape(-1)[pixels[fresh]]
        cloud.add(number, replace(keyframe, provenance=provenance))


def _closer(room, camera, pose):
    """Return the pose half as far from what it looks at; None where nobody can stand."""
    _, depth = room.view(camera, pose)
    matrix = pose.matrix
    matrix[:3, 3] += matrix[:3, 2] * 0.5 * depth[camera.height // 2, camera.width // 2]
    return Pose.from_matrix(matrix) if room.is_free(matrix[:3, 3]) else None


def _right(room, cloud, camera, pose, version):
    rgb, depth = room.view(camera, pose)
    shown = render(cloud, camera, pose, version)
    with np.errstate(invalid='ignore'):
        near = np.abs(shown.depth - depth) <= _METRES + _SHARE * depth
    levels = np.abs(shown.rgb.astype(int) - rgb).max(-1)
    return np.mean(near & (levels <= _LEVELS) & (shown.operation > 0))
