# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Full frames from N points, paired in one run with Open3D's tensor point renderer."""

import json
import time
from pathlib import Path

import numba
import numpy as np

from geo_world_model.cache import closure, culling, gaps, passes, resolving
from geo_world_model.cache.renderer import render
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.room_scan import room_pose, scan_room
from geo_world_model.geometry.camera import PinholeCamera

_BLOCK = 6


def run(sizes, image_sizes, repeats, json_path=None):
    """
    Print times and ratios for clouds of `sizes` points at image_sizes, a list of (width, height).

    Both renderers draw the same points at the same poses in turns of a few frames. Ours draws
    full footprints with provenance and operation; Open3D single pixels with colour and depth. The
    floor is what memory needs for the points in view (12 bytes each), for what every pixel looks
    up (32) and for what it gets (18), at the read bandwidth measured in the same run.
    """
    try:
        import open3d as o3d
    except (ImportError, OSError) as error:
        raise ConfigError(f'the peer of this benchmark, Open3D, cannot be imported ({error}); '
                          'pip install "geo_world_model[eval]"') from error
    bandwidth = read_bandwidth()
    print(f'a room of 8 x 6 x 2.8 m, scanned from random places; {numba.get_num_threads()} '
          f'threads read {bandwidth / 1e9:.1f} GB/s', flush=True)
    rows = []
    for size in sizes:
        cloud = scan_room(size)
        s = cloud.surfaces
        peer = o3d.t.geometry.PointCloud(
            o3d.core.Tensor(np.ascontiguousarray(np.stack([s.x, s.y, s.z], 1))))
        colour = np.stack([s.rgb >> 16 & 255, s.rgb >> 8 & 255, s.rgb & 255], 1)
        peer.point.colors = o3d.core.Tensor((colour / 255.0).astype(np.float32))
        for width, height in image_sizes:
            camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2,
                                   width, height)
            rows.append(_row(o3d, cloud, peer, camera, repeats, bandwidth))
            print(_sentence(rows[-1]), flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _row(o3d, cloud, peer, camera, repeats, bandwidth):
    width, height = camera.width, camera.height
    rng = np.random.default_rng(1)
    poses = [room_pose(rng) for _ in range(8)]
    intrinsics = o3d.core.Tensor(camera.matrix)
    version = cloud_version(cloud)
    times, in_view, coverage = ([], []), [], []
    stages = _Stages()
    for index in range(max(1, repeats // len(poses))):
        for pose in poses:
            extrinsics = o3d.core.Tensor(np.linalg.inv(pose.matrix))
            for kept, draw in zip(times, (
                    lambda: render(cloud, camera, pose, version),
                    lambda: peer.project_to_rgbd_image(width, height, intrinsics, extrinsics,
                                                       depth_scale=1.0, depth_max=100.0))):
                # waiting threads of one library spin into the first frame of the other
                seconds = [_seconds(draw) for _ in range(_BLOCK)]
                kept.extend(seconds[1:])
            with stages:
                known = render(cloud, camera, pose, version).provenance > 0
            if index == 0:
                in_view.append(_share_in_view(cloud, camera, pose))
                coverage.append(float(np.mean(known)))
    ours, theirs = (np.array(t) * 1e3 for t in times)
    floor = (np.mean(in_view) * cloud.count * 12 + width * height * 50) / bandwidth * 1e3
    numbers = {'ours_ms': np.median(ours), 'open3d_ms': np.median(theirs),
               'ratio': np.median(theirs) / np.median(ours), 'ours_least_ms': ours.min(),
               'open3d_least_ms': theirs.min(), 'least_ratio': theirs.min() / ours.min(),
               'floor_ms': floor, 'over_floor': np.median(ours) / floor}
    return {'points': cloud.count, 'width': width, 'height': height,
            'threads': numba.get_num_threads(),
            **{name: round(float(value), 2) for name, value in numbers.items()},
            'in_view': round(float(np.mean(in_view)), 3),
            'coverage': round(float(np.mean(coverage)), 3),
            'stages_ms': {name: round(value, 2) for name, value in stages.medians().items()},
            'gigabytes_per_second': round(bandwidth / 1e9, 1)}


def _sentence(row):
    stages = ', '.join(f'{name} {value}' for name, value in row['stages_ms'].items())
    return ('{points:>9} points {width}x{height}: ours {ours_ms} ms (least {ours_least_ms}), '
            'Open3D {open3d_ms} ms (least {open3d_least_ms}), Open3D / ours = {ratio} (least: '
            '{least_ratio}); {in_view:.1%} of the points in view, coverage {coverage:.1%}; '
            'memory alone {floor_ms} ms, ours is {over_floor} times that; stages in ms: '.format(
                **row) + stages)


class _Stages:
    """Times the parts of the renderer while it is entered."""

    _PARTS = (('culling', culling, ('visible_chunks', 'near_to_far', 'split_rows')),
              ('centres', passes, ('draw_centres',)),
              ('footprints and look-up', resolving, ('show',)),
              ('gaps', gaps, ('find_gaps', 'hide')),
              ('closing', closure, ('small_holes', 'nearest_known', 'fill')))

    def __init__(self):
        self._frames = []

    def __enter__(self):
        self._frames.append({name: 0.0 for name, _, _ in self._PARTS})
        self._kept = [(module, name, getattr(module, name))
                      for _, module, names in self._PARTS for name in names]
        for stage, module, names in self._PARTS:
            for name in names:
                setattr(module, name, self._timed(getattr(module, name), stage))

    def __exit__(self, *error):
        for module, name, function in self._kept:
            setattr(module, name, function)

    def _timed(self, function, stage):
        frame = self._frames[-1]

        def call(*arguments):
            start = time.perf_counter()
            result = function(*arguments)
            frame[stage] += time.perf_counter() - start
            return result
        return call

    def medians(self):
        """Median milliseconds of each part."""
        return {name: float(np.median([frame[name] for frame in self._frames])) * 1e3
                for name, _, _ in self._PARTS}


@numba.njit(parallel=True, nogil=True, cache=True)
def _total(values, threads):
    total = np.uint64(0)
    for t in numba.prange(threads):
        part = np.uint64(0)
        for i in range(values.size * t // threads, values.size * (t + 1) // threads):
            part += values[i]
        total += part
    return total


def read_bandwidth(size=1 << 28, repeats=8):
    """Bytes a second that all threads together read from memory; size: of the test, bytes."""
    values = np.ones(size // 8, np.uint64)
    return size / min(_seconds(lambda: _total(values, numba.get_num_threads()))
                      for _ in range(repeats))


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def cloud_version(cloud):
    """Version that shows every point of a cloud."""
    return int(cloud.surfaces.operation.max())


def _share_in_view(cloud, camera, pose):
    m = np.linalg.inv(pose.matrix)
    s = cloud.surfaces
    uv, z = camera.project(np.stack([s.x, s.y, s.z], 1) @ m[:3, :3].T + m[:3, 3])
    return float(np.mean((z > 0.05) & (uv[:, 0] > -0.5) & (uv[:, 0] < camera.width - 0.5)
                         & (uv[:, 1] > -0.5) & (uv[:, 1] < camera.height - 0.5)))
