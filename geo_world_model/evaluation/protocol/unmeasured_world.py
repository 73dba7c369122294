# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds whose seed had no depth."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geo_world_model.generators import create_generator
from geo_world_model.world import World

#: What gives a photograph its depth.
LIFTERS = ('layout', 'ground_plane')


@contextmanager
def unmeasured_world(seed, ground, lifter, aligned):
    """
    Give a World seeded with the colour of a View alone, and its scale: lifted over true depth.

    seed: View with its true depth; ground: world z of the ground (m), from which the camera's
    height is told to the lifter; lifter: one of LIFTERS, or 'measured': the true depth is used;
    aligned: the lifted depth is divided by the median of lifted over true depth first.
    """
    with TemporaryDirectory() as folder, World.open(Path(folder) / 'world.gwm') as world:
        if lifter == 'measured':
            world.seed(seed.rgb, seed.camera, seed.depth, seed.pose)
            yield world, 1.0
            return
        height = max(float(seed.pose.translation[2]) - ground, 0.05)
        request = world.lift_request(seed.rgb, seed.camera, seed.pose, height)
        answer = create_generator(lifter).complete(request)
        both = np.isfinite(answer.depth) & np.isfinite(seed.depth) & (seed.depth > 0)
        ratio = float(np.median(answer.depth[both] / seed.depth[both])) if both.any() else 1.0
        if aligned:
            answer = replace(answer, depth=(answer.depth / np.float32(ratio)).astype(np.float32))
        world.add_seed_from_answer(request, answer)
        yield world, ratio
