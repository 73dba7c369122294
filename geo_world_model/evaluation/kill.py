# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at random moments of a walk: nothing that was written may be lost or changed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from geo_world_model.datasets.images import depth_to_millimetres
from geo_world_model.datasets.layouts import open_recording
from geo_world_model.geometry.trajectory import read_tum, StampedPose, write_tum
from geo_world_model.world import World


def run(folder, scratch, kills=50, seed=0, generator='structure', longest=4.0):
    """
    Kill a walking process `kills` times and check the world and every frame after each.

    folder: a recording; scratch: an empty folder. Moments are drawn evenly from the first
    `longest` seconds of a walk, and each fifth kill hits a fresh world. Returns counts: opened,
    frames checked, frames changed, frames lost, operations.
    """
    recording = open_recording(folder)
    scratch = Path(scratch)
    camera = recording.camera.scaled(recording.camera.width // 2, recording.camera.height // 2)
    trajectory = scratch / 'way.tum'
    write_tum(trajectory, [StampedPose(i * 10 ** 8, recording.pose(i))
                           for i in range(len(recording))])
    chance = random.Random(seed)
    counts = dict(kills=0, ended_before=0, opened=0, frames_checked=0, frames_changed=0,
                  frames_lost=0, operations=0)
    world_file = None
    for number in tqdm(range(kills), unit='kill', disable=None):
        if number % 5 == 0:
            world_file = scratch / f'world{number}.gwm'
            with World.open(world_file) as world:
                world.seed(recording.rgb(0), recording.camera, recording.depth(0),
                           recording.pose(0))
        out = scratch / f'out{number}'
        process = subprocess.Popen(
            [sys.executable, '-m', 'geo_world_model.cli', 'walk', str(world_file), '--trajectory',
             str(trajectory), '--out', str(out), '--size', f'{camera.width}x{camera.height}',
             '--intrinsics', f'{camera.fx},{camera.fy},{camera.cx},{camera.cy}', '--generator',
             generator], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for_begin(process, out)
        time.sleep(chance.uniform(0.0, longest))
        ended = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts['kills'] += 1
        counts['ended_before'] += ended
        with World.open(world_file) as world:
            counts['opened'] += 1
            counts['operations'] = max(counts['operations'], world.version)
            _check(world, out, camera, counts)
    return counts


def _wait_for_begin(process, out):
    end = time.monotonic() + 60
    while not (out / 'camera.json').exists() and process.poll() is None:
        if time.monotonic() > end:
            break
        time.sleep(0.005)


def _check(world, out, camera, counts):
    if not (out / 'trajectory.tum').exists():
        return
    for index, stamped in enumerate(read_tum(out / 'trajectory.tum')):
        counts['frames_checked'] += 1
        look = world.look(stamped.pose, camera)
        if not look.pinned:
            counts['frames_lost'] += 1
            continue
        name = f'{index:06d}.png'
        written = [cv2.imread(str(out / kind / name), cv2.IMREAD_UNCHANGED)
                   for kind in ('rgb', 'depth', 'provenance')]
        view = look.view
        shown = [view.rgb[..., ::-1], depth_to_millimetres(view.depth), view.provenance]
        if not all(a is not None and np.array_equal(a, b) for a, b in zip(written, shown)):
            counts['frames_changed'] += 1
