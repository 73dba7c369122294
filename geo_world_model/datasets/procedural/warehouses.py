# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A warehouse: racks, boxes on pallets, marked lanes."""

from math import pi

from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.rooms import NORTH, Room, SOUTH, WEST
from geo_world_model.datasets.procedural.surroundings import look_out


def warehouse(builder, palette, draws):
    """Build a hall with racks, boxes on pallets, columns and marked lanes."""
    look_out(builder, palette, draws)
    width, length = draws.uniform(14.0, 26.0), draws.uniform(12.0, 20.0)
    place = Room(builder, palette, draws, 0.0, width, 0.0, length, draws.uniform(4.5, 7.5))
    place.windows(NORTH, 4, place.height - 1.8, place.height - 0.6)
    place.opening(WEST, draws.uniform(-2, 2), 1.6, 0.0, 3.2,
                  draws.pick(['nothing', 'door']))
    place.door(SOUTH)
    wall = palette.corrugated() if draws.chance(0.5) else palette.wall()
    place.build(palette.concrete(), palette.corrugated(), wall, skirting=False)
    place.ceiling_lamps(2, 3, draws.uniform(3.0, 4.5), 16.0, panels=True)
    _racks(place, draws, palette)
    _lanes(place, draws, palette)
    for _ in range(draws.integer(4, 9)):
        _pallet(place, draws, palette)
    place.furnish(['boxes', 'bin', 'bench', 'boxes', 'boxes'])


def _racks(place, draws, palette):
    """Place pallet racks in rows along x."""
    metal, beam = palette.plain(0.6, (0.5, 0.8), (0.3, 0.6)), palette.plain(0.07, (0.8, 0.9),
                                                                           (0.8, 0.9))
    wood, film = palette.wood(), [palette.cardboard(), palette.cardboard(), palette.accent(),
                                  palette.white(), palette.plain()]
    levels, high = draws.integer(2, 3), draws.uniform(1.1, 1.5)
    y = place.y0 + draws.uniform(0.7, 2.5)
    while y < place.y1 - 0.8:
        bays = int((place.x1 - place.x0 - 6.0) // 2.7)
        for bay in range(bays):
            x = place.x0 + 3.0 + 2.7 * bay
            _bay(Frame(place.builder, x + 1.35, y), draws, metal, beam, wood, film, levels, high)
        place.occupy(place.x0 + 2.6, place.x0 + 3.4 + 2.7 * bays, y - 0.8, y + 0.8)
        y += draws.uniform(3.6, 4.6)


def _bay(frame, draws, metal, beam, wood, film, levels, high):
    for x in (-1.32, 1.32):
        for y in (-0.48, 0.48):
            frame.box((x, y, levels * high / 2), (0.04, 0.04, levels * high / 2), metal)
    for level in range(levels):
        z = level * high
        if level:
            for y in (-0.48, 0.48):
                frame.box((0, y, z - 0.05), (1.32, 0.025, 0.05), beam)
        for x in (-0.65, 0.65):
            if draws.chance(0.8):
                frame.box((x, 0, z + 0.06), (0.55, 0.45, 0.06), wood)
                tall = draws.uniform(0.25, 0.5 * high - 0.12)
                frame.box((x + draws.bell(0.03), 0, z + 0.12 + tall),
                          (draws.uniform(0.35, 0.55), draws.uniform(0.35, 0.47), tall),
                          draws.pick(film))


def _pallet(place, draws, palette):
    """Place a pallet with boxes somewhere on the floor."""
    for _ in range(8):
        x, y = draws.uniform(place.x0 + 1, place.x1 - 1), draws.uniform(place.y0 + 1, place.y1 - 1)
        if not place.occupied(x - 0.8, x + 0.8, y - 0.8, y + 0.8):
            place.occupy(x - 0.8, x + 0.8, y - 0.8, y + 0.8)
            frame = Frame(place.builder, x, y, draws.uniform(0, pi))
            frame.box((0, 0, 0.07), (0.6, 0.4, 0.07), palette.wood())
            z = 0.14
            for _ in range(draws.integer(0, 3)):
                half = draws.uniform(0.25, 0.58), draws.uniform(0.2, 0.4), draws.uniform(0.1, 0.3)
                frame.box((0, 0, z + half[2]), half, palette.cardboard())
                z += 2 * half[2]
            return


def _lanes(place, draws, palette):
    """Paint lines on the floor."""
    paint = palette.plain(0.14, (0.7, 0.9), (0.8, 0.95))
    x, y = (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2
    frame = Frame(place.builder, x, y)
    for s in (-1, 1):
        frame.box((s * (place.x1 - x - 2.4), 0, 0.001), (0.05, place.y1 - y - 0.6, 0.003), paint)
