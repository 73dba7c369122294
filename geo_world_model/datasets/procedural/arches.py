# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Round arches of single stones, and walls that are full of them."""

from math import cos, pi, sin, sqrt, tan

_STONES, _STRIPS = 11, 20


def arch(frame, material, half, spring, deep, thick=0.18):
    """
    Build a half circle of stones in the frame's x and z, open towards its y.

    half: radius (m) of the opening; spring: height (m) at which it begins to bend; deep: half its
    depth (m); thick: of the stones (m).
    """
    # turned so that a tilt about the stones' own x follows the curve
    across = frame.at(0, 0, 0, pi / 2)
    wide = (half + thick) * tan(pi / (2 * _STONES))
    for k in range(_STONES):
        angle = pi * (k + 0.5) / _STONES
        radius = half + thick / 2
        across.box((0, -radius * cos(angle), spring + radius * sin(angle)),
                   (deep, wide, thick / 2), material, tilt=pi / 2 - angle)


def arched_wall(frame, wall, stone, count, pitch, spring, height, deep, pier=0.5):
    """
    Build a wall of `count` arches along the frame's x, its middle at the frame's origin.

    pitch: from one arch to the next (m); spring, deep as for arch; height of the wall; pier: width
    (m) between two openings. The ends of the wall are half piers.
    """
    thick = min(0.2, 0.45 * pier)
    half, outer = (pitch - pier) / 2, (pitch - pier) / 2 + thick
    for k in range(count + 1):
        end = k in (0, count)
        # half a pier at both ends
        wide, shift = (pier / 4, pier / 4 * (1 if k == 0 else -1)) if end else (pier / 2, 0.0)
        x = (k - count / 2) * pitch + shift
        frame.box((x, 0, spring / 2), (wide, 0.96 * deep, spring / 2), wall)
        frame.box((x, 0, spring - 0.06), (wide + 0.05, deep + 0.05, 0.06), stone)
        frame.box((x, 0, 0.1), (wide + 0.04, deep + 0.04, 0.1), stone)
        spandrel = wide - (thick if not end else thick / 2)
        if spandrel > 0:
            frame.box((x + (0 if not end else shift / pier * 2 * thick), 0,
                       (spring + height) / 2),
                      (spandrel, 0.96 * deep, (height - spring) / 2), wall)
    for k in range(count):
        opening = frame.at((k - (count - 1) / 2) * pitch, 0)
        arch(opening, stone, half, spring, deep, thick)
        for j in range(_STRIPS):
            left, right = (outer * cos(pi * (1 - (j + i) / _STRIPS)) for i in (0, 1))
            middle = (left + right) / 2
            # ends behind the stones, so that its steps are not seen
            low = spring + sqrt(max((half + thick / 2) ** 2 - middle ** 2, 0.0))
            opening.box((middle, 0, (low + height) / 2),
                        ((right - left) / 2, 0.96 * deep, (height - low) / 2), wall)


def column(frame, stone, height, radius):
    """Build a round column with a foot and a capital."""
    frame.box((0, 0, 0.08), (1.5 * radius, 1.5 * radius, 0.08), stone)
    frame.ellipsoid((0, 0, 0.2), (1.35 * radius, 1.35 * radius, 0.07), stone)
    frame.cylinder((0, 0, height / 2), (radius, radius, height / 2), stone)
    frame.ellipsoid((0, 0, height - 0.2), (1.35 * radius, 1.35 * radius, 0.07), stone)
    frame.box((0, 0, height - 0.06), (1.5 * radius, 1.5 * radius, 0.06), stone)


def helix(radius, height, turns, segments=12):
    """Points (m) of a coil around the frame's z."""
    steps = int(turns * segments)
    return [(radius * cos(2 * pi * k / segments), radius * sin(2 * pi * k / segments),
             height * k / steps) for k in range(steps + 1)]
