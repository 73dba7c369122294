# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Time to choose references among many keyframes of one room, beside one rendering of it."""

import json
import time
from pathlib import Path

import numpy as np

from geo_world_model.cache.depth_code import encode_depth
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.memory_bank import MemoryBank
from geo_world_model.evaluation.room_scan import room_depth, room_pose, scan_room
from geo_world_model.cache.renderer import render
from geo_world_model.geometry.camera import PinholeCamera

#: Cameras of the keyframes; the bank keeps small pictures of theirs, whatever their size.
_BANK = PinholeCamera(96.0, 96.0, 79.5, 43.5, 160, 88)
_POINTS = 1_000_000


def run(sizes, image_size, repeats, references=4, json_path=None):
    """
    Print the median time of a query for banks of `sizes` keyframes; returns the rows.

    All keyframes stand in one room and look anywhere: nothing can be left out by place. Peer of
    each row, in the same run: one rendering of that room from 1 M points at image_size.
    """
    width, height = image_size
    camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    rng = np.random.default_rng(1)
    poses = [room_pose(rng) for _ in range(repeats)]
    cloud = scan_room(_POINTS)
    bank, rows = MemoryBank(), []
    for size in sorted(sizes):
        while len(bank) < size:
            bank.add(len(bank) + 1, _keyframe(rng), len(bank) % 50 == 0)
        query, frame = [], []
        for pose in poses:
            start = time.perf_counter()
            rendering = render(cloud, camera, pose, 0xFFFFFFF0)
            middle = time.perf_counter()
            bank.choose(rendering.depth, camera, pose, references)
            frame.append(middle - start)
            query.append(time.perf_counter() - middle)
        rows.append({'keyframes': size, 'query_ms': round(1e3 * float(np.median(query)), 3),
                     'render_ms': round(1e3 * float(np.median(frame)), 3),
                     'query_over_render': round(float(np.median(query) / np.median(frame)), 3)})
        print('{keyframes:>6} keyframes: query {query_ms} ms, rendering {render_ms} ms, '
              'query / rendering = {query_over_render}'.format(**rows[-1]), flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _keyframe(rng):
    pose = room_pose(rng)
    depth = room_depth(_BANK, pose)
    return Keyframe(_BANK, pose, np.zeros(depth.shape + (3,), np.uint8), encode_depth(depth),
                    np.zeros(depth.shape, np.uint16), np.ones(depth.shape, np.uint8))
