# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Time of the admission of one view among many witnesses of one room, beside one rendering."""

import json
import time
from pathlib import Path

import numpy as np

from geo_world_model.cache.admission import admit, Candidates
from geo_world_model.cache.cache import Cache
from geo_world_model.cache.depth_code import encode_depth, UNBOUNDED
from geo_world_model.cache.keyframe import canonical_order
from geo_world_model.cache.normal_code import encode_normals
from geo_world_model.cache.operation import Pin
from geo_world_model.cache.renderer import render
from geo_world_model.cache.witness_set import WitnessSet
from geo_world_model.evaluation.room_scan import room_depth, room_pose, scan_room
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.normals import normals_from_depth

_POINTS = 1_200_000
#: A view asks when this share of it is unknown, up to that share.
_LEAST, _MOST = 0.02, 0.25


def run(sizes, image_size, repeats, world=None, json_path=None):
    """
    Print median and worst time of an admission among `sizes` witnesses; returns the rows.

    Without a world: a room of which four scans are known, witnesses anywhere in it, new views with
    2 to 25 % unknown pixels, each of which asks at its true depth. With one (a file): its last
    witnesses, and its last keyframes admitted once more.
    """
    width, height = image_size
    rng = np.random.default_rng(1)
    if world:
        cache = Cache(world, read_only=True)
        cloud, version = cache.cloud, cache.version
        pins = [pin for pin in cache.log.pins() if pin.witness and pin.revision == cache.revision]
        views = [o.keyframe for o in cache.log.operations() if o.kind == 'keyframe'
                 and o.revision == cache.revision][-repeats:]
        asking = [_of_keyframe(keyframe) for keyframe in views]
    else:
        camera = PinholeCamera(width * 0.6, width * 0.6, (width - 1) / 2, (height - 1) / 2, width,
                               height)
        cloud, version = scan_room(_POINTS), 0xFFFFFFF0
        pins = [Pin(1, version, camera, room_pose(rng), False, True) for _ in range(max(sizes))]
        asking = []
        while len(asking) < repeats:
            candidates = _of_room(cloud, camera, room_pose(rng), version)
            if _LEAST < candidates.pixels.size / (width * height) < _MOST:
                asking.append(candidates)
    rows = []
    for size in sorted(sizes):
        witnesses = WitnessSet(lambda pin: render(cloud, pin.camera, pin.pose, pin.version,
                                                  pin.closed))
        for pin in pins[-size:]:
            witnesses.add(pin, render(cloud, pin.camera, pin.pose, pin.version, pin.closed))
        spent, frame = [], []
        for candidates in asking[:1] + asking:
            start = time.perf_counter()
            render(cloud, candidates.camera, candidates.pose, version)
            middle = time.perf_counter()
            codes = admit(candidates, witnesses)
            spent.append(time.perf_counter() - middle)
            frame.append(middle - start)
        # the first one brought back what had fallen out of memory
        spent, frame = 1e3 * np.array(spent[1:]), 1e3 * np.array(frame[1:])
        rows.append({'witnesses': len(witnesses), 'candidates': int(np.median(
                         [c.pixels.size for c in asking])),
                     'admitted': round(float(np.mean(codes > 0)), 3),
                     'admission_ms': round(float(np.median(spent)), 2),
                     'worst_ms': round(float(spent.max()), 2),
                     'render_ms': round(float(np.median(frame)), 2)})
        print('{witnesses:>6} witnesses, {candidates} candidates: admission {admission_ms} ms '
              '(worst {worst_ms}), rendering {render_ms} ms'.format(**rows[-1]), flush=True)
    if json_path:
        Path(json_path).write_text(json.dumps(rows, indent=2) + '\n')
    return rows


def _of_room(cloud, camera, pose, version):
    unknown = render(cloud, camera, pose, version).unknown.reshape(-1)
    depth = room_depth(camera, pose)
    order = canonical_order(camera.height, camera.width)
    return _candidates(camera, pose, order[unknown[order]], encode_depth(depth),
                       encode_normals(normals_from_depth(depth, camera)))


def _of_keyframe(keyframe):
    return _candidates(keyframe.camera, keyframe.pose, keyframe.pixels(), keyframe.depth_code,
                       keyframe.normal_code)


def _candidates(camera, pose, pixels, depth_code, normal_code):
    return Candidates(camera, pose, pixels, depth_code.reshape(-1)[pixels],
                      normal_code.reshape(-1)[pixels], np.full(pixels.size, UNBOUNDED, np.int64))
