# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A paved yard between arcades, towers and walls with arched gates."""

from math import cos, pi, sin

from geo_world_model.datasets.procedural import cones
from geo_world_model.datasets.procedural.arches import arch, arched_wall, column
from geo_world_model.datasets.procedural.curved_things import bicycle, leafy_plant, vase
from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.small_things import boxes, clutter
from geo_world_model.datasets.procedural.surroundings import daylight
from geo_world_model.datasets.procedural.synthetic_materials import synthetic
from geo_world_model.datasets.procedural.thin_furniture import bentwood_chair, round_table

_WALK = 2.2


def courtyard(builder, palette, draws):
    """Build a yard of 10 to 18 m."""
    daylight(builder, draws)
    half = draws.uniform(5.0, 9.0), draws.uniform(4.5, 7.5)
    yard = Frame(builder, 0, 0)
    paving = palette.slabs() if draws.chance(0.6) else synthetic(palette, (0.03, 0.6))
    yard.box((0, 0, -0.2), (half[0] + 4, half[1] + 4, 0.2), paving)
    yard.box((0, 0, -0.6), (300, 300, 0.5), palette.grass())
    builder.floor(-half[0] + 0.5, half[0] - 0.5, -half[1] + 0.5, half[1] - 0.5)
    wall = palette.bricks() if draws.chance(0.4) else synthetic(palette, (0.1, 1.2))
    stone = palette.concrete((0.55, 0.85))
    first = draws.integer(0, 3)
    for k in range(4):
        along, away = (half[0], half[1]) if k % 2 == 0 else (half[1], half[0])
        side = yard.at(0, 0, 0, k * pi / 2).at(0, -away)
        build = _arcade if k == first else draws.pick([_arcade, _gate, _house])
        build(side, palette, draws, along, wall, stone)
    for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        if draws.chance(0.4):
            cones.tower(yard.at(x * (half[0] + 1.2), y * (half[1] + 1.2)), palette, draws,
                        draws.uniform(0.9, 1.5), draws.uniform(4.5, 8.0))
    _fill(yard, palette, draws, half)
    if draws.chance(0.5):
        z = draws.uniform(2.4, 3.0)
        for y in (-0.4, 0.4):
            cones.bunting(yard, palette, draws, (-half[0], y * half[1], z),
                          (half[0], -y * half[1], z))


def _arcade(side, palette, draws, along, wall, stone):
    """Build a covered walk behind arches; the frame's +y is the yard."""
    count = max(3, round(2 * along / draws.uniform(1.9, 2.8)))
    pitch, spring = 2 * along / count, draws.uniform(1.9, 2.4)
    height = spring + pitch / 2 + draws.uniform(0.3, 0.8)
    slim = draws.chance(0.5)
    arched_wall(side, wall, stone, count, pitch, spring, height, 0.17, 0.36 if slim else 0.6)
    side.box((0, -_WALK / 2, height - 0.1), (along, _WALK / 2, 0.06), palette.wood())
    side.box((0, -_WALK, height / 2), (along, 0.1, height / 2), wall)
    roof = side.at(0, -_WALK / 2)
    roof.box((0, 0.1, height + 0.35), (along + 0.3, 0.62 * _WALK, 0.05),
             palette.tiles((0.15, 0.3)), tilt=-0.3)
    for k in range(count):
        x = (k - (count - 1) / 2) * pitch
        if draws.chance(0.5):
            side.box((x, -_WALK + 0.11, 1.05), (0.5, 0.03, 1.05), palette.wood())
            arch(side.at(x, -_WALK + 0.1), stone, 0.55, 2.0, 0.06, 0.14)
        elif draws.chance(0.5):
            side.box((x, -_WALK + 0.11, 1.6), (0.45, 0.02, 0.35), palette.picture())
        if slim:
            column(side.at(x - pitch / 2, 0.3), stone, spring, 0.12)


def _gate(side, palette, draws, along, wall, stone):
    """Build a wall with one gate, trees behind it."""
    spring, pitch = draws.uniform(1.9, 2.3), draws.uniform(2.2, 3.0)
    height, thick = spring + pitch / 2 + 0.4, 0.25
    x = draws.uniform(-0.5, 0.5) * along
    arched_wall(side.at(x, 0), wall, stone, 1, pitch, spring, height, thick)
    low = draws.uniform(1.6, 2.6)
    for a, b in ((-along, x - pitch / 2), (x + pitch / 2, along)):
        side.box(((a + b) / 2, 0, low / 2), ((b - a) / 2, 0.9 * thick, low / 2), wall)
        side.box(((a + b) / 2, 0, low + 0.05), ((b - a) / 2, 1.2 * thick, 0.05), stone)
        for s in (a + 0.4, b - 0.4):
            side.cone((s, 0, low + 0.3), (0.16, 0.16, 0.2), stone)
    for _ in range(draws.integer(3, 7)):
        cones.cypress(side.at(draws.uniform(-along, along), -draws.uniform(1.5, 7)), palette,
                      draws, draws.uniform(2.5, 6.0))


