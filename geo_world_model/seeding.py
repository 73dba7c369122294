# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How seeds and measured views enter a World: with their depth, or asking for it first."""

import logging
from dataclasses import replace

import numpy as np

from geo_world_model import seed
from geo_world_model.cache.depth_code import decode_depth
from geo_world_model.entry import fuse
from geo_world_model.errors import SeedError
from geo_world_model.generators.interface import Request
from geo_world_model.generators.working_size import fit_answer
from geo_world_model.geometry.view import LIFTED, OBSERVED, View

_LOG = logging.getLogger(__name__)
#: What a lifter's notes say of an answer that is a guess.
_GUESSED = {'no_floor': 'no floor was seen in it: its depth is that of a plane, a guess',
            'no_scale': 'neither floor, reading nor known size gave its depth a scale: its metres '
                        'are a guess; give the camera\'s height, or some measured depth'}


def add_seed(world, rgb, camera, depth, pose, camera_height, lifter, stamp_ns):
    """Commit an image with depth, or with that of a lifter; see World.seed."""
    seed.check_seed(rgb, camera, depth)
    if depth is None:
        if lifter is None:
            raise SeedError('a seed without depth needs a generator that can lift it')
        request = lift_request(world, rgb, camera, pose, camera_height)
        return add_lifted(world, request, lifter.complete(request), stamp_ns)
    pose = pose or _first_pose(world, rgb, camera, camera_height)
    rgb, camera, depth = seed.shrink_seed(rgb, camera, depth, world.config.seed_pixels)
    return _commit(world, seed.measured_keyframe(rgb, depth, camera, pose), stamp_ns)


def observe(world, rgb, camera, depth, pose, stamp_ns):
    """Let a measured view correct the world; see World.observe."""
    seed.check_seed(rgb, camera, depth)
    if world.is_empty:
        return world.seed(rgb, camera, depth, pose, stamp_ns=stamp_ns)
    rgb, camera, depth = seed.shrink_seed(rgb, camera, depth, world.config.seed_pixels)
    keyframe = seed.measured_keyframe(rgb, depth, camera, pose)
    measured = keyframe.provenance == OBSERVED
    keyframe, retired = fuse(world.cache, replace(
        keyframe, provenance=np.where(measured, OBSERVED, 0).astype(np.uint8)))
    if keyframe.admitted == 0 and not len(retired):
        return None
    return world.cache.commit('observe', keyframe, world.revision + 1, stamp_ns, retired)


def lift_request(world, rgb, camera, pose, camera_height):
    """Return the request that asks for the depth of a photograph; see World.lift_request."""
    seed.check_seed(rgb, camera)
    ground = 0.0 if pose is None else float(pose.translation[2]) - camera_height
    pose = pose or _first_pose(world, rgb, camera, camera_height)
    rgb, camera, _ = seed.shrink_seed(rgb, camera, None, world.config.seed_pixels)
    shape = rgb.shape[:2]
    view = View(rgb, np.full(shape, np.nan, np.float32), np.full(shape, LIFTED, np.uint8),
                camera, pose)
    return Request('lift', view, np.full(shape, np.inf, np.float32),
                   noise_seed=world.noise_seed(pose), ground=ground)


def add_lifted(world, request, answer, stamp_ns):
    """Commit a photograph with the depth that a lifter gave it; returns the number."""
    view = request.view
    for note, said in _GUESSED.items():
        if np.any(answer.notes.get(note, 0)):
            _LOG.warning('the photograph was given a depth, but %s', said)
    answer = fit_answer(answer, view.camera)
    depth = np.maximum(answer.depth, decode_depth(np.uint16(1)))
    keyframe = seed.make_keyframe(view.rgb, depth, view.provenance, view.camera, view.pose)
    return _commit(world, keyframe, stamp_ns)


def _first_pose(world, rgb, camera, camera_height):
    if not world.is_empty:
        raise SeedError('this world has a seed already: one more seed needs its own pose')
    return seed.first_pose(rgb, camera, camera_height, world.config.level_seed)


def _commit(world, keyframe, stamp_ns):
    if world.is_empty:
        return world.cache.commit('seed', keyframe, world.revision, stamp_ns)
    keyframe, retired = fuse(world.cache, keyframe)
    return world.cache.commit('seed', keyframe, world.revision + 1, stamp_ns, retired)
