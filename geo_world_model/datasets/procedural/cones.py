# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Things with a point, each built in a frame that stands on the ground or on a table."""

from math import cos, pi, sin

from geo_world_model.datasets.procedural.arches import helix
from geo_world_model.datasets.procedural.curved_things import ring, sagging
from geo_world_model.datasets.procedural.synthetic_materials import synthetic


def traffic_cone(frame, palette, draws, size):
    """A marking cone with two bands; size: its height (m)."""
    paint = palette.plain(draws.uniform(0.0, 0.09), (0.7, 0.9), (0.6, 0.9))
    white, wide = palette.white(), 0.26 * size
    frame.box((0, 0, 0.02 * size), (1.3 * wide, 1.3 * wide, 0.02 * size), paint)
    frame.cone((0, 0, 0.52 * size), (wide, wide, 0.48 * size), paint)
    for share in (0.35, 0.6):
        radius = wide * (1 - share) + 0.004
        frame.cylinder((0, 0, (0.04 + 0.96 * share) * size), (radius, radius, 0.05 * size), white)


def cypress(frame, palette, draws, high):
    """A slender tree of cones in each other; high: m."""
    leaf, bark = palette.leaves(draws.uniform(0.03, 0.09)), palette.wood()
    wide, tiers = draws.uniform(0.14, 0.28) * high, draws.integer(1, 4)
    frame.cylinder((0, 0, 0.08 * high), (0.03 * high, 0.03 * high, 0.08 * high), bark)
    for k in range(tiers):
        low, top = 0.12 + 0.7 * k / tiers, 0.12 + 0.88 * (k + 1) / tiers
        radius = wide * (1 - 0.75 * k / tiers)
        tier = frame.at(draws.bell(0.01), draws.bell(0.01), 0.0, draws.uniform(0, pi))
        tier.cone((0, 0, high * (low + top) / 2),
                  (radius, radius * draws.uniform(0.85, 1.0), high * (top - low) / 2), leaf)


def parasol(frame, palette, draws, high):
    """A round shade on a pole."""
    pole, cloth = palette.wood(), palette.fabric()
    wide = draws.uniform(1.0, 1.5)
    frame.rod((0, 0, 0), (0, 0, high), 0.025, pole)
    frame.cylinder((0, 0, 0.04), (0.25, 0.25, 0.04), palette.concrete())
    frame.cone((0, 0, high - 0.2), (wide, wide, 0.26), cloth)
    for k in range(8):
        a = k * pi / 4
        frame.rod((0, 0, high - 0.5), (0.7 * wide * cos(a), 0.7 * wide * sin(a), high - 0.42),
                  0.007, pole)


def lantern(frame, palette, draws, high):
    """A lamp post with a pointed cap."""
    metal = palette.metal()
    frame.cone((0, 0, 0.12), (0.12, 0.12, 0.12), metal)
    frame.rod((0, 0, 0), (0, 0, high), 0.03, metal)
    frame.cylinder((0, 0, high + 0.14), (0.09, 0.09, 0.14), palette.lamp())
    for k in range(4):
        a = k * pi / 2
        frame.rod((0.1 * cos(a), 0.1 * sin(a), high), (0.1 * cos(a), 0.1 * sin(a), high + 0.28),
                  0.008, metal)
    frame.cone((0, 0, high + 0.36), (0.19, 0.19, 0.09), metal)


def tower(frame, palette, draws, radius, high):
    """A round tower with a pointed roof and small windows."""
    wall, roof = palette.bricks(), palette.tiles((0.15, 0.3))
    frame.cylinder((0, 0, high / 2), (radius, radius, high / 2), wall)
    frame.cylinder((0, 0, high), (1.08 * radius, 1.08 * radius, 0.08), palette.slabs())
    frame.cone((0, 0, high + 0.8 * radius + 0.08), (1.2 * radius, 1.2 * radius, 0.8 * radius),
               roof)
    dark = palette.plain(0.6, (0.1, 0.3), (0.05, 0.15))
    for k in range(6):
        a, z = k * pi / 3 + draws.bell(0.2), draws.uniform(0.45, 0.85) * high
        frame.at(0, 0, 0, a).box((0, radius, z), (0.18, 0.05, 0.35), dark)


