# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A street along x: houses, pavements, cars, trees, lamps and sky."""

from math import ceil, pi

from geo_world_model.datasets.procedural.primitives import Frame
from geo_world_model.datasets.procedural.surroundings import daylight

_END = 70.0
_KERB = 0.12


def street(builder, palette, draws):
    """Build a street of 140 m."""
    daylight(builder, draws)
    road, pavement = draws.uniform(2.8, 4.5), draws.uniform(2.2, 4.0)
    whole = Frame(builder, 0, 0)
    whole.box((0, 0, -0.5), (300, 300, 0.5), palette.concrete((0.3, 0.5)))
    white = palette.white()
    x = -_END + draws.uniform(0, 4)
    while x < _END and draws.chance(0.995):
        whole.box((x, 0, 0), (1.5, 0.06, 0.004), white)
        x += 6.0
    if draws.chance(0.4):
        x = draws.uniform(-15, 15)
        for k in range(int(road / 0.5)):
            whole.box((x, -road + 0.5 + k, 0), (1.6, 0.25, 0.005), white)
    for sign in (-1, 1):
        side = Frame(builder, 0, sign * road, 0.0 if sign > 0 else pi)
        stone = palette.slabs() if draws.chance(0.6) else palette.concrete((0.5, 0.8))
        side.box((0, pavement / 2 + 0.1, _KERB / 2), (_END, pavement / 2 - 0.1, _KERB / 2), stone)
        side.box((0, 0.1, _KERB / 2), (_END, 0.1, _KERB / 2 + 0.003), palette.concrete((0.6, 0.8)))
        if draws.chance(0.75):
            _row(side, palette, draws, pavement)
        else:
            _park(side, palette, draws, pavement)
        _kerbside(side, palette, draws, pavement)
        y0, y1 = sorted((sign * (road + 0.3), sign * (road + pavement)))
        builder.floor(-30, 30, y0 + 0.3, y1 - 0.3)
    builder.floor(-30, 30, -road + 0.3, road - 0.3)
    _parked(builder, palette, draws, road)
    if draws.chance(0.4):
        half = (6.0, 30.0, draws.uniform(5, 9))
        Frame(builder, draws.pick([-1, 1]) * (_END - 5.0), 0).box(
            (0, 0, half[2]), half, palette.facade((2.4, 3.0)), anchor=half)


def _row(side, palette, draws, pavement):
    """Build houses wall to wall, with gaps now and then."""
    x = -_END
    while x < _END:
        width = draws.uniform(6.0, 14.0)
        if draws.chance(0.12):
            x += draws.uniform(2.5, 6.0)
        _house(side.at(x + width / 2, pavement), palette, draws, width)
        x += width


