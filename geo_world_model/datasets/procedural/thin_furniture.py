# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Furniture of rods, hoops and round seats, in the frames of furniture.py."""

from math import cos, pi, sin

from geo_world_model.datasets.procedural.curved_things import (
    bicycle, leafy_plant, ring, sagging, small_round_thing, vase)
from geo_world_model.datasets.procedural.small_things import clutter
from geo_world_model.datasets.procedural.synthetic_materials import synthetic


def bentwood_chair(frame, palette, draws, w, d):
    """A chair with a round seat, splayed legs and a hoop for a back."""
    wood = palette.wood() if draws.chance(0.7) else palette.accent()
    side = min(w, d)
    seat = synthetic(palette, (0.005, 0.1)) if draws.chance(0.5) else wood
    frame.cylinder((0, 0, 0.455), (side, side, 0.018), seat)
    for k in range(4):
        a = pi / 4 + k * pi / 2
        frame.rod((0.75 * side * cos(a), 0.75 * side * sin(a), 0.44),
                  (1.05 * side * cos(a), 1.05 * side * sin(a), 0.0), 0.014, wood)
    frame.tube(ring(0.85 * side, 0.22, 12), 0.008, wood)
    back = frame.at(0, -0.85 * side)
    hoop = [(0.75 * side * cos(a), -0.06 * sin(a), 0.47 + 0.45 * sin(a))
            for a in (k * pi / 10 for k in range(11))]
    back.tube(hoop, 0.013, wood)
    for x in (-0.35, 0.0, 0.35):
        back.rod((x * side, 0, 0.47), (x * side, -0.05, 0.88), 0.006, wood)


def stool(frame, palette, draws, w, d):
    """A bar stool with a foot ring."""
    metal, side, high = palette.metal(), min(w, d), draws.uniform(0.45, 0.75)
    frame.cylinder((0, 0, high), (0.8 * side, 0.8 * side, 0.02), synthetic(palette, (0.01, 0.2)))
    for k in range(3):
        a = k * 2 * pi / 3
        frame.rod((0.4 * side * cos(a), 0.4 * side * sin(a), high),
                  (0.95 * side * cos(a), 0.95 * side * sin(a), 0.0), 0.012, metal)
    frame.tube(ring(0.74 * side, 0.35 * high), 0.008, metal)


def round_table(frame, palette, draws, w, d):
    """A round table on bent legs, crowded."""
    side, high = min(w, d), draws.uniform(0.6, 0.76)
    top = synthetic(palette, (0.01, 0.6)) if draws.chance(0.5) else palette.wood()
    metal = palette.metal()
    frame.cylinder((0, 0, high - 0.012), (side, side, 0.012), top)
    for k in range(3):
        leg = frame.at(0, 0, yaw=k * 2 * pi / 3)
        leg.tube([(0, 0.1, high - 0.02), (0, 0.12, 0.45 * high), (0, 0.5 * side, 0.12),
                  (0, 0.75 * side, 0.0)], 0.014, metal)
    for k in range(draws.integer(3, 7)):
        a, r = 2.4 * k + draws.bell(0.2), side * draws.uniform(0.25, 0.8)
        small_round_thing(frame.at(r * cos(a), r * sin(a), high), palette, draws)


def arc_lamp(frame, palette, draws, w, d):
    """A floor lamp on a bent arm."""
    metal, high = palette.metal(), draws.uniform(1.5, 1.9)
    frame.cylinder((0, 0, 0.02), (w, w, 0.02), metal)
    arc = [(0.0, 0.8 * (1 - cos(a)), high * sin(a)) for a in (k * pi / 14 for k in range(10))]
    frame.tube(arc, 0.012, metal)
    x, y, z = arc[-1]
    frame.ellipsoid((x, y, z - 0.06), (0.17, 0.17, 0.12), palette.lamp())


