# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether places stay: over a restart bit for bit, and near answered poses while a world grows."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from geo_world_model.datasets.layouts import open_recording
from geo_world_model.errors import GeoWorldModelError
from geo_world_model.evaluation.image_metrics import psnr
from geo_world_model.generators import create_generator
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.trajectory import StampedPose, write_tum
from geo_world_model.world import World

_SHIFT_M = 0.01
_TURN_RAD = np.radians(0.5)


def run(folder, scratch, generator='structure', poses=8, further=20):
    """
    Seed with frame 0, walk the next frames' poses, walk them back in a new process.

    Then render poses 1 cm and 0.5 degrees beside them before and after `further` new views.
    scratch: an empty folder for the world. Returns the numbers by name.
    """
    recording = open_recording(folder)
    scratch = Path(scratch)
    world_file = scratch / 'world.gwm'
    with World.open(world_file) as world:
        world.seed(recording.rgb(0), recording.camera, recording.depth(0), recording.pose(0))
    way = [recording.pose(i) for i in range(1, poses + 1)]
    outward = _walk(world_file, scratch / 'out', way, recording.camera, generator)
    back = _walk(world_file, scratch / 'back', way[::-1], recording.camera, generator)[::-1]
    depth = [cv2.imread(str(p / 'depth' / n), cv2.IMREAD_UNCHANGED) for p, n in outward]
    same = {kind: sum((a / kind / m).read_bytes() == (b / kind / n).read_bytes()
                      for (a, m), (b, n) in zip(outward, back))
            for kind in ('rgb', 'depth', 'provenance')}
    result = {'views': poses, 'depth_coverage_worst': round(min(float((d > 0).mean())
                                                                for d in depth), 4),
              **{f'identical_{kind}': count for kind, count in same.items()}}
    made = create_generator(generator)
    with World.open(world_file) as world:
        beside = [_beside(pose, index) for index, pose in enumerate(way)]
        before = [world.look(pose, recording.camera).rendering for pose in beside]
        version = world.version
        for index in range(further):
            world.view(recording.pose(poses + 1 + index), recording.camera, made)
        after = [world.look(pose, recording.camera).rendering for pose in beside]
        result['operations_between'] = world.version - version
    known = [psnr(b.rgb, a.rgb, a.provenance > 0) for a, b in zip(before, after)]
    whole = [psnr(b.rgb, a.rgb) for a, b in zip(before, after)]
    moved = [float(np.mean((a.depth != b.depth)[a.provenance > 0])) for a, b in zip(before, after)]
    result.update(
        beside_known_before=round(float(np.mean([(a.provenance > 0).mean() for a in before])), 4),
        beside_psnr_known_worst=round(min(known), 2),
        beside_psnr_known_median=round(float(np.median(known)), 2),
        beside_psnr_whole_worst=round(min(whole), 2),
        beside_psnr_whole_median=round(float(np.median(whole)), 2),
        beside_depth_changed_worst=round(max(moved), 6))
    return result


def _walk(world, out, poses, camera, generator):
    """Walk in a process of its own; returns (folder, file name) of every view."""
    trajectory = out.with_suffix('.tum')
    write_tum(trajectory, [StampedPose(i * 10 ** 8, pose) for i, pose in enumerate(poses)])
    intrinsics = f'{camera.fx},{camera.fy},{camera.cx},{camera.cy}'
    done = subprocess.run(
        [sys.executable, '-m', 'geo_world_model.cli', 'walk', str(world), '--trajectory',
         str(trajectory), '--out', str(out), '--size', f'{camera.width}x{camera.height}',
         '--intrinsics', intrinsics, '--generator', generator], capture_output=True, text=True)
    if done.returncode:
        raise GeoWorldModelError(f'the walk failed: {done.stderr}')
    return [(out, f'{index:06d}.png') for index in range(len(poses))]


def _beside(pose, index):
    """Return the pose 1 cm aside and turned by 0.5 degrees, in another direction each time."""
    angle = 2.0 * np.pi * index / 7.0
    matrix = pose.matrix
    cosine, sine = np.cos(_TURN_RAD), np.sin(_TURN_RAD)
    turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    matrix[:3, 3] += matrix[:3, :3] @ (_SHIFT_M * np.array([np.cos(angle), np.sin(angle), 0.0]))
    matrix[:3, :3] = matrix[:3, :3] @ (turn if index % 2 else turn.T)
    return Pose.from_matrix(matrix)
