# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The fixed views on which completions are compared: procedural scenes no training has seen."""

from pathlib import Path

import numpy as np

from geo_world_model.errors import ConfigError
from geo_world_model.training.pool import Pool, shard_path, write_shard
from geo_world_model.training.samples import build_samples, Cuts
from geo_world_model.training.scene_shards import SCENES, procedural_shard

#: Seed of the scenes; recipes must use another.
EVALUATION_SEED = 900_001


def evaluation_scenes(folder, count, size, looks=2):
    """
    Return arrays as of a shard (pool.py) of the first `count` scenes that no training has seen.

    folder: keeps the scenes, which are rendered where they are missing; size: width, height (px);
    looks: views of each scene, 2 to 4. Raises ConfigError.
    """
    if count < 1:
        raise ConfigError(f'views is {count}: expected 1 or more')
    folder = Path(folder) / (f'{size[0]}x{size[1]}' + (f'_{looks}' if looks != 2 else ''))
    shards = -(-count // SCENES)
    for number in range(shards):
        if not shard_path(folder, number).exists():
            write_shard(shard_path(folder, number),
                        procedural_shard(EVALUATION_SEED, number, size, views=looks))
    return Pool(folder, shards).scenes(np.arange(count))


def completion_samples(folder, views, size, colour_only=False):
    """
    Return the first `views` views of the set as Samples on the CPU, one of each scene.

    The second view of a scene is drawn into the first, which is the truth. folder: keeps the
    scenes, which are rendered where they are missing; size: width, height (px). With colour_only
    a view knows all its colour and no depth, and there are no references, as for a photograph.
    Raises ConfigError.
    """
    scenes = evaluation_scenes(folder, views, size)
    cuts = None
    if colour_only:
        cuts = Cuts(np.zeros((views, size[1], size[0]), bool), np.ones(views, bool))
    return build_samples(scenes['rgb'], scenes['depth'], scenes['poses'], scenes['intrinsics'],
                         np.ones(views, int), cuts=cuts, references=0 if colour_only else 1)
