# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a world shows and holds, as one number: equal for equal worlds only."""

import hashlib

import numpy as np

from synthetic import CAMERA, pose_at

#: 50 poses all over the room.
POSES = [pose_at(0.25 * (i % 7) - 0.5, 0.3 * (i % 5) - 0.6, 0.9 + 0.1 * (i % 4), 37 * i)
         for i in range(50)]


def of_views(world, poses=POSES):
    """SHA-256 of what is rendered now at poses: colour, depth, provenance, operation, bound."""
    sha = hashlib.sha256()
    for pose in poses:
        shown = world.cache.render(CAMERA, pose)
        for name in ('rgb', 'depth', 'provenance', 'operation', 'bound'):
            sha.update(np.ascontiguousarray(getattr(shown, name)).tobytes())
    return sha.hexdigest()


def of_state(world):
    """SHA-256 of all points and of everything else that a request for more depends on."""
    sha = hashlib.sha256()
    cache = world.cache
    for points in (cache.cloud.surfaces, cache.cloud.directions):
        for name in ('x', 'y', 'z', 'record', 'normal', 'retired', 'chunk_start', 'chunk_box',
                     'chunk_operation', 'chunk_retired'):
            sha.update(np.ascontiguousarray(getattr(points, name)).tobytes())
    numbers = cache.bank.choose(cache.render(CAMERA, POSES[0]).depth, CAMERA, POSES[0], 4)
    sha.update(repr((cache.history, cache.counts, sorted(cache.keyframe_poses), numbers,
                     sorted(map(str, cache.seed_poses)))).encode() + cache.notes)
    return sha.hexdigest()
