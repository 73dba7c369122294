# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From a seed to a scene of a kind."""

from geo_world_model.datasets.procedural import (
    ateliers, courtyards, gardens, indoors, parlours, streets, warehouses, workshops)
from geo_world_model.datasets.procedural.draws import Draws
from geo_world_model.datasets.procedural.materials import Palette
from geo_world_model.datasets.procedural.primitives import SceneBuilder

_BUILD = {'room': indoors.room, 'corridor': indoors.corridor, 'office': indoors.office,
          'warehouse': warehouses.warehouse, 'flat': indoors.flat, 'street': streets.street,
          'parlour': parlours.parlour, 'workshop': workshops.workshop, 'garden': gardens.garden,
          'courtyard': courtyards.courtyard, 'atelier': ateliers.atelier}
KINDS = tuple(_BUILD)
_MIXED = ('room',) * 6 + ('corridor',) * 2 + ('office',) * 3 + ('warehouse',) * 2 \
    + ('flat',) * 4 + ('street',) * 3
_VARIED = _MIXED + ('parlour',) * 6 + ('workshop',) * 3 + ('garden',) * 4
#: How often a kind comes up. A mixture never changes: numbers were measured on it. What is new
#: gets a mixture of its own.
_MIXTURES = {'mixed': _MIXED, 'varied': _VARIED,
             'diverse': _VARIED + ('courtyard',) * 5 + ('atelier',) * 5}
#: Names of these mixtures.
MIXTURES = tuple(_MIXTURES)


def draw_kind(draws, mixture='mixed'):
    """Return one of KINDS as one of MIXTURES has them, rooms and flats most often."""
    return draws.pick(_MIXTURES[mixture])


def make_scene(kind, *seeds):
    """Return the Scene of a kind (KINDS) that seeds fix."""
    draws = Draws(*seeds)
    builder = SceneBuilder()
    _BUILD[kind](builder, Palette(builder, draws), draws)
    return builder.build()
