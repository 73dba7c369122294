# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Materials from noise alone, at scales from a millimetre to metres."""

from math import exp, log

from geo_world_model.datasets.procedural.materials import colour
from geo_world_model.datasets.procedural.textures import GRAIN, NOISE, PICTURE, SPECKLE

_SCALES = 0.004, 1.5


def synthetic(palette, scales=_SCALES):
    """
    Add a material of noise to a palette's scene; returns its number.

    scales: least and largest size (m) of its patches, drawn evenly on a logarithmic scale; up to
    six times longer one way than the other.
    """
    draws = palette.draws
    size = exp(draws.uniform(log(scales[0]), log(scales[1])))
    stretch = exp(draws.uniform(-1.8, 1.8)) if draws.chance(0.4) else 1.0
    hue, saturation = palette.hue(), draws.uniform(0.0, 0.7)
    value = draws.uniform(0.25, 0.9)
    first = colour(hue, saturation, value)
    near = colour(hue + draws.bell(0.05), saturation * draws.uniform(0.5, 1.2),
                  min(1.0, value * draws.uniform(0.5, 1.3)))
    third = colour(palette.hue(), draws.uniform(0.0, 0.6), draws.uniform(0.2, 0.9))
    return palette.make(draws.pick([NOISE, NOISE, SPECKLE, GRAIN, PICTURE]), first, near,
                        third if draws.chance(0.3) else near, (size * stretch, size / stretch),
                        draws.uniform(0.4, 1.0), swapped=draws.chance(0.5))
