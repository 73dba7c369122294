# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether places stay: forth and back, over a restart, and after many other views."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geo_world_model.datasets.images import (DEPTH_BEYOND, depth_to_millimetres, DEPTH_UNKNOWN,
                                             read_depth, read_rgb)
from geo_world_model.errors import GeoWorldModelError
from geo_world_model.evaluation.metrics.ssim import ssim
from geo_world_model.evaluation.protocol.comparison import compare, decibels
from geo_world_model.evaluation.protocol.methods import BASELINES, seeded_world, walk
from geo_world_model.evaluation.protocol.record import Column
from geo_world_model.generators import create_generator
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.trajectory import StampedPose, write_tum
from geo_world_model.geometry.view import View
from geo_world_model.world import World

NAME = 'revisit'
GROUPS = ('method', 'visit')
COLUMNS = {'psnr_first': Column('PSNR to the first visit', 2),
           'ssim_first': Column('SSIM to it', 4),
           'identical': Column('identical', 3), 'depth_changed': Column('depth changed', 4),
           'psnr_truth_first': Column('first visit: PSNR', 2),
           'psnr_truth': Column('this visit: PSNR', 2),
           'delta_truth_first': Column('first: d<1.25', 3),
           'delta_truth': Column('this: d<1.25', 3)}
_SHIFT_M, _TURN_RAD = 0.01, np.radians(0.5)
#: Other views stand up to so far (m) from frames and are turned up to so much (degrees).
_METRES, _DEGREES = 0.25, 30.0


def measure(place, generators, sheet, between=100):
    """
    Rows of one place: every method and visit, over the frames after the seed, out and back.

    Visits: 'back' along the same poses; 'restart', by another process that opens the file;
    'after N others' at random poses around; 'beside' a first visit (1 cm, half a degree), what the
    world shows without being asked to generate, before and after those N, where it was known.
    '..., last view only': no memory: each view is made from the one before alone, as if it were
    measured. The baselines repeat themselves by construction. Both visits are compared with the
    truth, so that a bad first visit is not hidden by being repeated.
    """
    seed, truth = place.frame(0), [place.frame(index) for index in range(1, len(place))]
    poses = [view.pose for view in truth]
    rows, shown = [], {}
    for method in BASELINES:
        views = walk(method, [seed], poses + poses[::-1])
        rows += _rows(method, 'back', views[:len(poses)], views[:len(poses) - 1:-1], truth)
    for method in generators:
        views = _last_view_only(method, seed, poses + poses[::-1])
        name = f'{method}, last view only'
        rows += _rows(name, 'back', views[:len(poses)], views[:len(poses) - 1:-1], truth)
        shown[name] = views[-1].rgb, views[-1].depth
        with TemporaryDirectory() as scratch:
            visits, beside = _visits(method, place, seed, poses, between, Path(scratch))
        first = visits.pop('first')
        for visit, again in visits.items():
            before = [_as_in_files(view) for view in first] if visit == 'restart' else first
            rows += _rows(method, visit, before, again, truth)
        rows += [{'method': method, 'visit': 'beside', **row} for row in beside]
        shown[f'{method}, first'] = first[0].rgb, first[0].depth
        shown[f'{method}, last'] = again[0].rgb, again[0].depth
    if sheet is not None:
        sheet.add(place.name, {'seed': (seed.rgb, seed.depth), **shown,
                               'truth': (truth[0].rgb, truth[0].depth)})
    return rows


def _visits(method, place, seed, poses, between, scratch):
    """Views of every visit by its name, in the order of the poses, and rows of what is beside."""
    file, camera, generator = scratch / 'world.gwm', seed.camera, create_generator(method)
    with World.open(file) as world:
        world.seed(seed.rgb, camera, seed.depth, seed.pose)
        visits = {'first': [world.view(pose, camera, generator) for pose in poses]}
        visits['back'] = [world.view(pose, camera, generator) for pose in poses[::-1]][::-1]
    visits['restart'] = _walked(file, scratch / 'views', poses, camera, method)
    with World.open(file) as world:
        near = [_beside(pose, index) for index, pose in enumerate(poses)]
        before = [world.cache.render(camera, pose) for pose in near]
        random = np.random.RandomState(5)
        for _ in range(between):
            world.view(_somewhere(place, random), camera, generator)
        after = [world.cache.render(camera, pose) for pose in near]
        visits[f'after {between} others'] = [world.view(pose, camera, generator) for pose in poses]
    return visits, [_change(a, b, a.operation > 0) for a, b in zip(before, after)
                    if (a.operation > 0).any()]


