# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The fixed rule that closes small holes: each takes its nearest known pixel."""

import numpy as np
from numba import njit

#: A hole component of at least so many pixels (4-connected) is left for a generator.
HOLE_PIXELS = 16


@njit(nogil=True, cache=True, error_model='numpy')
def small_holes(known, limit, small):
    """
    Mark the pixels of 4-connected unknown components below `limit` pixels.

    known (H, W) bool; small (H, W) bool is written. Returns the number of marked pixels.
    """
    height, width = known.shape
    seen = known.copy()
    stack = np.empty(height * width, np.int64)
    total = 0
    small[:, :] = False
    for start in range(height * width):
        if seen[start // width, start % width]:
            continue
        seen[start // width, start % width] = True
        stack[0] = start
        size, done = 1, 0
        while done < size:
            row, column = stack[done] // width, stack[done] % width
            done += 1
            for k in range(4):
                r = row + (k == 0) - (k == 1)
                c = column + (k == 2) - (k == 3)
                if 0 <= r < height and 0 <= c < width and not seen[r, c]:
                    seen[r, c] = True
                    stack[size] = r * width + c
                    size += 1
        if size < limit:
            total += size
            for i in range(size):
                small[stack[i] // width, stack[i] % width] = True
    return total


@njit(nogil=True, cache=True, error_model='numpy')
def nearest_known(known, wanted, count, source):
    """
    Find for each wanted pixel a nearest known pixel, spreading layer by layer from the rim.

    known, wanted (H, W) bool; count: wanted pixels; source (H, W) int32 receives flat indices at
    the wanted pixels, and is left as it is elsewhere. Among the neighbours that were reached earlier the one whose known
    pixel is nearest wins, ties go to the lower index, so only the rim of a hole decides.
    """
    height, width = known.shape
    reached = known.copy()
    layer = np.empty(count, np.int64)
    following = np.empty(count, np.int64)
    queued = np.zeros((height, width), np.bool_)
    size = 0
    for row in range(height):
        for column in range(width):
            if not wanted[row, column]:
                continue
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    r, c = row + dr, column + dc
                    if 0 <= r < height and 0 <= c < width and known[r, c]:
                        queued[row, column] = True
            if queued[row, column]:
                layer[size] = row * width + column
                size += 1
    while size:
        for i in range(size):
            row, column = layer[i] // width, layer[i] % width
            best, best_distance = -1, 1 << 60
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    r, c = row + dr, column + dc
                    if not (0 <= r < height and 0 <= c < width and reached[r, c]):
                        continue
                    origin = r * width + c if known[r, c] else source[r, c]
                    dy, dx = origin // width - row, origin % width - column
                    distance = dx * dx + dy * dy
                    if distance < best_distance or (distance == best_distance and origin < best):
                        best, best_distance = origin, distance
            source[row, column] = best
        more = 0
        for i in range(size):
            reached[layer[i] // width, layer[i] % width] = True
        for i in range(size):
            row, column = layer[i] // width, layer[i] % width
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    r, c = row + dr, column + dc
                    if (0 <= r < height and 0 <= c < width and wanted[r, c]
                            and not queued[r, c]):
                        queued[r, c] = True
                        following[more] = r * width + c
                        more += 1
        layer, following = following, layer
        size = more
