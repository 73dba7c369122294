# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Round and thin things, each built in a frame that stands on the floor or on a table."""

from math import cos, pi, sin

from geo_world_model.datasets.procedural.synthetic_materials import synthetic


def ring(radius, height, segments=16, start=0.0, end=2 * pi, upright=False):
    """Points (m) of a hoop around the frame's z or (upright) y, from angle to angle (rad)."""
    angles = [start + (end - start) * k / segments for k in range(segments + 1)]
    if upright:
        return [(radius * cos(a), 0.0, height + radius * sin(a)) for a in angles]
    return [(radius * cos(a), radius * sin(a), height) for a in angles]


def sagging(start, end, sag, segments=8):
    """Points (m) of a cable between two points that hangs down by `sag` (m) in the middle."""
    shares = [k / segments for k in range(segments + 1)]
    return [(start[0] + (end[0] - start[0]) * s, start[1] + (end[1] - start[1]) * s,
             start[2] + (end[2] - start[2]) * s - 4 * sag * s * (1 - s)) for s in shares]


def vase(frame, palette, draws, size):
    """A vase of stacked ellipsoids, sometimes with branches; size: its height (m)."""
    glaze = synthetic(palette, (0.01, 0.3)) if draws.chance(0.5) else palette.accent()
    belly = size * draws.uniform(0.28, 0.42)
    frame.ellipsoid((0, 0, 0.4 * size), (belly, belly, 0.4 * size), glaze)
    neck = belly * draws.uniform(0.35, 0.6)
    frame.cylinder((0, 0, 0.82 * size), (neck, neck, 0.16 * size), glaze)
    frame.tube(ring(neck * 1.05, 0.98 * size, 12), 0.06 * size, glaze)
    if draws.chance(0.6):
        wood, leaf = palette.wood(), palette.leaves(0.02)
        for _ in range(draws.integer(3, 6)):
            lean, yaw = draws.uniform(0.1, 0.5), draws.uniform(0, 2 * pi)
            high = size * draws.uniform(1.6, 2.6)
            tip = lean * high * cos(yaw), lean * high * sin(yaw), high
            frame.rod((0, 0, 0.7 * size), tip, 0.012 * size + 0.002, wood)
            frame.ellipsoid(tip, (0.1 * size,) * 3, leaf)


def mug(frame, palette, draws, size):
    """A mug with a handle; size: its height (m)."""
    glaze = palette.accent() if draws.chance(0.6) else synthetic(palette, (0.01, 0.1))
    half = size / 2
    frame.cylinder((0, 0, half), (0.42 * size, 0.42 * size, half), glaze)
    handle = frame.at(0.4 * size, 0)
    handle.tube(ring(0.3 * size, half, 8, -pi / 2, pi / 2, upright=True), 0.06 * size, glaze)


def bowl_of_fruit(frame, palette, draws, size):
    """A flat bowl with balls in it; size: its radius (m)."""
    frame.ellipsoid((0, 0, 0.3 * size), (size, size, 0.3 * size), palette.furniture())
    frame.tube(ring(size * 0.97, 0.36 * size), 0.05 * size, palette.wood())
    for k in range(draws.integer(3, 6)):
        r, a = draws.uniform(0.2, 0.55) * size, k * 2.1
        frame.ellipsoid((r * cos(a), r * sin(a), 0.65 * size), (0.3 * size,) * 3,
                        palette.accent())


def bottle(frame, palette, draws, size):
    """A bottle; size: its height (m)."""
    glass, radius = palette.plain(None, (0.2, 0.7), (0.15, 0.6)), 0.14 * size
    frame.cylinder((0, 0, 0.32 * size), (radius, radius, 0.32 * size), glass)
    frame.ellipsoid((0, 0, 0.64 * size), (radius, radius, 0.13 * size), glass)
    frame.cylinder((0, 0, 0.85 * size), (0.35 * radius, 0.35 * radius, 0.15 * size), glass)


