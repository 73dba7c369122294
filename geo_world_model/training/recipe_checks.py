# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What of a recipe no training could be made of: found when it is read, not at the first step."""

from __future__ import annotations

from math import isfinite

from geo_world_model.datasets.procedural.grammar import MIXTURES
from geo_world_model.errors import ConfigError
from geo_world_model.networks.configurations import CONFIGURATIONS
from geo_world_model.networks.interleaved_writing import MOST_FRAMES
from geo_world_model.networks.tiled_writing import GROUP
from geo_world_model.training.objectives import check_objective
from geo_world_model.training.recipe import Recipe, Stage
from geo_world_model.training.samples import Augmentation


def check_recipe(recipe: Recipe, where: str) -> None:
    """Raise ConfigError that begins with `where` for the first value that cannot be."""
    if recipe.model not in CONFIGURATIONS:
        raise ConfigError(f'{where}: model is {recipe.model!r}: expected one of '
                          f'{", ".join(CONFIGURATIONS)}')
    if not isinstance(recipe.options, dict):
        raise ConfigError(f'{where}: options is {recipe.options!r}: expected names and values')
    if recipe.precision not in ('no', 'bf16'):
        raise ConfigError(f'{where}: precision is {recipe.precision!r}: expected no or bf16')
    if not isinstance(recipe.compile, bool):
        raise ConfigError(f'{where}: compile is {recipe.compile!r}: expected true or false')
    if recipe.scenes not in MIXTURES:
        raise ConfigError(f'{where}: scenes is {recipe.scenes!r}: expected one of '
                          f'{", ".join(MIXTURES)}')
    _whole(recipe, ('seed', 'references'), 0, where)
    _number(recipe, ('ema',), 0, 1, where)
    _number(recipe, ('weight_decay', 'checkpoint_s'), 0, None, where)
    _number(recipe, ('clip',), 0, None, where, above=True)
    if not isinstance(recipe.recordings, tuple) \
            or not all(isinstance(folder, str) for folder in recipe.recordings):
        raise ConfigError(f'{where}: recordings is {recipe.recordings!r}: expected a list of '
                          'folders')
    _check_augmentation(recipe.augmentation, f'{where}: augmentation')
    for stage in recipe.stages:
        _check_stage(stage, recipe, f'{where}: stage {stage.name!r}')


def _check_augmentation(augmentation: Augmentation, where: str) -> None:
    _number(augmentation, ('rectangles', 'colour_only', 'empty', 'reference_dropout',
                           'geometry_dropout', 'own_dropout'), 0, 1, where)
    _number(augmentation, ('depth_scale', 'exposure'), 0, 1, where)
    sources = augmentation.sources
    if not isinstance(sources, tuple) or not sources or not all(
            _is_number(share) and share >= 0 for share in sources) \
            or abs(sum(sources) - 1) > 1e-6:
        raise ConfigError(f'{where}: sources is {sources!r}: expected shares whose sum is 1')


def _check_stage(stage: Stage, recipe: Recipe, where: str) -> None:
    if not all(isinstance(number, int) and number > 0 for number in (
            stage.batch, stage.steps, stage.shards)) or not _are_sizes(stage.sizes):
        raise ConfigError(f'{where}: expected positive batch, steps and shards, and sizes '
                          '[[width, height], ...] in multiples of 8')
    _whole(stage, ('views',), 2, where)
    _whole(stage, ('warmup',), 0, where)
    _number(stage, ('minutes',), 0, None, where)
    _number(stage, ('lr',), 0, None, where, above=True)
    _number(stage, ('regression',), 0, 1, where)
    check_objective(stage.train, recipe.options, where)
    if stage.train == 'interleaved':
        _check_sequences(stage, recipe, where)
    elif stage.tiled:
        raise ConfigError(f'{where}: tiled is for train: interleaved')
    if stage.train == 'ggm' and stage.views < 3:
        raise ConfigError(f'{where}: views is {stage.views}: train: ggm takes 3 or more')
    if stage.train == 'ssm' and not recipe.references:
        raise ConfigError(f'{where}: train: ssm takes references, 1 or more')


def _check_sequences(stage: Stage, recipe: Recipe, where: str) -> None:
    if not recipe.options.get('references', True):
        raise ConfigError(f'{where}: train: interleaved takes a network with references')
    if recipe.options['modalities'] != 2:
        raise ConfigError(f'{where}: train: interleaved takes modalities: 2')
    if stage.views > MOST_FRAMES:
        raise ConfigError(f'{where}: views is {stage.views}: a sequence has at most '
                          f'{MOST_FRAMES}')
    if stage.tiled and (stage.views % GROUP or not recipe.options.get('tiles')):
        raise ConfigError(f'{where}: tiled takes views in groups of {GROUP} and "options" with '
                          'tiles: true')


def _whole(values, names, least, where):
    for name in names:
        value = getattr(values, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigError(f'{where}: {name} is {value!r}: expected a whole number, {least} or '
                              'more')


def _number(values, names, least, most, where, above=False):
    for name in names:
        value = getattr(values, name)
        if not _is_number(value) or value < least or (above and value == least) \
                or (most is not None and value > most):
            span = f'{least}..{most}' if most is not None else \
                f'{"above" if above else "at least"} {least}'
            raise ConfigError(f'{where}: {name} is {value!r}: expected a number, {span}')


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _are_sizes(sizes):
    return bool(sizes) and all(
        isinstance(size, tuple) and len(size) == 2
        and all(isinstance(side, int) and side > 0 and side % 8 == 0 for side in size)
        for size in sizes)
