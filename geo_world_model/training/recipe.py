# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A recipe: what is trained, on what, for how long. Read from YAML; unknown keys are errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import yaml

from geo_world_model.datasets.procedural.grammar import MIXTURES
from geo_world_model.datasets.procedural.recording import MOST_LOOKS
from geo_world_model.errors import ConfigError
from geo_world_model.training.samples import Augmentation


@dataclass(frozen=True)
class Stage:
    """
    One stretch of training.

    name; pool: folder of shards (relative to the output folder), to which their size is added;
    sizes: width, height (px) of its pictures, of which a step takes one by chance; shards: how
    many of each size are made or read; batch: samples a step and process; steps: its length;
    minutes: wall clock after which it ends before (0: never); lr: highest
    learning rate, reached after `warmup` steps and falling to zero along a cosine; regression:
    share of the samples at t = 0; grow: go on with as many shards as there are already.
    train: 'trunk', or beside a frozen trunk its branch 'ggm' or 'ssm', or 'interleaved' (GaC's
    sequences; networks of two modalities); views: of each scene, and frames of a sequence; more
    than 4 are a drive; tiled: sequences are written four views at once.
    """

    name: str
    pool: str
    sizes: tuple[tuple[int, int], ...]
    shards: int
    batch: int
    steps: int
    minutes: float = 0.0
    lr: float = 1.5e-3
    warmup: int = 100
    regression: float = 0.25
    grow: bool = True
    train: str = 'trunk'
    views: int = MOST_LOOKS
    tiled: bool = False

    @property
    def folders(self) -> tuple[str, ...]:
        """Folder of each size's shards, relative to the output folder."""
        more = '' if self.views == MOST_LOOKS else f'_{self.views}'
        return tuple(f'{self.pool}_{width}x{height}{more}' for width, height in self.sizes)


@dataclass(frozen=True)
class Recipe:
    """
    model: a name of networks.configurations; options: further arguments of CompletionModel;
    start: folder of weights of that network to begin with; scenes: 'mixed' or 'varied'; seed:
    of scenes (evaluation uses others) and samples; references: views that go with a sample;
    precision: 'no' or 'bf16'; ema: decay of the averaged weights; weight_decay, clip: of AdamW;
    checkpoint_s: seconds between checkpoints; stages; augmentation; recordings: folders of own
    RGB-D recordings that are mixed into every pool.
    """

    model: str
    stages: tuple[Stage, ...]
    options: dict = field(default_factory=dict)
    start: str = ''
    scenes: str = 'mixed'
    seed: int = 11
    references: int = 2
    precision: str = 'no'
    ema: float = 0.999
    weight_decay: float = 0.02
    clip: float = 1.0
    checkpoint_s: float = 120.0
    augmentation: Augmentation = Augmentation()
    recordings: tuple[str, ...] = ()

    def as_dict(self) -> dict:
        """Plain values, for a checkpoint."""
        return asdict(self)


def read_recipe(path: str | Path) -> Recipe:
    """Read a YAML file; ConfigError names the key that is wrong."""
    try:
        values = yaml.safe_load(Path(path).read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f'{path} cannot be read as a recipe ({error})') from error
    if not isinstance(values, dict) or not isinstance(values.get('stages'), list) \
            or not values['stages']:
        raise ConfigError(f'{path}: expected a mapping with "model" and "stages"')
    values['stages'] = tuple(_make(Stage, stage, f'{path}: a stage')
                             for stage in values['stages'])
    values['augmentation'] = _make(Augmentation, values.get('augmentation', {}),
                                   f'{path}: augmentation')
    recipe = _make(Recipe, values, str(path))
    if not isinstance(recipe.options, dict):
        raise ConfigError(f'{path}: options is {recipe.options!r}: expected names and values')
    if recipe.precision not in ('no', 'bf16'):
        raise ConfigError(f'{path}: precision is {recipe.precision!r}: expected no or bf16')
    for stage in recipe.stages:
        if not all(isinstance(number, int) and number > 0 for number in (
                stage.batch, stage.steps, stage.shards)) or not _are_sizes(stage.sizes):
            raise ConfigError(f'{path}: stage {stage.name!r}: expected positive batch, steps and '
                              'shards, and sizes [[width, height], ...] in multiples of 8')
        if not isinstance(stage.views, int) or stage.views < 2:
            raise ConfigError(f'{path}: stage {stage.name!r}: views is {stage.views!r}: expected '
                              '2 or more')
    if recipe.scenes not in MIXTURES:
        raise ConfigError(f'{path}: scenes is {recipe.scenes!r}: expected one of '
                          f'{", ".join(MIXTURES)}')
    return recipe


def _are_sizes(sizes):
    return bool(sizes) and all(
        isinstance(size, tuple) and len(size) == 2
        and all(isinstance(side, int) and side > 0 and side % 8 == 0 for side in size)
        for size in sizes)


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
