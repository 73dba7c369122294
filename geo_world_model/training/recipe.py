# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A recipe: what is trained, on what, for how long."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from geo_world_model.datasets.procedural.recording import MOST_LOOKS
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
    start: folder of weights of that network to begin with; scenes: one of MIXTURES; seed:
    of scenes (evaluation uses others) and samples; references: views that go with a sample;
    precision: 'no' or 'bf16'; compile: the trunk by torch.compile, which takes minutes at the
    first step of a size, and falls back to what it was where it cannot; ema: decay of the averaged
    weights; weight_decay, clip: of AdamW; checkpoint_s: seconds between checkpoints; stages;
    augmentation; recordings: folders of own RGB-D recordings that are mixed into every pool.
    """

    model: str
    stages: tuple[Stage, ...]
    options: dict = field(default_factory=dict)
    start: str = ''
    scenes: str = 'mixed'
    seed: int = 11
    references: int = 2
    precision: str = 'no'
    compile: bool = False
    ema: float = 0.999
    weight_decay: float = 0.02
    clip: float = 1.0
    checkpoint_s: float = 120.0
    augmentation: Augmentation = Augmentation()
    recordings: tuple[str, ...] = ()

    def as_dict(self) -> dict:
        """Plain values, for a checkpoint."""
        return asdict(self)