def tent(frame, palette, draws, size):
    """A play tent of cloth on crossing poles; size: its height (m)."""
    cloth, wood, wide = palette.fabric(), palette.wood(), 0.5 * size
    frame.cone((0, 0, size / 2), (wide, wide, size / 2), cloth)
    for k in range(6):
        a = k * pi / 3
        frame.rod((wide * cos(a), wide * sin(a), 0),
                  (-0.12 * wide * cos(a), -0.12 * wide * sin(a), 1.12 * size), 0.012, wood)
    # its way in, a darker cloth on the slope
    frame.cone((0, 0.09 * wide, 0.36 * size), (0.3 * wide, 0.97 * wide, 0.36 * size),
               palette.fabric())


def fountain(frame, palette, draws, size):
    """A round basin with bowls one above the other; size: its radius (m)."""
    stone = synthetic(palette, (0.02, 0.3))
    water = palette.plain(0.52, (0.2, 0.5), (0.3, 0.6))
    frame.cylinder((0, 0, 0.15), (size, size, 0.15), water)
    frame.tube(ring(size, 0.3, 20), 0.09, stone)
    frame.cylinder((0, 0, 0.12), (1.06 * size, 1.06 * size, 0.12), stone)
    z, wide = 0.3, 0.55 * size
    for _ in range(draws.integer(1, 3)):
        frame.cone((0, 0, z + 0.3), (0.5 * wide, 0.5 * wide, 0.45), stone)
        z += 0.5
        frame.ellipsoid((0, 0, z), (wide, wide, 0.1), stone)
        frame.tube(ring(0.97 * wide, z + 0.04, 14), 0.03, stone)
        wide *= 0.55
    frame.cone((0, 0, z + 0.2), (0.5 * wide, 0.5 * wide, 0.2), stone)


def bunting(frame, palette, draws, start, end):
    """A line between two points (m) with pennants that hang from it."""
    points = sagging(start, end, draws.uniform(0.1, 0.35), 10)
    frame.tube(points, 0.005, palette.white())
    cloth = [palette.accent(), palette.accent(), palette.white()]
    for k, (x, y, z) in enumerate(points[1:-1]):
        # a flat cone upside down
        frame.at(x, y, z - 0.09).cone((0, 0, 0), (0.08, 0.008, 0.09), cloth[k % 3], tilt=pi)


def easel(frame, palette, draws, size):
    """A picture on three legs; size: its height (m)."""
    wood, wide = palette.wood(), draws.uniform(0.25, 0.4)
    for x in (-0.35, 0.35):
        frame.rod((x, 0.25, 0), (0.2 * x, -0.02, size), 0.014, wood)
    frame.rod((0, -0.45, 0), (0, -0.03, size), 0.014, wood)
    frame.box((0, 0.14, 0.46 * size), (0.3, 0.03, 0.012), wood)
    tall = draws.uniform(0.18, 0.24) * size
    frame.box((0, 0.1, 0.47 * size + tall), (wide, 0.012, tall), palette.picture(), tilt=-0.15)


def spring_toy(frame, palette, draws, size):
    """A coil; size: its height (m)."""
    frame.tube(helix(0.35 * size, size, draws.uniform(2.0, 4.0)), 0.03 * size, palette.accent())


def cone_lamp(frame, palette, draws, high):
    """A pointed shade that hangs; high: how far below the ceiling (m) the frame is."""
    frame.rod((0, 0, 0), (0, 0, high), 0.005, palette.metal())
    wide = draws.uniform(0.14, 0.28)
    frame.cone((0, 0, 0), (wide, wide, draws.uniform(0.6, 1.0) * wide), palette.accent())
    frame.ellipsoid((0, 0, -0.9 * wide), (0.06, 0.06, 0.06), palette.lamp())
