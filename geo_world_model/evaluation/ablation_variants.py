# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The networks of the ablation: each lacks one mechanism, or has one more, than its peer."""

from dataclasses import dataclass, field, replace

from geo_world_model.training.recipe import Recipe, Stage
from geo_world_model.training.samples import Augmentation


@dataclass(frozen=True)
class Variant:
    """
    peer: what it is compared with. options: of CompletionModel; augmentation: of Augmentation;
    train: as of a Stage; after: the variant whose weights it goes on from, for half as many
    samples. Interleaved variants see sequences of four views instead of samples.
    """

    peer: str = ''
    options: dict = field(default_factory=dict)
    augmentation: dict = field(default_factory=dict)
    train: str = 'trunk'
    after: str = ''


_WRITES = {'modalities': 2}
VARIANTS = {
    'all': Variant(),
    'plain attention': Variant('all', {'camera_gated': False}),
    'no references': Variant('all', {'references': False}),
    'references without geometry': Variant('all', augmentation={'geometry_dropout': 1.0}),
    'no geometry dropout': Variant('all', augmentation={'geometry_dropout': 0.0}),
    'trunk trained longer': Variant('all', after='all'),
    'GGM': Variant('trunk trained longer', {'global_blocks': 2}, train='ggm', after='all'),
    'SSM': Variant('trunk trained longer', {'stereo_blocks': 2}, train='ssm', after='all'),
    'interleaved': Variant('', _WRITES, {'geometry_dropout': 0.3}, 'interleaved'),
    'interleaved, no geometry': Variant('interleaved', _WRITES, {'geometry_dropout': 1.0},
                                        'interleaved'),
    'interleaved, no dropout': Variant('interleaved', _WRITES, {'geometry_dropout': 0.0},
                                       'interleaved'),
    'interleaved, plain attention': Variant('interleaved', {**_WRITES, 'camera_gated': False},
                                            {'geometry_dropout': 0.3}, 'interleaved')}


@dataclass(frozen=True)
class Budget:
    """model: a name of networks.configurations; samples: of a trunk; sequences; batch; size:
    width, height (px); pool: folder of shards; shards: how many are read; channels: of the
    network, or () for those of the model."""

    model: str
    samples: int
    sequences: int
    size: tuple[int, int]
    pool: str
    shards: int
    channels: tuple[int, ...] = ()
    batch: int = 16


def recipe_of(variant, budget, seed, start=''):
    """Return the Recipe of a variant; start: weights of the variant that it comes after."""
    writes = variant.train == 'interleaved'
    samples = budget.sequences if writes else budget.samples
    batch = budget.batch // 4 if writes else budget.batch
    steps = max(1, samples // batch // (2 if variant.after else 1))
    stage = Stage('ablation', budget.pool, (budget.size,), budget.shards, batch, steps,
                  warmup=min(50, steps // 4), regression=1.0, grow=False, train=variant.train)
    options = {**({'channels': budget.channels} if budget.channels else {}), **variant.options}
    return Recipe(budget.model, (stage,), options, start, seed=seed, checkpoint_s=600.0,
                  augmentation=replace(Augmentation(), **variant.augmentation))