def _house(frame, palette, draws, width):
    """Build a house whose front stands at y = 0 and looks back to -y."""
    storeys, high = draws.integer(1, 5), draws.uniform(2.8, 3.4)
    base = draws.uniform(3.0, 4.0)
    half = width / 2
    back = draws.uniform(0.0, 0.35)
    deep = 5.0
    cell = width / max(2, round(width / draws.uniform(1.6, 2.6)))
    upper = storeys * high
    frame.box((0, deep + back, base + upper / 2), (half, deep, upper / 2),
              palette.facade((cell, high)), anchor=(half, deep, upper / 2))
    ground = palette.bricks() if draws.chance(0.4) else palette.concrete((0.5, 0.9))
    frame.box((0, deep + back, base / 2), (half, deep, base / 2), ground)
    trim = palette.concrete((0.6, 0.9))
    frame.box((0, back, base), (half, 0.12, 0.12), trim)
    frame.box((0, deep + back, base + upper + 0.12), (half + 0.02, deep + 0.25, 0.14), trim)
    if draws.chance(0.5):
        frame.box((0, deep + back, base + upper + 0.9), (half - 0.02, deep - 0.3, 0.9),
                  palette.tiles((0.25, 0.4)))
    glass = palette.plain(0.58, (0.1, 0.4), (0.12, 0.3))
    rim = palette.wood() if draws.chance(0.5) else palette.metal()
    count = max(2, round(width / draws.uniform(2.0, 3.2)))
    door = draws.integer(0, count - 1)
    shop = draws.chance(0.4)
    for k in range(count):
        x = -half + (k + 0.5) * width / count
        if k == door:
            frame.box((x, back, 1.12 + _KERB), (0.56, 0.06, 1.12), rim)
            frame.box((x, back - 0.03, 1.05 + _KERB), (0.47, 0.05, 1.05), palette.wood())
        else:
            wide, low = (0.42 * width / count, 0.5) if shop else (0.5, 1.0)
            middle = (low + base - 0.6) / 2
            tall = (base - 0.6 - low) / 2
            frame.box((x, back, middle), (wide + 0.06, 0.05, tall + 0.06), rim)
            frame.box((x, back - 0.03, middle), (wide, 0.04, tall), glass)
            frame.box((x, back - 0.06, middle), (0.025, 0.03, tall), rim)
    if shop and draws.chance(0.7):
        frame.box((0, back - 0.05, base - 0.3), (half * 0.9, 0.06, 0.22), palette.text())
        if draws.chance(0.5):
            frame.box((0, back - 0.6, base - 0.55), (half * 0.85, 0.6, 0.02), palette.fabric(),
                      tilt=0.35)
    if draws.chance(0.35):
        iron = palette.metal()
        for storey in range(storeys):
            z = base + storey * high + 0.25
            x = draws.pick([-1, 1]) * 0.25 * width
            frame.box((x, back - 0.4, z), (1.0, 0.4, 0.06), trim)
            frame.box((x, back - 0.78, z + 0.95), (1.0, 0.02, 0.025), iron)
            for k in range(5):
                frame.box((x - 1.0 + 0.5 * k, back - 0.78, z + 0.5), (0.012, 0.012, 0.45), iron)


def _park(side, palette, draws, pavement):
    """Grow trees and bushes on a lawn behind a fence or hedge."""
    side.box((0, pavement + 40, 0.06), (_END, 40, 0.06), palette.grass())
    if draws.chance(0.5):
        leaves = palette.leaves(0.06)
        side.box((0, pavement + 0.5, 0.5), (_END, 0.35, draws.uniform(0.4, 0.7)), leaves)
    else:
        iron, x = palette.metal(), -32.0
        for z in (0.35, 0.95):
            side.box((0, pavement + 0.2, z), (34.0, 0.015, 0.03), iron)
        while x < 32:
            side.box((x, pavement + 0.2, 0.5), (0.025, 0.025, 0.5), iron)
            x += 1.6
    for _ in range(draws.integer(10, 20)):
        _tree(side.at(draws.uniform(-_END, _END), pavement + draws.uniform(2.5, 25)), palette,
              draws)
    for k in range(5):
        half = draws.uniform(5, 10), 5.0, draws.uniform(4, 9)
        side.at(-60 + 30 * k + draws.bell(4), pavement + 45).box(
            (0, 0, half[2]), half, palette.facade((2.2, 3.0)), anchor=half)


def _kerbside(side, palette, draws, pavement):
    """Put trees, lamps, bins and benches along the kerb."""
    trees, lamps = draws.chance(0.6), draws.chance(0.8)
    pitch = draws.uniform(7, 12)
    metal = palette.metal()
    for k in range(int(ceil(-_END / pitch)), int(_END / pitch)):
        x = k * pitch + draws.bell(0.5)
        if trees:
            _tree(side.at(x, 0.7), palette, draws)
        if lamps and k % 2 == 0:
            _lamp(side.at(x + pitch / 2, 0.5), metal, palette)
        if draws.chance(0.2) and abs(x) < 35:
            side.cylinder((x + 1.5, 0.5, 0.5), (0.22, 0.22, 0.4), palette.metal())
        if draws.chance(0.2) and abs(x) < 35 and pavement > 2.6:
            _bench(side.at(x + 2.6, 0.7), palette, draws)
        if draws.chance(0.15):
            side.cylinder((x + 0.9, 0.35, 1.2), (0.03, 0.03, 1.2), metal)
            side.box((x + 0.9, 0.31, 2.2), (0.3, 0.015, 0.3), palette.accent())


