# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Full frames from N points, paired in one run with Open3D's tensor point renderer."""

import json
import time
from pathlib import Path

import numba
import numpy as np

from geo_world_model.cache.renderer import render
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.room_scan import room_pose, scan_room
from geo_world_model.geometry.camera import PinholeCamera

_BLOCK = 6


def run(sizes, image_size, repeats, json_path=None):
    """
    Print medians and ratios for clouds of `sizes` points at image_size (width, height).

    Both renderers draw the same points at the same poses in turns of a few frames. Ours draws
    full footprints with provenance and operation; Open3D single pixels with colour and depth.
    """
    try:
        import open3d as o3d
    except (ImportError, OSError) as error:
        raise ConfigError(f'the peer of this benchmark, Open3D, cannot be imported ({error}); '
                          'pip install "geo_world_model[eval]"') from error
    width, height = image_size
    camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    rows = []
    for size in sizes:
        cloud = scan_room(size)
        rng = np.random.default_rng(1)
        poses = [room_pose(rng) for _ in range(8)]
        s = cloud.surfaces
        peer = o3d.t.geometry.PointCloud(
            o3d.core.Tensor(np.ascontiguousarray(np.stack([s.x, s.y, s.z], 1))))
        colour = np.stack([s.rgb >> 16 & 255, s.rgb >> 8 & 255, s.rgb & 255], 1)
        peer.point.colors = o3d.core.Tensor((colour / 255.0).astype(np.float32))
        intrinsics = o3d.core.Tensor(camera.matrix)
        version = cloud_version(cloud)
        times, in_view, coverage = ([], []), [], []
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
                if index == 0:
                    in_view.append(_share_in_view(cloud, camera, pose))
                    known = render(cloud, camera, pose, version).provenance > 0
                    coverage.append(float(np.mean(known)))
        ours, theirs = (float(np.median(t)) * 1e3 for t in times)
        rows.append({'points': cloud.count, 'width': width, 'height': height,
                     'threads': numba.get_num_threads(), 'ours_ms': round(ours, 2),
                     'open3d_ms': round(theirs, 2), 'ratio': round(theirs / ours, 2),
                     'in_view': round(float(np.mean(in_view)), 3),
                     'coverage': round(float(np.mean(coverage)), 3)})
        print('{points:>9} points {width}x{height}: ours {ours_ms} ms, Open3D {open3d_ms} ms, '
              'Open3D / ours = {ratio}; {in_view:.1%} of the points in view, coverage '
              '{coverage:.1%}, {threads} threads'.format(**rows[-1]), flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


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
