# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What grows and stands in gardens, built in frames whose z = 0 is the lawn."""

from math import cos, pi, sin

from geo_world_model.datasets.procedural.synthetic_materials import synthetic


def tree(frame, palette, draws):
    """A tree with a leaning trunk, branches and a crown of tufts."""
    bark, leaves = palette.wood(), palette.leaves(draws.uniform(0.05, 0.14))
    high = draws.uniform(1.4, 2.6)
    lean = draws.bell(0.2), draws.bell(0.2)
    frame.tube([(0, 0, 0), (0.4 * lean[0], 0.6 * lean[1], 0.55 * high), (*lean, high)],
               draws.uniform(0.06, 0.13), bark)
    for k in range(draws.integer(4, 7)):
        a, out = 2.4 * k + draws.bell(0.3), draws.uniform(0.5, 1.1)
        tip = lean[0] + out * cos(a), lean[1] + out * sin(a), high + draws.uniform(0.2, 1.3)
        frame.rod((0.8 * lean[0], 0.8 * lean[1], 0.85 * high), tip, 0.035, bark)
        for _ in range(2):
            tuft = frame.at(tip[0] + draws.bell(0.25), tip[1] + draws.bell(0.25), tip[2],
                            draws.uniform(0, pi))
            tuft.ellipsoid((0, 0, 0), (draws.uniform(0.35, 0.7), draws.uniform(0.3, 0.6),
                                       draws.uniform(0.25, 0.5)), leaves, tilt=draws.bell(0.4))


def hedge(frame, palette, draws, half, high):
    """A hedge along the frame's x, half as long as `half` (m), with an uneven top."""
    leaves = palette.leaves(draws.uniform(0.04, 0.08))
    frame.box((0, 0, high / 2), (half, 0.3, high / 2), leaves)
    x = -half
    while x < half:
        frame.ellipsoid((x, draws.bell(0.05), high * draws.uniform(0.85, 1.0)),
                        (draws.uniform(0.4, 0.7), 0.32, 0.2), leaves)
        x += 0.7


def fence(frame, palette, draws, half, high):
    """A fence of pales along the frame's x."""
    wood = palette.wood() if draws.chance(0.7) else palette.white()
    for z in (0.3 * high, 0.8 * high):
        frame.box((0, 0.03, z), (half, 0.015, 0.04), wood)
    x, pitch = -half + 0.06, draws.pick([0.14, 0.2, 0.3])
    while x < half:
        frame.box((x, 0, high / 2), (0.045, 0.012, high / 2), wood)
        x += pitch


def shed(frame, palette, draws):
    """A hut with a pitched roof, its door towards +y."""
    boards, roof = palette.boards(), palette.tiles((0.15, 0.3))
    w, d, high = draws.uniform(0.9, 1.5), draws.uniform(0.8, 1.2), draws.uniform(1.8, 2.1)
    frame.box((0, 0, high / 2), (w, d, high / 2), boards)
    for sign in (-1, 1):
        # two slabs that meet over the middle
        frame.box((0, sign * 0.52 * d, high + 0.28 * d), (w + 0.15, 0.68 * d, 0.03), roof,
                  tilt=-sign * 0.5)
    # gables in courses, which end below the roof
    for k in range(10):
        z = 0.053 * d * k
        frame.box((0, 0, high + z + 0.027 * d), (w, 0.97 * d - (z + 0.053 * d) / 0.546,
                                                 0.027 * d), boards)
    frame.box((-0.2 * w, d + 0.01, 0.9), (0.38, 0.02, 0.9), palette.wood())
    frame.box((0.6 * w, d + 0.01, 1.3), (0.2, 0.02, 0.22), palette.white())


def flower_bed(frame, palette, draws, radius):
    """A round bed of flowers on stems."""
    earth = palette.plain(0.07, (0.4, 0.6), (0.15, 0.3))
    frame.ellipsoid((0, 0, 0), (radius, radius, 0.09), earth)
    stem = palette.leaves(0.02)
    blossom = [palette.accent(), palette.plain(draws.unit(), (0.6, 0.9), (0.6, 0.95))]
    for k in range(draws.integer(7, 14)):
        a, r = 2.4 * k, radius * draws.uniform(0.15, 0.85)
        x, y, z = r * cos(a), r * sin(a), draws.uniform(0.2, 0.55)
        tip = x + draws.bell(0.05), y + draws.bell(0.05), z
        frame.rod((x, y, 0), tip, 0.008, stem)
        size = draws.uniform(0.03, 0.07)
        frame.ellipsoid(tip, (size, size, 0.7 * size), draws.pick(blossom))
        frame.at(x, y, 0.5 * z, a).ellipsoid((0, 0.06, 0), (0.025, 0.09, 0.005), stem, tilt=0.5)


def bird_bath(frame, palette, draws):
    """A stone basin on a foot."""
    stone = synthetic(palette, (0.01, 0.1))
    frame.cylinder((0, 0, 0.04), (0.22, 0.22, 0.04), stone)
    frame.ellipsoid((0, 0, 0.4), (0.1, 0.1, 0.4), stone)
    frame.ellipsoid((0, 0, 0.78), (0.38, 0.38, 0.1), stone)


def plant_outside(frame, palette, draws, extent):
    """Grow trees and hedges around a house, within `extent` (m) and twice as far."""
    for k in range(draws.integer(5, 9)):
        a, r = 2.4 * k + draws.bell(0.3), extent * draws.uniform(1.0, 1.8)
        tree(frame.at(r * cos(a), r * sin(a)), palette, draws)
    for k in range(4):
        if draws.chance(0.6):
            side = frame.at(0, 0, yaw=k * pi / 2)
            hedge(side.at(0, extent * 1.9), palette, draws, 1.9 * extent, draws.uniform(0.8, 1.5))
