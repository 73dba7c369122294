# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How much of what a view shares with the memory bank its chosen references see."""

import numpy as np

from geo_world_model.cache.memory_bank import MemoryBank
from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render
from geo_world_model.datasets.layouts import open_recording
from geo_world_model.evaluation.box_overlap import scores
from geo_world_model.seed import measured_keyframe

#: Every so many frames one is a target; the others are the bank.
EVERY = 4
#: Measured depths of one surface differ by at most this share.
SAME_SURFACE = 0.03
_STRIDE = 4
METHODS = ('best possible', 'memory bank', 'votes', 'box overlap', 'nearest pose')


def run(folder, counts=(1, 2, 4, 8)):
    """
    Choose references for every fourth frame among the others of a recording; returns rows.

    A pixel of a target is shared when the measured depth of at least one other frame shows the
    same place; a row has, for each number of references, the mean share of these pixels that the
    chosen ones see. 'memory bank' and 'votes' (operations counted in the rendering, as before) see
    a rendering of the bank, as a world does; 'box overlap' is WorldStereo's; 'best possible' picks
    greedily by the truth.
    """
    recording = open_recording(folder)
    camera = recording.camera
    targets = range(EVERY // 2, len(recording), EVERY)
    frames = [i for i in range(len(recording)) if i not in targets]
    bank, cloud, depths = MemoryBank(), PointCloud(), {}
    poses = {i: recording.pose(i) for i in range(len(recording))}
    for number, i in enumerate(frames, 1):
        depths[i] = recording.depth(i)
        keyframe = measured_keyframe(recording.rgb(i), depths[i], camera, poses[i])
        bank.add(number, keyframe, False)
        cloud.add(number, keyframe)
    shares = {(method, k): [] for method in METHODS for k in counts}
    for target in targets:
        seen = np.stack([_sees(camera, poses[target], recording.depth(target), poses[i],
                               depths[i]) for i in frames])
        shared = seen.any(0).sum()
        if shared == 0:
            continue
        rendering = render(cloud, camera, poses[target], len(frames))
        ranked = {'box overlap': np.argsort(-scores(
            camera, poses[target], [(camera, poses[i]) for i in frames]), kind='stable')}
        distance = [sum(poses[i].distance_to(poses[target])) for i in frames]
        ranked['nearest pose'] = np.argsort(distance, kind='stable')
        votes = np.bincount(rendering.operation.ravel(), minlength=len(frames) + 1)[1:]
        ranked['votes'] = np.lexsort((distance, -votes))
        ranked['best possible'] = _greedy(seen, max(counts))
        for k in counts:
            chosen = bank.choose(rendering.depth, camera, poses[target], k)
            for method in METHODS:
                picked = (np.array(chosen) - 1 if method == 'memory bank'
                          else ranked[method][:k])
                shares[method, k].append(seen[picked].any(0).sum() / shared)
    return {'frames': len(frames), 'targets': len(targets),
            'seen_share': [{'method': method,
                            **{str(k): round(float(np.mean(shares[method, k])), 4)
                               for k in counts}} for method in METHODS]}


def _sees(camera, pose, depth, other_pose, other_depth):
    """Whether another frame shows the place of every fourth pixel of a target, (n,) bool."""
    points = camera.unproject(depth)[::_STRIDE, ::_STRIDE].reshape(-1, 3)
    points = points[np.isfinite(points).all(1)]
    motion = np.linalg.inv(other_pose.matrix) @ pose.matrix
    uv, z = camera.project(points @ motion[:3, :3].T + motion[:3, 3])
    pixel = np.floor(np.nan_to_num(uv, nan=-1.0) + 0.5)
    column, row = np.clip(pixel, -1, max(camera.width, camera.height)).astype(int).T
    inside = (z > 0.05) & (row >= 0) & (column >= 0) & (row < camera.height) & (column
                                                                             < camera.width)
    there = np.where(inside, other_depth[row * inside, column * inside], np.nan)
    with np.errstate(invalid='ignore'):
        return np.abs(there / z - 1) < SAME_SURFACE


def _greedy(seen, count):
    """Pick rows of seen (M, n) bool, each adding most to those before."""
    left, picked = seen.copy(), []
    for _ in range(min(count, len(seen))):
        gain = left.sum(1)
        gain[picked] = -1
        picked.append(int(np.argmax(gain)))
        left &= ~left[picked[-1]]
    return np.array(picked)
