# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Train by a recipe. Started again it goes on from its checkpoint; several processes or GPUs by
``accelerate launch -m geo_world_model.training RECIPE``.
"""

import argparse
import os
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
                        help='processes that render the scenes of a size (0: they are there, or '
                             'somebody else renders them)')
    options = parser.parse_args(arguments)
    try:
        return _train(options)
    except GeoWorldModelError as error:
        print(error, file=sys.stderr)
        return 2


def _train(options):
    try:
        from geo_world_model.training.recipe_file import read_recipe
        from geo_world_model.training.scene_writers import SceneWriters
        from geo_world_model.training.trainer import Trainer
    except ImportError as error:
        raise ConfigError(f'training needs torch, diffusers and accelerate ({error}): pip install '
                          '"geo_world_model[torch]"') from error
    recipe, out = read_recipe(options.recipe), Path(options.out)
    # one process of several renders; the others read what it has finished
    writers = SceneWriters(recipe, out, options.writers) \
        if int(os.environ.get('RANK', 0)) == 0 else None
    try:
        done = Trainer(recipe, out, writers=writers).run(options.minutes)
    finally:
        if writers is not None:
            writers.close()
    print(f'{"done" if done else "not done yet: start it again to go on"}; averaged weights in '
          f'{out / "weights"}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
