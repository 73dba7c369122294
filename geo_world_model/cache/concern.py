# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which witnesses concern a tile of candidates: what lets most of them be passed over.

All places that the candidates of a tile may take lie in a cell: a rectangle of their image between
two depths. A witness whose image misses the cell's eight corners, or that shows only nearer things
between them, cannot object to any of them.
"""

import numpy as np
from numba import float32, njit, prange

from geo_world_model.cache.depth_code import UNBOUNDED
from geo_world_model.cache.footprint import NEAR, REACH
from geo_world_model.cache.objection import half_bound, largest_block
from geo_world_model.cache.witness import BLOCK, code_below, FORBIDDEN

#: Left, right, top, bottom as rays of the image, nearest and farthest depth, and the largest sum
#: of the lengths of the tangents.
LEFT, RIGHT, TOP, BOTTOM, NEAREST, FARTHEST, LONGEST = range(7)
#: Cells that may land on more blocks than this concern every witness that sees them.
_MOST_BLOCKS = 1500
_FAST = dict(nogil=True, cache=True, error_model='numpy')
_PLAIN = dict(_FAST, _nrt=False)


@njit(parallel=True, **_FAST)
def bound_tiles(c, steps, rung, order, starts, cells):
    """cells (T, 7) float64: of the places that the candidates of each tile may still take."""
    for t in prange(cells.shape[0]):
        cell = cells[t]
        cell[LEFT] = cell[TOP] = cell[NEAREST] = np.inf
        cell[RIGHT] = cell[BOTTOM] = cell[FARTHEST] = -np.inf
        cell[LONGEST] = 0.0
        for at in range(starts[t], starts[t + 1]):
            i = order[at]
            cell[LEFT], cell[RIGHT] = min(cell[LEFT], c.flat[0, i]), max(cell[RIGHT], c.flat[0, i])
            cell[TOP], cell[BOTTOM] = min(cell[TOP], c.flat[1, i]), max(cell[BOTTOM], c.flat[1, i])
            near = far = 1.0 / c.norm[i]
            length = c.length[i, 1]
            if c.code[i] < UNBOUNDED:
                most = max(min(c.limit[i], UNBOUNDED - 1), c.code[i])
                # where a candidate last stood belongs to what is judged further back
                near = c.depths[min(c.code[i] + steps[max(rung[i] - 1, 0)], most)]
                far = c.depths[min(c.code[i] + steps[-1], most)]
                length = c.length[i, 0] * far
            cell[NEAREST], cell[FARTHEST] = min(cell[NEAREST], near), max(cell[FARTHEST], far)
            cell[LONGEST] = max(cell[LONGEST], length)


@njit(inline='always', **_FAST)
def _corners(cell, rotation, centre, corners):
    """Write the corners of a cell in the world, corners (3, 8); centre: 0 for directions."""
    for k in range(8):
        x = cell[LEFT] if k & 1 else cell[RIGHT]
        y = cell[TOP] if k & 2 else cell[BOTTOM]
        d = cell[NEAREST] if k & 4 else cell[FARTHEST]
        for axis in range(3):
            corners[axis, k] = (rotation[axis, 0] * x + rotation[axis, 1] * y
                                + rotation[axis, 2]) * d + centre[axis]


@njit(inline='never', **_PLAIN)
def _project(corners, far, P, out):
    """Write u, v and depth of eight corners, (3, 8) float64, to out (3, 8)."""
    shift = 0.0 if far else 1.0
    a0, a1, a2, a3 = P[0, 0], P[0, 1], P[0, 2], P[0, 3] * shift
    b0, b1, b2, b3 = P[1, 0], P[1, 1], P[1, 2], P[1, 3] * shift
    c0, c1, c2, c3 = P[2, 0], P[2, 1], P[2, 2], P[2, 3] * shift
    for k in range(8):
        x, y, z = corners[0, k], corners[1, k], corners[2, k]
        d = c0 * x + c1 * y + c2 * z + c3
        inverse = 1.0 / d
        out[0, k] = (a0 * x + a1 * y + a2 * z + a3) * inverse
        out[1, k] = (b0 * x + b1 * y + b2 * z + b3) * inverse
        out[2, k] = d


@njit(**_PLAIN)
def _concerns(corners, longest, far, P, width, height, block, maxima, landed):
    """Whether a witness might object to something within a cell; False is certain."""
    _project(corners, far, P, landed)
    left = top = nearest = np.inf
    right = bottom = farthest = -np.inf
    for k in range(8):
        left, right = min(left, landed[0, k]), max(right, landed[0, k])
        top, bottom = min(top, landed[1, k]), max(bottom, landed[1, k])
        nearest, farthest = min(nearest, landed[2, k]), max(farthest, landed[2, k])
    limit = np.float64(0.005 if far else 0.5 * NEAR)
    if farthest < limit:
        return False
    if nearest < limit:
        return True
    columns, rows = width + 2 * REACH, height + 2 * REACH
    # a margin of a pixel and a half swallows the rounding of the float32 test that decides
    if right < -1.5 or left > columns + 0.5 or bottom < -1.5 or top > rows + 0.5:
        return False
    c0, c1 = int(max(left - 1.5, 0.0)), int(min(right + 1.5, columns - 1.0))
    r0, r1 = int(max(top - 1.5, 0.0)), int(min(bottom + 1.5, rows - 1.0))
    half = half_bound(P, c0, c1, r0, r1, longest, nearest)
    around = int(min(half + 1.0, REACH + 0.0))
    c0, c1 = max(c0 - around, 0), min(c1 + around, columns - 1)
    r0, r1 = max(r0 - around, 0), min(r1 + around, rows - 1)
    if (c1 // BLOCK - c0 // BLOCK + 1) * (r1 // BLOCK - r0 // BLOCK + 1) > _MOST_BLOCKS:
        return True
    code = FORBIDDEN if far else code_below(float32(nearest * (1.0 - 1e-5))) - 1
    return largest_block(maxima, block, -(-columns // BLOCK), c0, c1, r0, r1) >= code


@njit(parallel=True, **_FAST)
def find_concerned(c, cells, far, groups, group_cells, views, concerned):
    """concerned (T, W) bool: the witnesses that might object to candidates of a tile."""
    tiles, whole = np.empty((far.size, 3, 8)), np.empty((len(group_cells), 3, 8))
    zero = np.zeros(3)
    for t in range(far.size):
        _corners(cells[t], c.rotation, zero if far[t] else c.centre, tiles[t])
    for g in range(len(group_cells)):
        _corners(group_cells[g], c.rotation, zero if far[groups[g]] else c.centre, whole[g])
    for w in prange(concerned.shape[1]):
        P, landed = views.projections[w].astype(np.float64), np.empty((3, 8))
        width, height, block = views.sizes[w, 0], views.sizes[w, 1], views.blocks[w]
        for g in range(len(group_cells)):
            some = _concerns(whole[g], group_cells[g, LONGEST], far[groups[g]], P, width, height,
                             block, views.maxima, landed)
            for t in range(groups[g], groups[g + 1]):
                concerned[t, w] = some and _concerns(tiles[t], cells[t, LONGEST], far[t], P,
                                                     width, height, block, views.maxima, landed)
