# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Opening, revisits and memory of worlds of any size, each measured in a process of its own."""

import hashlib
import json
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from geo_world_model.cache import culling
from geo_world_model.cache.cache import Cache
from geo_world_model.cache.footprint import NEAR, REACH
from geo_world_model.cache.renderer import projection
from geo_world_model.evaluation.building_scan import Building
from geo_world_model.geometry.camera import PinholeCamera

#: Points of a room, and metres between two views of the walk.
_ROOM_POINTS, _STEP = 1_000_000, 0.25
#: Of the pixels of a keyframe that one of very many commits brings, and commits in a room.
_SHARE, _ROOM_COMMITS = 0.1, 200
#: Those rooms are places of a long drive, this many rooms apart: few are in view at a time.
_APART = 20
_SMALL = PinholeCamera(192.0, 192.0, 159.5, 87.5, 320, 176)


def run(sizes, image_size, views, limit_mb, commits=None, folder=None, json_path=None):
    """
    Print a row for each world of `sizes` points, or for each number of `commits`; returns them.

    A building is scanned with keyframes of image_size; then a fresh process opens the world and
    walks through `views` views at most, without and with a limit of limit_mb: from the disk, and
    once more from the memory of the operating system. folder: where the worlds lie meanwhile
    (60 bytes a point).
    """
    rows = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        if commits:
            rows = _fresh(_commit_many, str(Path(scratch) / 'world.gwm'), sorted(commits))
        else:
            for points in sizes:
                path = str(Path(scratch) / f'{points}.gwm')
                rows += _rows(path, points, image_size, views, limit_mb)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _rows(path, points, image_size, views, limit_mb):
    width, height = image_size
    camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                           height)
    built = _fresh(_build, path, points, camera)
    rows = []
    for limit in (None, limit_mb):
        _drop_from_memory(path)
        row = dict(built, limit_mb=limit,
                   **_fresh(_walk, path, built['rooms'], camera, views, limit))
        rows.append(row)
        print('{points:>10} points, limit {limit_mb}: opened in {open_cold_s} s from the disk, '
              '{open_s} s again; {views} revisits p50 {p50_ms} p99 {p99_ms} ms (from the disk '
              '{cold_p50_ms} {cold_p99_ms}); process {peak_mb} MB at most, of which {own_mb} its '
              'own; world {world_mb} MB, index {index_mb} MB'.format(**row), flush=True)
    if rows[0]['pixels'] != rows[1]['pixels']:
        raise AssertionError('the limit changed a pixel')
    for file in Path(path).parent.glob(f'{Path(path).name}.index/*'):
        file.unlink()
    Path(path).unlink()
    return rows


def _fresh(action, *arguments):
    """Return what an action returns in a process of its own."""
    with ProcessPoolExecutor(1, get_context('spawn')) as pool:
        return pool.submit(action, *arguments).result()


