# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth edges: where a depth camera invents points between two surfaces."""

import numpy as np
from numba import njit

#: A pixel beyond range stands for any inverse depth below this, 1/m: a floor that leaves the
#: range at 100 m, or meets the horizon, goes on in it without an edge.
_BEYOND = np.float32(0.01)


def depth_edges(depth, window=5, threshold=0.05):
    """
    Find the pixels at depth discontinuities, and those that fly between two surfaces.

    depth (H, W) float, metres, NaN unknown, +Inf beyond range; window: odd, pixels; threshold:
    jump relative to the nearest inverse depth involved. Returns (H, W) bool, true only where depth
    is finite and positive. GEN3C (section 5.2) bounds the relative range of depth in a window,
    which also drops floors towards the horizon; here the departure of inverse depth from a
    straight line is bounded instead, which is zero on every plane, however slanted. Beside a hole
    the line is continued from the other side alone.
    """
    reach = max(1, window // 2)
    depth = np.asarray(depth, np.float32)
    height, width = depth.shape
    threshold = np.float32(threshold)
    inverse = np.full((height + 2 * reach, width + 2 * reach), np.nan, np.float32)
    np.divide(np.float32(1), depth, where=depth > 0,
              out=inverse[reach:reach + height, reach:reach + width])
    # where the range ends the straight line is not measured: these few go the slow way
    finite = inverse.copy()
    finite[inverse == 0] = np.nan
    edge, alone = np.zeros(depth.shape, bool), np.zeros(depth.shape, bool)
    _bends(finite, reach, threshold, edge, alone)
    v, u = np.divmod(np.flatnonzero(alone), width)
    edge[v, u] |= _edges_beside_holes(inverse, v + reach, u + reach, reach, threshold)
    return edge


@njit(nogil=True, cache=True, error_model='numpy')
def _bends(finite, reach, threshold, edge, alone):
    """Mark the pixels that depart from a line between their neighbours, and those without one."""
    for i in range(edge.shape[0]):
        v = i + reach
        for j in range(edge.shape[1]):
            u = j + reach
            centre = finite[v, u]
            if np.isnan(centre):
                continue
            for dv, du in ((0, reach), (reach, 0), (reach, reach), (reach, -reach)):
                before, after = finite[v - dv, u - du], finite[v + dv, u + du]
                if np.isnan(before + after):
                    alone[i, j] = True
                elif (abs(before + after - 2 * centre)
                        > threshold * max(centre, max(before, after))):
                    edge[i, j] = True


def _edges_beside_holes(inverse, v, u, reach, threshold):
    """Whether pixels v, u with a hole or the end of the range near are edges; NaN agrees."""
    edge = np.zeros(v.shape, bool)
    centre = inverse[v, u]
    half = max(1, reach // 2)
    for dv, du in ((0, 1), (1, 0), (1, 1), (1, -1)):
        sides = [inverse[v + s * reach * dv, u + s * reach * du] for s in (-1, 1)]
        ends = [_beyond(side, 2 * centre - _capped(other)) for side, other in
                zip(sides, reversed(sides), strict=True)]
        edge |= _jumps(ends[0] + ends[1] - 2 * centre, threshold, centre, *ends)
        if reach < 2:
            continue
        for sign, opposite in ((-1, sides[1]), (1, sides[0])):
            near = inverse[v + sign * half * dv, u + sign * half * du]
            far = inverse[v + 2 * sign * half * dv, u + 2 * sign * half * du]
            far = _beyond(far, 2 * near - centre)
            edge |= np.isnan(opposite) & (near > 0) & _jumps(2 * near - far - centre, threshold,
                                                             centre, near, far)
    return edge


def _beyond(inverse, expected):
    """Give pixels beyond range the inverse depth that fits best among those they may have."""
    return np.where(inverse == 0, np.fmin(expected, _BEYOND), inverse)


def _capped(inverse):
    return np.where(inverse == 0, _BEYOND, inverse)


def _jumps(bend, threshold, *inverse):
    return np.abs(bend) > threshold * np.maximum.reduce(inverse)