def _last_view_only(method, seed, poses):
    generator, views, last = create_generator(method), [], seed
    for pose in poses:
        with seeded_world([last]) as world:
            last = world.view(pose, seed.camera, generator)
        views.append(last)
    return views


def _rows(method, visit, first, again, truth):
    everywhere = np.ones(truth[0].depth.shape, bool)
    for a, b, true in zip(first, again, truth, strict=True):
        then, now = compare(a, true, everywhere), compare(b, true, everywhere)
        yield {'method': method, 'visit': visit, **_change(a, b, everywhere),
               'psnr_truth_first': then['psnr'], 'psnr_truth': now['psnr'],
               'delta_truth_first': then['delta'], 'delta_truth': now['delta']}


def _change(before, after, known):
    """What became of a view (anything with rgb, depth and provenance) where it was known."""
    same = (before.depth == after.depth) | (np.isnan(before.depth) & np.isnan(after.depth))
    identical = (np.array_equal(before.rgb[known], after.rgb[known]) and same[known].all()
                 and np.array_equal(before.provenance[known], after.provenance[known]))
    return {'psnr_first': decibels(after.rgb, before.rgb, known),
            'ssim_first': ssim(after.rgb, before.rgb, known), 'identical': float(identical),
            'depth_changed': float(np.mean(~same[known]))}


def _walked(world, out, poses, camera, generator):
    """Views that `walk` of the command line writes, in a process of its own."""
    trajectory = out.with_suffix('.tum')
    write_tum(trajectory, [StampedPose(i * 10 ** 8, pose) for i, pose in enumerate(poses)])
    done = subprocess.run(
        [sys.executable, '-m', 'geo_world_model.cli', 'walk', str(world), '--trajectory',
         str(trajectory), '--out', str(out), '--size', f'{camera.width}x{camera.height}',
         '--intrinsics', f'{camera.fx},{camera.fy},{camera.cx},{camera.cy}',
         '--generator', generator], capture_output=True, text=True)
    if done.returncode:
        raise GeoWorldModelError(f'the walk failed: {done.stderr}')
    views = []
    for index, pose in enumerate(poses):
        name = f'{index:06d}.png'
        views.append(View(read_rgb(out / 'rgb' / name), read_depth(out / 'depth' / name),
                          read_rgb(out / 'provenance' / name)[..., 0].copy(), camera, pose))
    return views


def _as_in_files(view):
    """A view whose depth is rounded to the millimetres of a file."""
    code = depth_to_millimetres(view.depth)
    depth = code.astype(np.float32) / np.float32(1000)
    depth[code == DEPTH_UNKNOWN], depth[code == DEPTH_BEYOND] = np.nan, np.inf
    return replace(view, depth=depth)


def _somewhere(place, random):
    """A pose near one of the place's frames."""
    matrix = place.pose(int(random.randint(len(place)))).matrix
    matrix[:3, 3] += random.uniform(-_METRES, _METRES, 3) * [1.0, 1.0, 0.3]
    yaw = np.radians(random.uniform(-_DEGREES, _DEGREES))
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    matrix[:3, :3] = turn @ matrix[:3, :3]
    return Pose.from_matrix(matrix)


def _beside(pose, index):
    """Return the pose 1 cm aside and turned by 0.5 degrees, in another direction each time."""
    angle = 2.0 * np.pi * index / 7.0
    matrix = pose.matrix
    cosine, sine = np.cos(_TURN_RAD), np.sin(_TURN_RAD)
    turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    matrix[:3, 3] += matrix[:3, :3] @ (_SHIFT_M * np.array([np.cos(angle), np.sin(angle), 0.0]))
    matrix[:3, :3] = matrix[:3, :3] @ (turn if index % 2 else turn.T)
    return Pose.from_matrix(matrix)