def _house(side, palette, draws, along, wall, stone):
    """Build a house with arched doors and windows."""
    high = draws.uniform(4.0, 7.0)
    side.box((0, -2.5, high / 2), (along + 0.5, 2.5, high / 2), wall)
    side.box((0, -2.5, high + 0.9), (along + 0.8, 2.9, 0.08), palette.tiles((0.2, 0.3)), tilt=0.25)
    count = max(2, round(2 * along / draws.uniform(2.0, 3.0)))
    glass, door = palette.plain(0.58, (0.2, 0.4), (0.15, 0.4)), palette.wood()
    for k in range(count):
        x = (k - (count - 1) / 2) * 2 * along / count
        inside = side.at(x, 0.02)
        low, half = (0.0, 0.55) if draws.chance(0.4) else (0.9, 0.5)
        filling = door if low == 0 else glass
        inside.box((0, 0, (low + 1.95) / 2), (half, 0.02, (1.95 - low) / 2), filling)
        inside.cylinder((0, 0, 1.95), (half, half, 0.02), filling, tilt=pi / 2)
        arch(inside, stone, half, 1.95, 0.07, 0.13)
        for s in (-half, 0, half):
            inside.box((s, 0.03, (low + 1.95) / 2), (0.03, 0.03, (1.95 - low) / 2), stone)
        if high > 5:
            side.box((x, 0.01, 3.7), (0.45, 0.03, 0.6), glass)
            side.box((x, 0.02, 3.05), (0.6, 0.1, 0.05), stone)


def _fill(yard, palette, draws, half):
    """Put things into the yard that do not stand in each other."""
    taken = []
    if draws.chance(0.7):
        taken.append((0.0, 0.0, 1.9))
        cones.fountain(yard, palette, draws, draws.uniform(0.9, 1.5))
    wanted = [(_table, 1, 3, 1.3), (_pointed_tree, 2, 5, 0.7), (_urn, 2, 5, 0.4),
              (_pot, 2, 5, 0.4), (_lamp, 1, 3, 0.3), (_marks, 0, 4, 0.3), (_pile, 0, 2, 0.6),
              (_bicycle, 0, 2, 0.9), (_litter, 4, 9, 0.3)]
    for build, least, most, radius in wanted:
        for _ in range(draws.integer(least, most)):
            for _ in range(15):
                x = draws.uniform(-half[0] + 0.9, half[0] - 0.9)
                y = draws.uniform(-half[1] + 0.9, half[1] - 0.9)
                if all((x - a) ** 2 + (y - b) ** 2 > (radius + r) ** 2 for a, b, r in taken):
                    taken.append((x, y, radius))
                    build(yard.at(x, y, 0.0, draws.uniform(0, 2 * pi)), palette, draws)
                    break


def _table(frame, palette, draws):
    round_table(frame, palette, draws, 0.5, 0.5)
    if draws.chance(0.7):
        cones.parasol(frame, palette, draws, draws.uniform(2.2, 2.6))
    for k in range(draws.integer(2, 4)):
        a = k * pi / 2 + draws.bell(0.2)
        bentwood_chair(frame.at(0.85 * cos(a), 0.85 * sin(a), 0.0, a + pi / 2), palette, draws,
                       0.22, 0.22)


def _pointed_tree(frame, palette, draws):
    box = draws.uniform(0.25, 0.4)
    frame.box((0, 0, box / 2), (0.8 * box, 0.8 * box, box / 2), palette.furniture())
    cones.cypress(frame.at(0, 0, box), palette, draws, draws.uniform(1.0, 3.0))


def _urn(frame, palette, draws):
    frame.box((0, 0, 0.2), (0.2, 0.2, 0.2), palette.concrete())
    vase(frame.at(0, 0, 0.4), palette, draws, draws.uniform(0.35, 0.6))


def _pot(frame, palette, draws):
    size = draws.uniform(0.17, 0.28)
    leafy_plant(frame, palette, draws, size, size)


def _lamp(frame, palette, draws):
    cones.lantern(frame, palette, draws, draws.uniform(1.6, 2.4))


def _marks(frame, palette, draws):
    cones.traffic_cone(frame, palette, draws, draws.uniform(0.3, 0.75))


def _pile(frame, palette, draws):
    boxes(frame, palette, draws, 0.4, 0.4)


def _bicycle(frame, palette, draws):
    bicycle(frame, palette, draws, 0.9, 0.25)


def _litter(frame, palette, draws):
    clutter(frame, palette, draws, draws.uniform(0.8, 1.6))
