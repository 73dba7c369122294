# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A garden behind a house: lawn, path, hedges, fences, trees, beds, pots and a shed."""

from math import cos, pi, sin

from geo_world_model.datasets.procedural import garden_things
from geo_world_model.datasets.procedural.curved_things import leafy_plant, sagging
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.small_things import clutter
from geo_world_model.datasets.procedural.surroundings import daylight
from geo_world_model.datasets.procedural.thin_furniture import bentwood_chair, round_table


def garden(builder, palette, draws):
    """Build a garden of 12 to 20 m, a house at its south."""
    daylight(builder, draws)
    half_x, half_y = draws.uniform(6.0, 10.0), draws.uniform(5.0, 8.0)
    lawn = Frame(builder, 0, 0)
    lawn.box((0, 0, -0.5), (300, 300, 0.5), palette.grass())
    builder.floor(-half_x + 0.6, half_x - 0.6, -half_y + 0.8, half_y - 0.6)
    taken = []
    _border(lawn, palette, draws, half_x, half_y)
    _house(lawn.at(0, -half_y), palette, draws, half_x)
    _path(lawn, palette, draws, half_y, taken)
    shed = _spot(draws, taken, half_x - 1.8, half_y - 1.8, 1.7)
    if shed and draws.chance(0.75):
        garden_things.shed(lawn.at(*shed, 0.0, draws.pick([0.0, pi / 2, pi, -pi / 2])), palette,
                           draws)
    table = _spot(draws, taken, half_x - 1.5, half_y - 1.5, 1.4)
    if table:
        place = lawn.at(*table)
        round_table(place, palette, draws, 0.5, 0.5)
        for k in range(draws.integer(2, 4)):
            a = k * pi / 2 + draws.bell(0.2)
            chair = place.at(0.85 * cos(a), 0.85 * sin(a), 0.0, a + pi / 2)
            bentwood_chair(chair, palette, draws, 0.22, 0.22)
    for build, least, most, radius in ((garden_things.tree, 2, 5, 0.9),
                                       (_bed, 2, 5, 0.8), (_pot, 3, 8, 0.4),
                                       (garden_things.bird_bath, 0, 1, 0.5), (_litter, 3, 8, 0.3)):
        for _ in range(draws.integer(least, most)):
            spot = _spot(draws, taken, half_x - 0.9, half_y - 0.9, radius)
            if spot:
                build(lawn.at(*spot, 0.0, draws.uniform(0, 2 * pi)), palette, draws)
    line = half_x - 1.5
    if draws.chance(0.5):
        _washing(lawn, palette, draws, line, draws.uniform(0.2, 0.7) * half_y)


def _border(lawn, palette, draws, half_x, half_y):
    """Fence the garden in, and let houses and trees stand behind."""
    for k, (along, away) in enumerate(((half_y, half_x), (half_x, half_y), (half_y, half_x))):
        side = lawn.at(0, 0, yaw=(k - 1) * pi / 2).at(0, away)
        build = draws.pick([garden_things.hedge, garden_things.fence])
        build(side, palette, draws, along, draws.uniform(0.9, 1.8))
        for _ in range(draws.integer(2, 5)):
            garden_things.tree(side.at(draws.uniform(-along, along), draws.uniform(2, 8)), palette,
                               draws)
        size = draws.uniform(3, 6), 4.0, draws.uniform(3, 6)
        if draws.chance(0.8):
            side.at(draws.uniform(-0.5, 0.5) * along, draws.uniform(13, 20)).box(
                (0, 0, size[2]), size, palette.facade((1.8, 2.8)), anchor=size)


def _house(frame, palette, draws, half):
    """Build the house's back wall with a terrace before it."""
    high = draws.uniform(2.7, 6.0)
    size = half + 1.0, 3.0, high / 2
    kind = palette.facade((2.2, 2.9)) if draws.chance(0.6) else palette.bricks()
    frame.box((0, -3.0, high / 2), size, kind, anchor=size)
    frame.box((0, -3.0, high + 0.1), (half + 1.3, 3.4, 0.1), palette.tiles((0.2, 0.3)))
    frame.box((0, 0.9, 0.01), (0.7 * half, 0.9, 0.02), palette.slabs())
    frame.box((draws.uniform(-0.5, 0.5) * half, 0.0, 1.05), (0.5, 0.05, 1.05), palette.wood())


def _path(lawn, palette, draws, half_y, taken):
    """Lay a winding path of round or square slabs."""
    stone, round_ = palette.slabs(), draws.chance(0.5)
    x, swing, phase = draws.bell(1.5), draws.uniform(0.3, 1.2), draws.uniform(0, 6)
    y = -half_y + 2.0
    while y < half_y - 0.8:
        place = lawn.at(x + swing * sin(0.5 * y + phase), y, 0.0, draws.bell(0.2))
        if round_:
            place.cylinder((0, 0, 0.01), (0.3, 0.26, 0.015), stone)
        else:
            place.box((0, 0, 0.01), (0.32, 0.24, 0.015), stone)
        taken.append((place.origin[0], place.origin[1], 0.35))
        y += 0.62


def _spot(draws, taken, half_x, half_y, radius):
    """Find a free place (x, y) for a thing of a radius (m), or None."""
    for _ in range(15):
        x, y = draws.uniform(-half_x, half_x), draws.uniform(-half_y + 1.0, half_y)
        if all((x - a) ** 2 + (y - b) ** 2 > (radius + r) ** 2 for a, b, r in taken):
            taken.append((x, y, radius))
            return x, y
    return None


def _bed(frame, palette, draws):
    garden_things.flower_bed(frame, palette, draws, draws.uniform(0.4, 0.8))


def _pot(frame, palette, draws):
    size = draws.uniform(0.17, 0.28)
    leafy_plant(frame, palette, draws, size, size)


def _litter(frame, palette, draws):
    clutter(frame, palette, draws, draws.uniform(0.8, 1.6))


def _washing(lawn, palette, draws, half, y):
    """Hang washing on a line between two poles."""
    metal = palette.metal()
    for x in (-half, half):
        lawn.rod((x, y, 0), (x, y, 1.9), 0.03, metal)
    points = sagging((-half, y, 1.85), (half, y, 1.85), 0.2)
    lawn.tube(points, 0.005, metal)
    for x, _, z in points[1:-1]:
        if draws.chance(0.5):
            wide, tall = draws.uniform(0.2, 0.4), draws.uniform(0.3, 0.6)
            lawn.box((x, y, z - tall), (wide, 0.008, tall), palette.fabric())
