# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""An atelier: a room parted by arches, with easels, tents, pointed lamps and much clutter."""

from math import pi

from geo_world_model.datasets.procedural import cones
from geo_world_model.datasets.procedural.arches import arch, arched_wall
from geo_world_model.datasets.procedural.garden_things import plant_outside
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.rooms import Room
from geo_world_model.datasets.procedural.small_things import clutter
from geo_world_model.datasets.procedural.surroundings import look_out
from geo_world_model.datasets.procedural.synthetic_materials import synthetic

_THINGS = ['stool', 'stool', 'round table', 'bentwood chair', 'leafy plant', 'round shelf', 'toys',
           'toys', 'shelf', 'drawers', 'sofa', 'low table', 'standing vase', 'arc lamp', 'boxes']


def atelier(builder, palette, draws):
    """Build a room of 6 to 11 m, an arched wall across it."""
    look_out(builder, palette, draws)
    width, length = draws.uniform(6.0, 11.0), draws.uniform(4.0, 7.0)
    place = Room(builder, palette, draws, -width / 2, width / 2, -length / 2, length / 2,
                 draws.uniform(3.0, 4.2))
    place.door(draws.integer(0, 3))
    for side in range(4):
        if draws.chance(0.7):
            place.windows(side, draws.integer(1, 3), draws.uniform(0.2, 1.0),
                          draws.uniform(2.0, 2.3))
    floor = synthetic(palette, (0.01, 1.0)) if draws.chance(0.4) else palette.room_floor()
    wall = synthetic(palette, (0.05, 1.5)) if draws.chance(0.5) else palette.wall()
    stone = palette.concrete((0.6, 0.9)) if draws.chance(0.6) else synthetic(palette, (0.02, 0.3))
    place.build(floor, palette.white(), wall)
    plant_outside(Frame(builder, 0, 0, 0.0, -0.15), palette, draws, max(width, length))
    _part(place, palette, draws, wall, stone)
    for side in range(4):
        for opening in place.openings[side]:
            if opening.filling == 'window' and opening.high + opening.half + 0.2 < place.height:
                arch(place.wall(side).at(opening.s, 0), stone, opening.half, opening.high, 0.05,
                     0.12)
    for x in (-0.25, 0.25):
        for y in (-0.2, 0.2):
            drop = draws.uniform(0.5, 0.9)
            cones.cone_lamp(Frame(builder, x * width, y * length, 0.0, place.height - drop),
                            palette, draws, drop)
        strength = draws.uniform(0.8, 1.4)
        builder.light((x * width, 0.0, place.height - 1.1),
                      (strength, 0.95 * strength, 0.85 * strength), 8.0, 0.15)
    _pointed_things(place, palette, draws)
    place.furnish([name for name in _THINGS if draws.chance(0.7)])
    place.furnish([draws.pick(_THINGS) for _ in range(int(width * length * 0.15))])
    place.decorate(pictures=(2, 6), curtains=0.2)
    if draws.chance(0.6):
        z = place.height - 0.5
        cones.bunting(Frame(builder, 0, 0), palette, draws, (-width / 2, -length / 2, z),
                      (width / 2, length / 2, z))


def _part(place, palette, draws, wall, stone):
    """Build an arched wall across the room."""
    length = place.y1 - place.y0
    count = max(1, round(length / draws.uniform(1.8, 2.6)))
    pitch = length / count
    spring = min(draws.uniform(1.8, 2.3), place.height - pitch / 2 - 0.1)
    x = draws.uniform(-0.2, 0.2) * (place.x1 - place.x0)
    arched_wall(Frame(place.builder, x, 0.0, pi / 2), wall, stone, count, pitch, spring,
                place.height, draws.uniform(0.1, 0.2), draws.uniform(0.4, 0.7))
    # who walks through the arches is not stopped by furniture
    place.occupy(x - 0.6, x + 0.6, place.y0, place.y1)


def _pointed_things(place, palette, draws):
    """Put tents, easels, marking cones and coils where there is room."""
    for build, least, most, radius, sizes in (
            (cones.tent, 0, 1, 0.8, (1.1, 1.6)), (cones.easel, 1, 3, 0.5, (1.3, 1.7)),
            (cones.traffic_cone, 1, 5, 0.25, (0.2, 0.6)), (cones.cypress, 0, 2, 0.4, (0.8, 1.6)),
            (cones.spring_toy, 1, 3, 0.2, (0.12, 0.35)), (clutter, 4, 9, 0.2, (0.7, 1.4))):
        for _ in range(draws.integer(least, most)):
            for _ in range(12):
                x = draws.uniform(place.x0 + radius + 0.1, place.x1 - radius - 0.1)
                y = draws.uniform(place.y0 + radius + 0.1, place.y1 - radius - 0.1)
                if not place.occupied(x - radius, x + radius, y - radius, y + radius):
                    place.occupy(x - radius, x + radius, y - radius, y + radius)
                    build(Frame(place.builder, x, y, draws.uniform(0, 2 * pi)), palette, draws,
                          draws.uniform(*sizes))
                    break
