# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A workshop: benches, pipes under the ceiling, cables, ladders, bicycles and much clutter."""

from geo_world_model.datasets.procedural.curved_things import ring, sagging
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.rooms import NORTH, Room, SOUTH, WEST
from geo_world_model.datasets.procedural.surroundings import look_out
from geo_world_model.datasets.procedural.synthetic_materials import synthetic

_THINGS = ['bicycle', 'ladder', 'toys', 'toys', 'boxes', 'boxes', 'bench', 'stool', 'stool',
           'shelf', 'round shelf', 'cabinet', 'table', 'table', 'bin', 'drawers', 'bicycle']


def workshop(builder, palette, draws):
    """Build a hall of 6 to 11 m with a low ceiling full of pipes."""
    look_out(builder, palette, draws)
    width, length = draws.uniform(6.0, 11.0), draws.uniform(5.0, 9.0)
    place = Room(builder, palette, draws, -width / 2, width / 2, -length / 2, length / 2,
                 draws.uniform(2.8, 4.0))
    place.windows(NORTH, draws.integer(2, 4), 1.0)
    place.opening(WEST, draws.bell(0.5), 1.2, 0.0, 2.5, draws.pick(['nothing', 'door']))
    place.door(SOUTH)
    place.build(palette.concrete() if draws.chance(0.6) else synthetic(palette, (0.02, 1.0)),
                palette.concrete((0.5, 0.8)), palette.bricks() if draws.chance(0.5)
                else synthetic(palette, (0.1, 1.5)), skirting=False)
    place.ceiling_lamps(2, 2, draws.uniform(1.0, 1.8), 9.0, panels=True)
    _pipes(place, palette, draws)
    place.furnish(_THINGS + [draws.pick(_THINGS) for _ in range(int(width * length * 0.12))])
    _cables(place, palette, draws)
    _hose(place, palette, draws)
    place.decorate(pictures=(1, 3), curtains=0.0)


def _pipes(place, palette, draws):
    """Run pipes under the ceiling and down the walls."""
    for _ in range(draws.integer(2, 5)):
        metal, radius = palette.metal(), draws.uniform(0.015, 0.09)
        y = draws.uniform(place.y0 + 0.3, place.y1 - 0.3)
        z = place.height - 0.12 - draws.uniform(0.0, 0.25)
        points = [(place.x0, y, z), (place.x1 - 0.12, y, z)]
        if draws.chance(0.6):
            points.append((place.x1 - 0.12, y, 0.0))
        Frame(place.builder, 0, 0).tube(points, radius, metal)


def _cables(place, palette, draws):
    """Hang cables from wall to wall, and let them lie on the floor."""
    air = Frame(place.builder, 0, 0)
    for _ in range(draws.integer(2, 5)):
        a, b = draws.uniform(place.y0, place.y1), draws.uniform(place.y0, place.y1)
        x0, x1 = sorted(draws.uniform(place.x0, place.x1) for _ in range(2))
        air.tube(sagging((x0, a, place.height), (x1 + 0.3, b, place.height),
                         draws.uniform(0.1, 0.6)), 0.008, palette.accent())
    for _ in range(draws.integer(1, 3)):
        x, y = draws.uniform(place.x0 + 1, place.x1 - 1), draws.uniform(place.y0 + 1,
                                                                       place.y1 - 1)
        points = [(x, y, 0.008)]
        for _ in range(8):
            x += draws.uniform(-0.4, 0.4)
            y += draws.uniform(-0.4, 0.4)
            points.append((x, y, 0.008))
        air.tube(points, 0.008, palette.plain(None, (0.3, 0.9), (0.1, 0.8)))


def _hose(place, palette, draws):
    """Hang a coiled hose on a wall."""
    side = draws.integer(0, 3)
    s = draws.uniform(-0.4, 0.4) * place.length(side)
    if not place.free_wall(side, s, 0.3):
        return
    frame = place.wall(side).at(s, 0.06)
    rubber = palette.accent()
    for k in range(3):
        frame.at(0, 0.02 * k).tube(ring(0.22 + 0.02 * k, 1.5, 16, upright=True), 0.014, rubber)
