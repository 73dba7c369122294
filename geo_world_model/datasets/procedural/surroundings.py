# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Sun, sky, and what lies around a scene."""

from math import cos, pi, sin

import numpy as np

from geo_world_model.datasets.procedural.materials import colour
from geo_world_model.datasets.procedural.primitives import Frame


def daylight(builder, draws):
    """Light a scene under the open sky."""
    azimuth, height = draws.uniform(-pi, pi), draws.uniform(0.4, 1.1)
    strength = draws.pick([0.0, 1.0, 1.0, 1.0]) * draws.uniform(1.4, 2.4)
    if strength:
        builder.light((cos(azimuth) * cos(height), sin(azimuth) * cos(height), sin(height)),
                      (strength, 0.96 * strength, 0.88 * strength))
    builder.ambient = np.array([0.92, 0.96, 1.05]) * draws.uniform(0.5, 0.8)
    builder.crevice = 1.6
    horizon = colour(draws.uniform(0.52, 0.62), draws.uniform(0.03, 0.15), 0.95)
    zenith = colour(draws.uniform(0.55, 0.62), draws.uniform(0.3, 0.65), draws.uniform(0.65, 0.9))
    builder.sky = np.array([*horizon * 2.2, *zenith * 1.9, draws.uniform(0.1, 0.9),
                            draws.integer(1, 9999), draws.uniform(120, 350)])


def look_out(builder, palette, draws):
    """Make what is seen through windows: ground below, houses across, sun and sky."""
    builder.ambient = np.array([1.0, 0.98, 0.95]) * draws.uniform(0.22, 0.42)
    builder.crevice = 0.7
    horizon = colour(draws.uniform(0.52, 0.62), draws.uniform(0.05, 0.2), 0.95)
    zenith = colour(draws.uniform(0.55, 0.62), draws.uniform(0.3, 0.65), draws.uniform(0.7, 0.95))
    builder.sky = np.array([*horizon * 1.6, *zenith * 1.4, draws.uniform(0.2, 0.9),
                            draws.integer(1, 9999), 150.0])
    azimuth, height = draws.uniform(-pi, pi), draws.uniform(0.35, 0.95)
    if draws.chance(0.7):
        strength = draws.uniform(1.0, 2.2)
        builder.light((cos(azimuth) * cos(height), sin(azimuth) * cos(height), sin(height)),
                      (strength, 0.95 * strength, 0.85 * strength))
    level = -3.0 * draws.integer(0, 2) - 0.15
    Frame(builder, 0, 0).box((0, 0, level - 0.5), (300, 300, 0.5), palette.grass())
    for _ in range(draws.integer(2, 6)):
        turn = draws.uniform(-pi, pi)
        away = draws.uniform(24, 45)
        half = draws.uniform(4, 9), draws.uniform(4, 6), draws.uniform(3, 8)
        Frame(builder, away * cos(turn), away * sin(turn), turn + pi / 2, level).box(
            (0, 0, half[2]), half, palette.facade((2.0, 3.0)), anchor=half)
