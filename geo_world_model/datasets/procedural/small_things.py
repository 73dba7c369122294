# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Plants, lamps, boxes and clutter, built like furniture in a frame whose +y is its front."""

from math import pi


def plant(frame, palette, draws, w, d):
    """A plant in a pot."""
    high, leaves = draws.uniform(0.12, 0.25), palette.leaves(0.03)
    frame.cylinder((0, 0, high), (0.7 * w, 0.7 * w, high), palette.plain())
    top = 2 * high + draws.uniform(0.3, 0.8)
    frame.cylinder((0, 0, top / 2), (0.018, 0.018, top / 2), palette.wood())
    for k in range(draws.integer(2, 5)):
        tuft = frame.at(draws.bell(0.4 * w), draws.bell(0.4 * w),
                        top - k * draws.uniform(0.05, 0.2), draws.uniform(0, pi))
        tuft.ellipsoid((0, 0, 0), (draws.uniform(0.1, 0.3), draws.uniform(0.08, 0.2),
                                   draws.uniform(0.1, 0.25)), leaves, tilt=draws.bell(0.6))


def floor_lamp(frame, palette, draws, w, d):
    """A lamp on a stand."""
    height, metal = draws.uniform(1.3, 1.7), palette.metal()
    frame.cylinder((0, 0, 0.015), (w, w, 0.015), metal)
    frame.cylinder((0, 0, height / 2), (0.012, 0.012, height / 2), metal)
    frame.cylinder((0, 0, height), (w, w, 0.14), palette.lamp())


def boxes(frame, palette, draws, w, d):
    """A pile of boxes."""
    z = 0.0
    for _ in range(draws.integer(1, 3)):
        half = draws.uniform(0.6, 0.95) * w, draws.uniform(0.6, 0.95) * d, draws.uniform(0.1, 0.22)
        frame.at(draws.bell(0.02), draws.bell(0.02), z, draws.bell(0.15)).box(
            (0, 0, half[2]), half, palette.cardboard() if draws.chance(0.6) else palette.accent())
        z += 2 * half[2]


def waste_bin(frame, palette, draws, w, d):
    """A waste bin."""
    frame.cylinder((0, 0, 0.18), (w, w, 0.18), palette.plain())


def clutter(frame, palette, draws, share=1.0):
    """A small thing: box, cup, ball, book or a potted plant."""
    size = share * draws.uniform(0.05, 0.13)
    kind = draws.unit()
    turned = frame.at(0, 0, yaw=draws.uniform(0, pi))
    if kind < 0.3:
        half = size, size * draws.uniform(0.4, 1), size * draws.uniform(0.4, 1.3)
        turned.box((0, 0, half[2]), half, palette.accent())
    elif kind < 0.55:
        turned.cylinder((0, 0, size), (0.5 * size, 0.5 * size, size), palette.plain())
    elif kind < 0.7:
        turned.ellipsoid((0, 0, 0.8 * size), (0.8 * size,) * 3, palette.accent())
    elif kind < 0.9:
        turned.box((0, 0, 0.2 * size), (size * 1.1, size * 0.8, 0.2 * size), palette.plain())
    else:
        turned.cylinder((0, 0, 0.5 * size), (0.5 * size, 0.5 * size, 0.5 * size),
                        palette.plain())
        turned.ellipsoid((0, 0, 1.6 * size), (size, size, 0.9 * size), palette.leaves(0.02))
