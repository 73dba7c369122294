# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which walls there may be: directions square to one another, and distances along them.

What a wall's foot is seen at all has one distance along the wall's normal, so for the right
direction the distances gather in a few heaps (Manhattan: Coughlan and Yuille, ICCV 1999). A second
set of square directions is looked for among what the first one leaves over.
"""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.panorama.wall_line import GRAZING

#: Least share of the columns that makes a wall, and that makes a second set of square directions.
WALL_SHARE, FRAME_SHARE = 0.01, 0.15
#: Bins of the logarithm of a wall's distance.
DISTANCE_BIN = 0.03
#: Distances that are told apart, in camera heights.
NEAREST, FARTHEST = 0.05, 30.0


def wall_candidates(seen, azimuth, usable):
    """Walls that many columns agree on.

    seen: (C,) range at which the floor was seen to end. azimuth: (C,) radians. usable: (C,) bool.
    Returns (normal, distance), (K,) each: azimuth of the outward normal, distance to the camera.
    """
    normals, distances = [], []
    left = usable.copy()
    for _ in range(2):
        if left.sum() < FRAME_SHARE * len(seen):
            break
        frame = _square_frame(seen, azimuth, left)
        for side in range(4):
            normal = frame + side * np.pi / 2
            count, start = _distance_votes(seen, azimuth, left, normal)
            for peak in _peaks(count, WALL_SHARE * len(seen)):
                distance = np.exp(start + (peak + 0.5) * DISTANCE_BIN)
                normals.append(normal)
                distances.append(median_distance(seen[left], azimuth[left], normal, distance))
        for normal, distance in zip(normals, distances):
            cosine = np.cos(azimuth - normal)
            along = np.log(np.maximum(seen * cosine, 1e-6) / distance)
            left &= ~((cosine > GRAZING) & (np.abs(along) < 2 * DISTANCE_BIN))
    return np.array(normals, np.float64), np.array(distances, np.float64)


def _square_frame(seen, azimuth, usable):
    """Azimuth in [0, pi / 2) of the axes along which the distances gather most."""
    best = 0.0
    for centre, width, steps in ((np.pi / 4, np.pi / 4, 91), (None, np.radians(1.5), 13)):
        centre = best if centre is None else centre
        frames = centre + np.linspace(-width, width, steps)
        energy = [sum(float((_distance_votes(seen, azimuth, usable, frame + side * np.pi / 2)[0]
                             ** 2).sum()) for side in range(4)) for frame in frames]
        best = float(frames[int(np.argmax(energy))])
    return best


def _distance_votes(seen, azimuth, usable, normal):
    """Smoothed histogram of the logarithm of distances along a normal, and its start."""
    cosine = np.cos(azimuth - normal)
    facing = usable & (cosine > 0.25)
    low, bins = np.log(NEAREST), int(np.log(FARTHEST / NEAREST) / DISTANCE_BIN)
    along = np.log(np.maximum(seen[facing] * cosine[facing], 1e-6))
    count, _ = np.histogram(along, bins, (low, low + bins * DISTANCE_BIN))
    return np.convolve(count, [0.25, 0.5, 0.25], 'same'), low


def _peaks(count, least):
    """Bins of the local maxima of at least `least` votes in three bins, at most six."""
    padded = np.pad(count, 2, constant_values=-1.0)
    near = np.max([padded[i:i + len(count)] for i in (0, 1, 3, 4)], axis=0)
    mass = np.convolve(count, np.ones(3), 'same')
    found = np.flatnonzero((count >= near) & (mass >= least))
    return found[np.argsort(-mass[found], kind='stable')][:6]


def median_distance(seen, azimuth, normal, distance):
    """Median distance along a normal of what was seen near `distance`."""
    along = seen * np.cos(azimuth - normal)
    near = np.abs(np.log(np.maximum(along, 1e-6) / distance)) < 2 * DISTANCE_BIN
    return float(np.median(along[near])) if near.any() else float(distance)
