# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The points of a view in the layout of a PointCloud2, in one pass over its pixels."""

import numpy as np
from numba import njit, uint32


def load():
    """Run the kernel once, for nothing: the first run loads it, or compiles it."""
    places = np.zeros((1, 4), np.float32)
    fill_points(np.zeros((3, 1), np.float32), np.ones(1, np.float32), np.zeros((1, 3), np.uint8),
                places, places.view(np.uint32))


@njit(nogil=True, cache=True, error_model='numpy')
def fill_points(rays, depth, rgb, places, colours):
    """
    Write x, y, z and colour of every pixel with a surface; returns how many there are.

    rays (3, N) float32 by axis; depth (N,) float32, metres; rgb (N, 3) uint8; places (N, 4)
    float32 and colours (N, 4) uint32 are the same memory: x, y, z in metres and 0x00RRGGBB.
    """
    count = 0
    for n in range(depth.size):
        reach = depth[n]
        if np.isfinite(reach):
            for axis in range(3):
                places[count, axis] = rays[axis, n] * reach
            colours[count, 3] = (uint32(rgb[n, 0]) << uint32(16) | uint32(rgb[n, 1]) << uint32(8)
                                 | uint32(rgb[n, 2]))
            count += 1
    return count
