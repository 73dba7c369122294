# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Shards of procedural scenes and of recordings, for the pool; runs beside the training."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from geo_world_model.datasets.layouts import open_recording
from geo_world_model.datasets.procedural.grammar import MIXTURES
from geo_world_model.datasets.procedural.recording import (
    MOST_LOOKS, scene_camera, scene_kind, scene_views)
from geo_world_model.errors import ConfigError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.training.pool import shard_path, write_shard

#: Scenes of a shard.
SCENES = 64


def procedural_shard(seed: int, number: int, size: tuple[int, int], views: int = MOST_LOOKS,
                     scenes: int = SCENES, mixture: str = 'mixed') -> dict[str, np.ndarray]:
    """
    Render shard `number` of a seed: arrays as in pool.py.

    size: width, height (px); mixture: one of MIXTURES. Each scene has a camera of its own.
    Seed and number fix everything.
    """
    made = []
    for scene in range(number * scenes, (number + 1) * scenes):
        camera = scene_camera(seed * 1_000_003 + scene, size)
        made.append((camera, list(scene_views(scene_kind(seed, scene, mixture), seed, scene,
                                              views, camera))))
    return {'rgb': np.stack([[view[0] for view in seen] for _, seen in made]),
            'depth': np.stack([[view[1] for view in seen] for _, seen in made]),
            'poses': np.stack([[view[2].matrix for view in seen] for _, seen in made]),
            'intrinsics': np.stack([_intrinsics(camera) for camera, _ in made])}


def recording_shard(folder: str | Path, size: tuple[int, int], views: int = MOST_LOOKS,
                    stride: int = 1) -> dict[str, np.ndarray]:
    """
    One shard of an own RGB-D recording (TUM, nerfstudio, ...): groups of frames that follow.

    size: width, height (px); stride: between two frames of a group. The middle of the image is
    taken, so that its shape fits, and made smaller. ConfigError for a recording that is too short.
    """
    recording = open_recording(folder)
    width, height = size
    camera, groups = None, []
    for first in range(0, len(recording) - (views - 1) * stride, max(1, views * stride // 2)):
        frames = []
        for index in range(first, first + views * stride, stride):
            camera, rgb, depth = _fitted(recording, index, size)
            frames.append((rgb, depth, recording.pose(index).matrix))
        groups.append(frames)
    if not groups:
        raise ConfigError(f'{folder} has {len(recording)} frames: expected {views * stride}')
    return {name: np.stack([[frame[part] for frame in group] for group in groups])
            for part, name in enumerate(('rgb', 'depth', 'poses'))} | {
        'intrinsics': np.repeat(_intrinsics(camera)[None], len(groups), 0)}


def _fitted(recording, index, size):
    width, height = size
    rgb, depth, camera = recording.rgb(index), recording.depth(index), recording.camera
    scale = max(width / camera.width, height / camera.height)
    wide, high = int(width / scale), int(height / scale)
    left, top = (camera.width - wide) // 2, (camera.height - high) // 2
    inside = slice(top, top + high), slice(left, left + wide)
    cut = PinholeCamera(camera.fx, camera.fy, camera.cx - left, camera.cy - top, wide, high)
    return (cut.scaled(width, height),
            cv2.resize(rgb[inside], size, interpolation=cv2.INTER_AREA),
            cv2.resize(depth[inside], size, interpolation=cv2.INTER_NEAREST))


def _intrinsics(camera):
    return np.array([camera.fx, camera.fy, camera.cx, camera.cy])


def main(arguments=None):
    """Write the shards of a seed that are missing, one after the other."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument('folder')
    parser.add_argument('--seed', type=int, required=True)
    parser.add_argument('--size', type=int, nargs=2, required=True)
    parser.add_argument('--scenes', choices=MIXTURES, default='mixed')
    parser.add_argument('--views', type=int, default=MOST_LOOKS)
    parser.add_argument('--shards', type=int, required=True)
    parser.add_argument('--first', type=int, default=0, help='with --step: share the work')
    parser.add_argument('--step', type=int, default=1)
    options = parser.parse_args(arguments)
    for number in range(options.first, options.shards, options.step):
        path = shard_path(options.folder, number)
        if not path.exists():
            write_shard(path, procedural_shard(options.seed, number, tuple(options.size),
                                               options.views, mixture=options.scenes))


if __name__ == '__main__':
    main()