def _build(path, points, camera):
    rooms = max(2, points // _ROOM_POINTS)
    building = Building(rooms)
    rooms = building.columns * building.rows
    start, total, commit = time.perf_counter(), 0, []
    with_index = Cache(path, index_points=0)
    scans = -(-points // (camera.width * camera.height))
    for number in range(scans):
        frame = building.scan(camera, number * rooms // scans, number)
        before = time.perf_counter()
        with_index.commit('seed' if number == 0 else 'keyframe', frame, 1)
        commit.append(time.perf_counter() - before)
        total += frame.admitted
    before = time.perf_counter()
    with_index.close()
    return {'points': total, 'rooms': rooms, 'keyframes': scans,
            'built_s': round(time.perf_counter() - start, 1),
            'commit_ms': _percentiles(commit), 'close_s': round(time.perf_counter() - before, 3),
            'world_mb': os.path.getsize(path) >> 20,
            'index_mb': sum(f.stat().st_size for f in Path(f'{path}.index').iterdir()) >> 20}


def _walk(path, rooms, camera, views, limit_mb):
    limit = None if limit_mb is None else limit_mb << 20
    start = time.perf_counter()
    cache = Cache(path, memory_limit=limit)
    opened = time.perf_counter() - start
    poses = list(islice(cycle(Building(rooms).walk(_STEP)), views))
    content, rounds = hashlib.sha256(), []
    # kernels are compiled, or read from the disk, before anything is timed
    cache.render(_SMALL, poses[0])
    for _ in range(2):
        rounds.append([])
        for pose in poses:
            before = time.perf_counter()
            shown = cache.render(camera, pose)
            rounds[-1].append(time.perf_counter() - before)
            content.update(shown.rgb)
            content.update(shown.depth)
    (cold_p50, cold_p99), (p50, p99) = map(_percentiles, rounds)
    own = _memory('RssAnon')
    cache.close()
    start = time.perf_counter()
    Cache(path, read_only=True, memory_limit=limit).close()
    return {'open_cold_s': round(opened, 3), 'open_s': round(time.perf_counter() - start, 3),
            'restored': cache.restored, 'views': len(poses), 'p50_ms': p50, 'p99_ms': p99,
            'cold_p50_ms': cold_p50, 'cold_p99_ms': cold_p99, 'peak_mb': _memory('VmHWM'),
            'own_mb': own, 'pixels': content.hexdigest()}


def _commit_many(path, marks):
    """Commit partial keyframes and measure at each of some numbers of commits."""
    cache, rows, made = Cache(path, index_points=0), [], []
    building = Building(max(1, marks[-1] // _ROOM_COMMITS), _APART)
    for number in range(marks[-1]):
        room = number // _ROOM_COMMITS
        frame = building.scan(_SMALL, room, number, 1.0 if number == 0 else _SHARE)
        before = time.perf_counter()
        cache.commit('seed' if number == 0 else 'keyframe', frame, 1)
        made.append(time.perf_counter() - before)
        if number + 1 in marks:
            rows.append(_measure_commits(cache, path, building, room, made[-500:]))
            print('{commits:>6} commits, {points} points: commit p50 {commit_ms[0]} p99 '
                  '{commit_ms[1]} ms, view p50 {view_ms[0]} p99 {view_ms[1]} ms (the first time '
                  '{first_view_ms[0]} {first_view_ms[1]}) with {million_points_in_view[0]} and '
                  '{million_points_in_view[1]} million points between the sides of the image, '
                  '{view_ms_per_million[1]} ms a million at most, references p50 '
                  '{references_ms[0]} ms, opened in {open_s} s; process {own_mb} MB of its own, '
                  'world {world_mb} MB'.format(**rows[-1]), flush=True)
    cache.close()
    return rows


def _measure_commits(cache, path, building, room, made):
    rng, first, view, query, inside = np.random.default_rng(1), [], [], [], []
    for number in range(40):
        pose = building.scan(_SMALL, max(0, room - int(rng.integers(3))), number + 3).pose
        before = time.perf_counter()
        shown = cache.render(_SMALL, pose)
        middle = time.perf_counter()
        cache.bank.choose(shown.depth, _SMALL, pose, 4)
        query.append(time.perf_counter() - middle)
        again = time.perf_counter()
        cache.render(_SMALL, pose)
        # what is seen for the first time is read from the disk, or from its cache
        first.append(middle - before)
        view.append(time.perf_counter() - again)
        inside.append(_points_in_view(cache.cloud.surfaces, cache.version, pose))
    # what a writer that is closed now would leave
    cache.points.write_index()
    start = time.perf_counter()
    Cache(path, read_only=True).close()
    return {'commits': cache.version, 'points': cache.cloud.count,
            'commit_ms': _percentiles(made), 'first_view_ms': _percentiles(first[5:]),
            'view_ms': _percentiles(view[5:]),
            'million_points_in_view': [round(float(np.percentile(inside[5:], share)) / 1e6, 2)
                                       for share in (50, 99)],
            'view_ms_per_million': _percentiles([seconds * 1e6 / max(count, 1e6) for seconds, count
                                                 in zip(view[5:], inside[5:])]),
            'references_ms': _percentiles(query[5:]),
            'open_s': round(time.perf_counter() - start, 3), 'own_mb': _memory('RssAnon'),
            'world_mb': cache.log.size() >> 20}


def _points_in_view(points, version, pose):
    """Points of the chunks that lie between the sides of an image, seen or hidden."""
    found = np.empty((len(points.chunk_operation), 6), np.int32)
    found = found[:culling.visible_chunks(
        points.chunk_groups, points.chunk_box, len(found), points.chunk_retired,
        np.uint32(version), projection(_SMALL, pose), NEAR, _SMALL.width + 2 * REACH,
        _SMALL.height + 2 * REACH, 1, found)]
    chunks = found[:, culling.CHUNK]
    return int((points.chunk_start[chunks + 1] - points.chunk_start[chunks]).sum())


def _percentiles(seconds):
    return [round(1e3 * float(np.percentile(seconds, share)), 2) for share in (50, 99)]


def _memory(name):
    """A line of the memory of this process, MB."""
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(f'{name}:'):
            return int(line.split()[1]) >> 10
    return 0


def _drop_from_memory(path):
    """Ask the operating system to read a world from the disk when it is opened next."""
    os.sync()
    for file in (Path(path), *Path(f'{path}.index').iterdir()):
        with file.open('rb') as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
