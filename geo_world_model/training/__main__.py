# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Train by a recipe. Started again it goes on from its checkpoint; several processes or GPUs by
``accelerate launch -m geo_world_model.training RECIPE``.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from geo_world_model.errors import ConfigError, GeoWorldModelError


def main(arguments=None):
    """Train; returns the exit status."""
    parser = argparse.ArgumentParser(prog='python -m geo_world_model.training',
                                     description=__doc__)
    parser.add_argument('recipe', metavar='RECIPE.yaml')
    parser.add_argument('--out', default='training', metavar='FOLDER')
    parser.add_argument('--minutes', type=float, help='of wall clock; default: to the end')
    parser.add_argument('--writers', type=int, default=1, metavar='N',
                        help='processes that render the scenes of a size (0: they are there)')
    options = parser.parse_args(arguments)
    try:
        return _train(options)
    except GeoWorldModelError as error:
        print(error, file=sys.stderr)
        return 2


def _train(options):
    from geo_world_model.training.recipe import read_recipe
    recipe = read_recipe(options.recipe)
    try:
        from geo_world_model.training.trainer import Trainer
    except ImportError as error:
        raise ConfigError(f'training needs torch, diffusers and accelerate ({error}): pip install '
                          '"geo_world_model[torch]"') from error
    out = Path(options.out)
    writers = []
    if int(os.environ.get('RANK', 0)) == 0:
        writers = _start_writers(recipe, out, options.writers)
    try:
        done = Trainer(recipe, out).run(options.minutes)
    finally:
        for writer in writers:
            writer.terminate()
            writer.wait()
    print(f'{"done" if done else "not done yet: start it again to go on"}; averaged weights in '
          f'{out / "weights"}')
    return 0


def _start_writers(recipe, out, count):
    from geo_world_model.training.pool import shard_path, write_shard
    from geo_world_model.training.scene_shards import recording_shard
    environment = {**os.environ, 'NUMBA_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1'}
    writers = []
    pools = {folder: (size, stage.shards, stage.views) for stage in recipe.stages
             for size, folder in zip(stage.sizes, stage.folders)}
    for order, (name, (size, shards, views)) in enumerate(pools.items()):
        folder = out / name
        for number, recording in enumerate(recipe.recordings):
            if not shard_path(folder, number).exists():
                write_shard(shard_path(folder, number), recording_shard(recording, size, views))
        if all(shard_path(folder, number).exists() for number in range(shards)):
            continue
        for first in range(count):
            writers.append(subprocess.Popen(
                [sys.executable, '-m', 'geo_world_model.training.scene_shards', str(folder),
                 '--seed', str(recipe.seed + order), '--size', *map(str, size), '--scenes',
                 recipe.scenes, '--views', str(views), '--shards', str(shards), '--first',
                 str(first), '--step', str(count)], env=environment))
    return writers


if __name__ == '__main__':
    sys.exit(main())
