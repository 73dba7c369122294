# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How many views of procedural scenes a second: scenes, paths and pictures apart."""

import json
import time
from pathlib import Path

import numba

from geo_world_model.datasets.procedural.recording import (
    kind_of_scene, posed_scene, scene_camera, scene_views)
from geo_world_model.errors import ConfigError


def run(sizes, threads, scenes, views, rays, seed=1, json_path=None, kind='mixed'):
    """
    Print views and pixels a second for each size and number of threads; returns the rows.

    sizes: (width, height) each; threads: numbers of numba's threads; scenes, views: so many views
    of so many scenes of a kind (kind_of_scene); rays: of a pixel's colour, 4 or 1. Raises
    ConfigError.
    """
    for name, value in (('scenes', scenes), ('views', views), ('threads', min(threads))):
        if value < 1:
            raise ConfigError(f'{name} is {value}: expected 1 or more')
    kind_of_scene(seed, 0, kind)
    most = numba.config.NUMBA_NUM_THREADS
    if max(threads) > most:
        raise ConfigError(f'threads is {max(threads)}: numba has {most} here')
    rows, before = [], numba.get_num_threads()
    try:
        for size in sizes:
            for count in threads:
                numba.set_num_threads(count)
                rows.append(_row(size, count, scenes, views, rays, seed, kind))
                print('{width:>4}x{height:<4} {threads:>2} threads {rays} rays: {views_s:7.1f} '
                      'views/s {megapixels_s:6.3f} Mpx/s {views_hour:>8} views/hour; a scene: '
                      '{scene_ms:.1f} ms + {view_ms:.2f} ms a view'.format(**rows[-1]),
                      flush=True)
    finally:
        numba.set_num_threads(before)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _row(size, threads, scenes, views, rays, seed, kind):
    camera = scene_camera(seed, size)
    # compiles, or brings the kernels from their cache
    list(scene_views('room', seed, 0, 1, camera, rays))
    building = seeing = 0.0
    for number in range(scenes):
        start = time.perf_counter()
        renderer, poses, _ = posed_scene(kind_of_scene(seed, number, kind), seed, number, views,
                                         camera)
        exposure = renderer.exposure(camera, poses[0])
        middle = time.perf_counter()
        for pose in poses:
            renderer.view(camera, pose, exposure, rays)
        building += middle - start
        seeing += time.perf_counter() - middle
    rate = scenes * views / (building + seeing)
    return {'width': size[0], 'height': size[1], 'threads': threads, 'rays': rays, 'kind': kind,
            'scenes': scenes, 'views': views, 'views_s': round(rate, 2),
            'megapixels_s': round(rate * size[0] * size[1] / 1e6, 4),
            'views_hour': int(3600 * rate), 'scene_ms': round(1e3 * building / scenes, 2),
            'view_ms': round(1e3 * seeing / (scenes * views), 3)}
