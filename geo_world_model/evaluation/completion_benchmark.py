# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Seconds of a new view by the compact generator, engine beside engine in the same run."""

import json
import os
import time
from pathlib import Path

import numpy as np

from geo_world_model.datasets.procedural.recording import scene_camera, scene_views
from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator, Request
from geo_world_model.generators.compact.compact import ENGINES
from geo_world_model.geometry.view import OBSERVED, UNKNOWN, View

_SEED, _KIND = 5, 'room'
#: Share of the view's columns that are unknown.
_HOLE = 0.4


def run(sizes, widths, repeats=5, references=2, json_path=None):
    """
    Print a row for each view size, working width and engine that is installed; returns the rows.

    sizes: width, height (px) of views; widths: px the network works at. Engines take turns, so
    that what else the machine does falls on all of them. ratio: to torch, of the medians of
    seconds; cpu_s: seconds of processor time, which other work disturbs less.
    """
    rows = []
    for size in sizes:
        request = hole_request(size, references)
        for width in widths:
            engines = _installed(width)
            begun = {name: _timed(engine, request)[0] for name, engine in engines.items()}
            times = {name: [] for name in engines}
            for _ in range(repeats):
                for name, engine in engines.items():
                    times[name].append(_timed(engine, request))
            middle = {name: np.median(each, 0) for name, each in times.items()}
            for name, (seconds, cpu) in middle.items():
                rows.append({'size': list(size), 'width': width, 'engine': name,
                             'first_s': round(begun[name], 3), 'seconds': round(seconds, 4),
                             'cpu_s': round(cpu, 4), 'load': round(os.getloadavg()[0], 1),
                             'ratio': round(seconds / middle['torch'][0], 3),
                             'cpu_ratio': round(cpu / middle['torch'][1], 3)})
                print(' '.join(f'{key} {value}' for key, value in rows[-1].items()), flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=1) + '\n')
    return rows


def hole_request(size, references):
    """Return the Request of a procedural view whose right side is unknown, with references."""
    camera = scene_camera(_SEED, size)
    views = [View(rgb, depth, np.full(depth.shape, OBSERVED, np.uint8), camera, pose)
             for rgb, depth, pose, _ in scene_views(_KIND, _SEED, 0, 4, camera)]
    rgb, depth, provenance = (views[0].rgb.copy(), views[0].depth.copy(),
                              views[0].provenance.copy())
    hole = np.s_[:, int((1 - _HOLE) * size[0]):]
    rgb[hole], depth[hole], provenance[hole] = 0, np.nan, UNKNOWN
    return Request('complete', View(rgb, depth, provenance, camera, views[0].pose),
                   np.full(depth.shape, np.inf, np.float32), tuple(views[1:1 + references]))


def _installed(width):
    engines = {}
    for name in ENGINES:
        try:
            engines[name] = create_generator('compact', width=width, engine=name)
        except GeneratorError as error:
            if name == 'torch':
                raise
            print(error)
    return engines


def _timed(engine, request):
    start, cpu = time.perf_counter(), time.process_time()
    engine.complete(request)
    return time.perf_counter() - start, time.process_time() - cpu