def desk_lamp(frame, palette, draws, size):
    """A lamp with two arms and a round shade; size: how high its elbow is (m)."""
    metal = palette.metal() if draws.chance(0.6) else palette.accent()
    out = draws.uniform(0.3, 0.6) * size
    frame.cylinder((0, 0, 0.015), (0.3 * size, 0.3 * size, 0.015), metal)
    elbow, tip = (-0.3 * out, 0, size), (out, 0, 0.85 * size)
    frame.tube([(0, 0, 0.02), elbow, tip], 0.02 * size, metal)
    frame.ellipsoid((tip[0], 0, tip[2] - 0.08 * size), (0.2 * size, 0.2 * size, 0.16 * size),
                    metal)
    frame.ellipsoid((tip[0], 0, tip[2] - 0.17 * size), (0.14 * size, 0.14 * size, 0.1 * size),
                    palette.lamp())


def leafy_plant(frame, palette, draws, w, d):
    """A pot with many single leaves on bent stems."""
    high, pot = draws.uniform(0.15, 0.28), synthetic(palette, (0.01, 0.3))
    frame.ellipsoid((0, 0, high), (0.85 * w, 0.85 * w, high), pot)
    frame.cylinder((0, 0, 1.55 * high), (0.75 * w, 0.75 * w, 0.25 * high), pot)
    leaf, stem = palette.leaves(draws.uniform(0.008, 0.05)), palette.leaves(0.02)
    long, wide = draws.uniform(0.1, 0.2), draws.uniform(0.03, 0.07)
    for k in range(draws.integer(5, 9)):
        shoot = frame.at(0, 0, 1.7 * high, 2.4 * k + draws.bell(0.3))
        tall, lean = draws.uniform(0.35, 0.9), draws.uniform(0.1, 0.35)
        points = [(0, 0, 0), (0, 0.3 * lean, 0.5 * tall), (0, lean, tall)]
        shoot.tube(points, 0.006, stem)
        for share in (0.5, 0.75, 1.0):
            at = shoot.at(0, lean * share * share, tall * share, draws.uniform(-1.3, 1.3))
            at.ellipsoid((0, 0.8 * long, 0), (wide, long, 0.006), leaf, tilt=draws.bell(0.5))


def bicycle(frame, palette, draws, w, d):
    """A bicycle that stands along the frame's x."""
    paint, rubber = palette.accent(), palette.plain(0.6, (0, 0.1), (0.05, 0.12))
    metal = palette.metal()
    for x in (-0.52, 0.52):
        wheel = frame.at(x, 0)
        wheel.tube(ring(0.33, 0.35, 18, upright=True), 0.02, rubber)
        for k in range(6):
            a = k * pi / 6
            wheel.rod((-0.32 * cos(a), 0, 0.35 - 0.32 * sin(a)),
                      (0.32 * cos(a), 0, 0.35 + 0.32 * sin(a)), 0.003, metal)
    crank, seat, head = (-0.08, 0, 0.32), (-0.2, 0, 0.78), (0.36, 0, 0.78)
    for a, b in ((crank, seat), (crank, head), (seat, head), (crank, (-0.52, 0, 0.35)),
                 (seat, (-0.52, 0, 0.35)), (head, (0.52, 0, 0.35))):
        frame.rod(a, b, 0.016, paint)
    frame.rod(head, (0.33, 0, 0.98), 0.014, metal)
    frame.tube([(0.28, -0.26, 0.98), (0.35, -0.18, 1.0), (0.35, 0.18, 1.0), (0.28, 0.26, 0.98)],
               0.013, metal)
    frame.rod(seat, (-0.23, 0, 0.92), 0.012, metal)
    frame.ellipsoid((-0.23, 0, 0.94), (0.13, 0.07, 0.03), rubber)
    frame.cylinder((-0.08, 0.03, 0.32), (0.09, 0.09, 0.01), metal, tilt=pi / 2)


def small_round_thing(frame, palette, draws):
    """Something round and small on a table or shelf."""
    build, least, most = draws.pick([
        (vase, 0.15, 0.35), (mug, 0.08, 0.11), (mug, 0.08, 0.11), (bowl_of_fruit, 0.1, 0.17),
        (bottle, 0.2, 0.33), (bottle, 0.2, 0.33), (desk_lamp, 0.3, 0.45)])
    build(frame.at(0, 0, yaw=draws.uniform(0, 2 * pi)), palette, draws,
          draws.uniform(least, most))
