# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes in YAML; unknown keys are errors, and so is what no training could be made of."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import yaml

from geo_world_model.errors import ConfigError
from geo_world_model.training.recipe import Recipe, Stage
from geo_world_model.training.recipe_checks import check_recipe
from geo_world_model.training.samples import Augmentation


def read_recipe(path: str | Path) -> Recipe:
    """Read a YAML file; ConfigError names the key that is wrong."""
    try:
        values = yaml.safe_load(Path(path).read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f'{path} cannot be read as a recipe ({error})') from error
    if not isinstance(values, dict) or not isinstance(values.get('stages'), list) \
            or not values['stages']:
        raise ConfigError(f'{path}: expected a mapping with "model" and "stages"')
    values['stages'] = tuple(_make(Stage, stage, f'{path}: a stage')
                             for stage in values['stages'])
    values['augmentation'] = _make(Augmentation, values.get('augmentation', {}),
                                   f'{path}: augmentation')
    recipe = _make(Recipe, values, str(path))
    check_recipe(recipe, str(path))
    return recipe


def _make(kind, values, where):
    if not isinstance(values, dict):
        raise ConfigError(f'{where} is {values!r}: expected names and values')
    known = {each.name: each for each in fields(kind)}
    unknown = set(values) - set(known)
    if unknown:
        raise ConfigError(f'{where}: unknown {", ".join(sorted(unknown))}; expected some of '
                          f'{", ".join(known)}')
    values = {name: _tuples(value) for name, value in values.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f'{where}: {error}') from error


def _tuples(value):
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
