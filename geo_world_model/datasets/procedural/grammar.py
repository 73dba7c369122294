# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From a seed to a scene of a kind."""

from geo_world_model.datasets.procedural import (
    gardens, indoors, parlours, streets, warehouses, workshops)
from geo_world_model.datasets.procedural.draws import Draws
from geo_world_model.datasets.procedural.materials import Palette
from geo_world_model.datasets.procedural.primitives import SceneBuilder

_BUILD = {'room': indoors.room, 'corridor': indoors.corridor, 'office': indoors.office,
          'warehouse': warehouses.warehouse, 'flat': indoors.flat, 'street': streets.street,
          'parlour': parlours.parlour, 'workshop': workshops.workshop, 'garden': gardens.garden}
KINDS = tuple(_BUILD)
#: How often a kind comes up among mixed ones, which stay those of older versions, and among
#: varied ones, which may grow.
_MIXED = ('room',) * 6 + ('corridor',) * 2 + ('office',) * 3 + ('warehouse',) * 2 \
    + ('flat',) * 4 + ('street',) * 3


_VARIED = _MIXED + ('parlour',) * 6 + ('workshop',) * 3 + ('garden',) * 4
#: Names of these mixtures.
MIXTURES = ('mixed', 'varied')


def draw_kind(draws, mixture='mixed'):
    """Return one of KINDS as one of MIXTURES has them, rooms and flats most often."""
    return draws.pick(_MIXED if mixture == 'mixed' else _VARIED)


def make_scene(kind, *seeds):
    """Return the Scene of a kind (KINDS) that seeds fix."""
    draws = Draws(*seeds)
    builder = SceneBuilder()
    _BUILD[kind](builder, Palette(builder, draws), draws)
    return builder.build()
