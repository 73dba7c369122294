# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A parlour: a crowded room of round and thin things, a garden before its windows."""

from math import pi

from geo_world_model.datasets.procedural.curved_things import sagging
from geo_world_model.datasets.procedural.garden_things import plant_outside
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.rooms import Room
from geo_world_model.datasets.procedural.surroundings import look_out
from geo_world_model.datasets.procedural.synthetic_materials import synthetic

_THINGS = ['sofa', 'round table', 'bentwood chair', 'bentwood chair', 'arc lamp', 'leafy plant',
           'leafy plant', 'standing vase', 'round shelf', 'round shelf', 'coat stand', 'stool',
           'low table', 'drawers', 'shelf', 'toys', 'cabinet', 'boxes']


def parlour(builder, palette, draws):
    """Build a crowded room of 4 to 8 m."""
    look_out(builder, palette, draws)
    width, length = draws.uniform(4.0, 8.0), draws.uniform(3.5, 7.0)
    place = Room(builder, palette, draws, -width / 2, width / 2, -length / 2, length / 2,
                 draws.uniform(2.4, 3.4))
    place.door(draws.integer(0, 3))
    for side in range(4):
        if draws.chance(0.6):
            tall = draws.chance(0.3)
            place.windows(side, draws.integer(1, 3), 0.15 if tall else None)
    floor = synthetic(palette, (0.01, 1.0)) if draws.chance(0.35) else palette.room_floor()
    wall = synthetic(palette, (0.05, 1.5)) if draws.chance(0.3) else palette.wall()
    place.build(floor, palette.white(), wall)
    plant_outside(Frame(builder, 0, 0, 0.0, -0.15), palette, draws, max(width, length))
    _hang_lamps(place, palette, draws)
    half = draws.uniform(0.6, 0.35 * width), draws.uniform(0.5, 0.3 * length)
    Frame(builder, draws.bell(0.4), draws.bell(0.4), draws.uniform(0, pi)).cylinder(
        (0, 0, 0.005), (min(half), min(half), 0.005), palette.rug())
    place.furnish([name for name in _THINGS if draws.chance(0.75)])
    place.furnish([draws.pick(_THINGS) for _ in range(int(width * length * 0.25))])
    place.decorate(pictures=(2, 6))


def _hang_lamps(place, palette, draws):
    """Hang round lamps on cables."""
    cable, glow = palette.plain(0.6, (0, 0.1), (0.05, 0.2)), palette.lamp()
    strength, drop = draws.uniform(0.8, 1.4), draws.uniform(0.35, 0.7)
    for x in ((0.0,) if place.x1 - place.x0 < 5 else (-1.6, 1.6)):
        frame = Frame(place.builder, x, 0.0, 0.0, place.height - drop)
        frame.tube(sagging((0, 0, 0.1), (0.5, 0.3, drop), 0.03), 0.006, cable)
        frame.ellipsoid((0, 0, 0), (0.17, 0.17, draws.uniform(0.1, 0.17)), glow)
        place.builder.light((x, 0.0, place.height - drop - 0.22),
                            (strength, 0.95 * strength, 0.85 * strength), 8.0, 0.15)
