# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of a world; every default works without being touched."""

from dataclasses import dataclass

from geo_world_model.errors import ConfigError


@dataclass(frozen=True)
class WorldConfig:
    """
    How the loop behaves.

    attempts: how often a generator may try to complete one view before its holes are closed;
    seed_pixels: larger seeds are scaled down to this many; witness_distance (m), witness_angle
    (rad): a complete view closer than both to a witness does not become one; witness_share: unless
    a commit for it added more than this share of its pixels; level_seed: a first seed without a
    pose is level, whatever its edges say; index_points: a world of so many points keeps an index
    beside its file, so that it opens at once (-1: none ever does); memory_limit_mb: what the
    process should stay below, by giving back pages of the index (0: no limit); candidates: so
    many answers with different noise are asked for, the one that agrees best with what is known
    is taken; most_colour_error (0..1), most_depth_error (relative, after alignment): an answer
    that is off by more around its holes is refused; most_colour_step (0..1), most_depth_step (of
    the logarithm): so is one that jumps by more at their border (`evaluate health`).
    """

    attempts: int = 2
    seed_pixels: int = 1_000_000
    witness_distance: float = 0.05
    witness_angle: float = 0.087
    witness_share: float = 0.01
    level_seed: bool = False
    index_points: int = 1_000_000
    memory_limit_mb: int = 0
    candidates: int = 1
    most_colour_error: float = 0.2
    most_depth_error: float = 0.08
    most_colour_step: float = 0.15
    most_depth_step: float = 0.12

    def __post_init__(self):
        if self.attempts < 1 or self.seed_pixels < 1024:
            raise ConfigError(f'attempts {self.attempts}, seed_pixels {self.seed_pixels}: '
                              'expected at least 1 and 1024')
        if self.memory_limit_mb < 0:
            raise ConfigError(f'memory_limit_mb {self.memory_limit_mb}: expected >= 0')
        limits = {name: getattr(self, name) for name in (
            'most_colour_error', 'most_depth_error', 'most_colour_step', 'most_depth_step')}
        if self.candidates < 1 or min(limits.values()) <= 0:
            raise ConfigError(f'candidates {self.candidates}: expected at least 1; '
                              + ', '.join(f'{name} {value}' for name, value in limits.items())
                              + ': expected > 0')
        if min(self.witness_distance, self.witness_angle, self.witness_share) < 0:
            raise ConfigError('witness_distance, witness_angle and witness_share: expected >= 0')
