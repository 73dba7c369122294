# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A tree of bounding boxes over a scene's primitives, laid out for walking without a stack."""

from dataclasses import dataclass

import numpy as np

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
    low, high = scene.centres - spread, scene.centres + spread
    bounds, skip, first, count, order = [], [], [], [], []

    def grow(members):
        node = len(skip)
        bounds.append([*low[members].min(0), *high[members].max(0)])
        first.append(len(order))
        count.append(0)
        skip.append(0)
        if len(members) <= _LEAF:
            order.extend(members.tolist())
            count[node] = len(members)
        else:
            for part in _split(members, low, high):
                grow(part)
        skip[node] = len(skip)

    grow(np.arange(len(scene)))
    return Tree(np.array(bounds), *(np.array(column, np.int64)
                                    for column in (skip, first, count, order)))


def _split(members, low, high):
    """Part members in two by the surface area heuristic (Goldsmith and Salmon 1987)."""
    least, parts = np.inf, None
    number = np.arange(1, len(members))
    for axis in range(3):
        rank = members[np.argsort(low[members, axis] + high[members, axis], kind='stable')]
        left, right = _areas(low[rank], high[rank]), _areas(low[rank[::-1]], high[rank[::-1]])
        cost = left[:-1] * number + right[-2::-1] * number[::-1]
        best = int(np.argmin(cost))
        if cost[best] < least:
            least, parts = cost[best], (rank[:best + 1], rank[best + 1:])
    return parts


def _areas(low, high):
    """Half the surface (N,) of the boxes around the first 1, 2, ... N of some boxes (N, 3)."""
    x, y, z = (np.maximum.accumulate(high) - np.minimum.accumulate(low)).T
    return x * y + y * z + z * x