def coat_stand(frame, palette, draws, w, d):
    """A pole with hooks, and what hangs on them."""
    wood, high = palette.wood(), draws.uniform(1.6, 1.85)
    frame.rod((0, 0, 0), (0, 0, high), 0.02, wood)
    for k in range(4):
        foot = frame.at(0, 0, yaw=k * pi / 2)
        foot.rod((0, 0, 0.15), (0, 1.3 * w, 0.0), 0.014, wood)
        foot.tube([(0, 0, high - 0.12), (0, 0.13, high - 0.1), (0, 0.16, high - 0.02)], 0.009,
                  wood)
        if draws.chance(0.5):
            cloth = palette.fabric()
            foot.ellipsoid((0, 0.17, high - 0.22), (0.11, 0.05, 0.12), cloth)
            foot.box((0, 0.17, high - 0.5), (0.1, 0.035, 0.28), cloth)


def standing_vase(frame, palette, draws, w, d):
    """A tall vase on the floor."""
    vase(frame, palette, draws, draws.uniform(0.4, 0.75))


def toys(frame, palette, draws, w, d):
    """Small things lying about, and a cable."""
    for _ in range(draws.integer(4, 9)):
        clutter(frame.at(draws.uniform(-w, w), draws.uniform(-d, d)), palette, draws, 0.8)
    frame.tube([(x, y, 0.008) for x, y, _ in sagging((-w, -d, 0), (w, d, 0), 0.0, 4)], 0.006,
               palette.accent())


def ladder(frame, palette, draws, w, d):
    """A step ladder."""
    metal, high = palette.metal(), draws.uniform(1.2, 1.9)
    for x in (-0.2, 0.2):
        frame.rod((x, 0.8 * d, 0), (0.7 * x, 0, high), 0.016, metal)
        frame.rod((x, -0.8 * d, 0), (0.7 * x, 0, high), 0.014, metal)
    steps = round(high / 0.28)
    for k in range(1, steps):
        share = k / steps
        frame.box((0, 0.8 * d * (1 - share), high * share), (0.2 - 0.06 * share, 0.04, 0.01),
                  metal)


def round_shelf(frame, palette, draws, w, d):
    """Open boards on thin uprights, full of round things."""
    metal, board = palette.metal(), palette.furniture()
    rows, pitch = draws.integer(3, 5), draws.uniform(0.36, 0.42)
    for x in (-w + 0.02, w - 0.02):
        for y in (-d + 0.02, d - 0.02):
            frame.rod((x, y, 0), (x, y, rows * pitch), 0.01, metal)
    for row in range(rows):
        z = 0.12 + row * pitch
        frame.box((0, 0, z), (w, d, 0.01), board)
        for k in range(draws.integer(1, 4)):
            small_round_thing(frame.at(draws.uniform(-0.8, 0.8) * w, 0, z + 0.01), palette, draws)


#: As furniture.PIECES.
THIN_PIECES = {
    'bentwood chair': (bentwood_chair, (0.2, 0.23), (0.2, 0.23), False),
    'stool': (stool, (0.18, 0.22), (0.18, 0.22), False),
    'round table': (round_table, (0.4, 0.65), (0.4, 0.65), False),
    'arc lamp': (arc_lamp, (0.16, 0.2), (0.16, 0.2), True),
    'coat stand': (coat_stand, (0.2, 0.24), (0.2, 0.24), True),
    'leafy plant': (leafy_plant, (0.17, 0.25), (0.17, 0.25), True),
    'standing vase': (standing_vase, (0.2, 0.25), (0.2, 0.25), True),
    'toys': (toys, (0.3, 0.6), (0.3, 0.6), False),
    'ladder': (ladder, (0.3, 0.35), (0.3, 0.4), False),
    'round shelf': (round_shelf, (0.35, 0.7), (0.15, 0.2), True),
    'bicycle': (bicycle, (0.9, 0.95), (0.22, 0.25), True),
}
