# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A tree of bounding boxes over a scene's primitives, laid out for walking without a stack."""

from dataclasses import dataclass

import numpy as np
from numba import njit

_LEAF = 2


@dataclass(frozen=True, eq=False)
class Tree:
    """
    Nodes in depth-first order.

    bounds (T, 6) float64: low and high corners, m; skip (T,) int64: node to go on with when a node
    is missed; first, count (T,) int64: the primitives of a leaf in `order`, count 0 for others;
    order (N,) int64.
    """

    bounds: np.ndarray
    skip: np.ndarray
    first: np.ndarray
    count: np.ndarray
    order: np.ndarray


def build_tree(scene):
    """Build the tree of a Scene; a node is split where rays will meet the fewest primitives."""
    spread = np.abs(scene.rotations * scene.halves[:, None, :]).sum(-1)
    return Tree(*_grow(scene.centres - spread, scene.centres + spread))


@njit(nogil=True, cache=True, error_model='numpy')
def _grow(low, high):
    """Arrays of a Tree over boxes with the corners low, high (N, 3)."""
    shapes = low.shape[0]
    order = np.arange(shapes)
    bounds = np.empty((2 * shapes, 6))
    first, count, skip = (np.zeros(2 * shapes, np.int64), np.zeros(2 * shapes, np.int64),
                          np.zeros(2 * shapes, np.int64))
    # parts of `order` that wait for their node
    waiting = [(0, shapes)]
    nodes = 0
    while waiting:
        start, end = waiting.pop()
        for axis in range(3):
            bounds[nodes, axis] = low[order[start:end], axis].min()
            bounds[nodes, 3 + axis] = high[order[start:end], axis].max()
        first[nodes] = start
        if end - start <= _LEAF:
            count[nodes] = end - start
        else:
            cut = start + _split(order[start:end], low, high)
            waiting.append((cut, end))
            waiting.append((start, cut))
        nodes += 1
    for node in range(nodes - 1, -1, -1):
        # past a leaf comes the next node, past an inner one what comes past its second child
        skip[node] = node + 1 if count[node] else skip[skip[node + 1]]
    return bounds[:nodes], skip[:nodes], first[:nodes], count[:nodes], order


@njit(nogil=True, cache=True, error_model='numpy')
def _split(members, low, high):
    """Sort members so that the first n go apart by the surface area heuristic; returns n.

    Goldsmith and Salmon, Automatic creation of object hierarchies for ray tracing, 1987.
    """
    number = len(members)
    least, cut, best = np.inf, 1, members
    for axis in range(3):
        middles = np.empty(number)
        for k in range(number):
            middles[k] = low[members[k], axis] + high[members[k], axis]
        rank = members[np.argsort(middles, kind='mergesort')]
        left, right = _areas(low, high, rank), _areas(low, high, rank[::-1])
        for k in range(number - 1):
            cost = left[k] * (k + 1) + right[number - 2 - k] * (number - 1 - k)
            if cost < least:
                least, cut, best = cost, k + 1, rank
    members[:] = best.copy()
    return cut


@njit(nogil=True, cache=True, error_model='numpy')
def _areas(low, high, rank):
    """Half the surface (N,) of the boxes around the first 1, 2, ... N of a rank."""
    areas = np.empty(len(rank))
    a, b = low[rank[0]].copy(), high[rank[0]].copy()
    for k in range(len(rank)):
        for axis in range(3):
            a[axis] = min(a[axis], low[rank[k], axis])
            b[axis] = max(b[axis], high[rank[k], axis])
        x, y, z = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        areas[k] = x * y + y * z + z * x
    return areas