def _tree(frame, palette, draws):
    high = draws.uniform(1.8, 3.0)
    frame.cylinder((0, 0, high / 2 + 0.3), (0.13, 0.13, high / 2 + 0.3), palette.wood())
    leaves = palette.leaves(draws.uniform(0.08, 0.16))
    for _ in range(draws.integer(3, 6)):
        frame.at(draws.bell(0.6), draws.bell(0.6), high + draws.uniform(0.6, 2.4),
                 draws.uniform(0, pi)).ellipsoid(
            (0, 0, 0), (draws.uniform(0.7, 1.5), draws.uniform(0.7, 1.5),
                        draws.uniform(0.6, 1.2)), leaves, tilt=draws.bell(0.3))


def _lamp(frame, metal, palette):
    frame.cylinder((0, 0, 2.5), (0.06, 0.06, 2.5), metal)
    frame.box((0, -0.5, 5.0), (0.05, 0.6, 0.04), metal)
    frame.ellipsoid((0, -1.0, 4.95), (0.14, 0.3, 0.07), palette.white())


def _bench(frame, palette, draws):
    wood, iron = palette.wood(), palette.metal()
    frame.box((0, 0, 0.45 + _KERB), (0.8, 0.2, 0.025), wood)
    frame.box((0, 0.2, 0.75 + _KERB), (0.8, 0.02, 0.14), wood, tilt=-0.2)
    for x in (-0.65, 0.65):
        frame.box((x, 0.02, 0.22 + _KERB), (0.03, 0.18, 0.22), iron)


def _parked(builder, palette, draws, road):
    """Park cars along the kerbs and let some drive."""
    for sign in (-1, 1):
        density = draws.pick([0.0, 0.35, 0.7])
        x = -_END + 3
        while x < _END - 3:
            if draws.chance(density):
                _car(Frame(builder, x, sign * (road - 1.05), 0.0 if sign < 0 else pi), palette,
                     draws)
            x += draws.uniform(5.2, 7.0)


def _car(frame, palette, draws):
    """Build a car that looks to +x."""
    paint = palette.plain(None, (0.0, 0.8), (0.08, 0.9))
    glass = palette.plain(0.58, (0.1, 0.3), (0.06, 0.14))
    rubber, light = palette.plain(0.6, (0, 0.1), (0.05, 0.1)), palette.white()
    high, van = draws.uniform(0.0, 0.12), draws.chance(0.2)
    frame.box((0, 0, 0.5 + high / 2), (2.1, 0.85, 0.27 + high / 2), paint)
    if van:
        frame.box((-0.4, 0, 1.25 + high), (1.65, 0.83, 0.62), paint)
        frame.box((1.0, 0, 1.35 + high), (0.35, 0.74, 0.3), glass)
    else:
        frame.box((-0.25, 0, 0.98 + high), (1.15, 0.76, 0.25), glass)
        frame.box((-0.3, 0, 1.25 + high), (0.95, 0.72, 0.03), paint)
        for x in (-1.35, -0.3, 0.82):
            frame.box((x, 0, 0.98 + high), (0.06, 0.765, 0.255), paint)
    for y in (-0.6, 0.6):
        frame.box((2.1, y, 0.62 + high / 2), (0.02, 0.16, 0.07), light)
        frame.box((-2.1, y, 0.65 + high / 2), (0.02, 0.14, 0.08), palette.plain(0.0, (0.8, 0.9),
                                                                               (0.5, 0.6)))
    for x in (-1.3, 1.3):
        for y in (-0.76, 0.76):
            wheel = frame.at(x, y, 0.32)
            wheel.cylinder((0, 0, 0), (0.32, 0.32, 0.11), rubber, tilt=pi / 2)
            wheel.cylinder((0, 0, 0), (0.18, 0.18, 0.116), light, tilt=pi / 2)
