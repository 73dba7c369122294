# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How well a piece of an exemplar fits what is already laid, and where a better one is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geo_world_model.generators.structure.texture.grid import BLOCK

#: Blocks around a block that must fit, on walls; cells by which an offset is then set exactly.
RADIUS, REFINED = 3, 3
#: States of a block: nothing yet; laid, others must fit it; laid, but nothing need fit it.
OPEN, LAID, ASIDE = 0, 1, 2
#: Positions tried where any will do.
TRIED = 200
#: Blocks from the edge of the exemplar, and blocks of shift, below which a piece is soon at its
#: end.
MARGIN = 8.0
#: What a shift along one axis alone counts: patterns are laid along walls. Blocks around the best
#: of few positions that are all tried.
STRAIGHT, NEAR = 0.7, 2
#: Blocks by which a shift on a wall may leave the row: walls are not always upright.
SLACK = 1


class Stock(NamedTuple):
    """The blocks that may be copied.

    means: (h, w, 3) float32; usable: (h, w) bool; inside: (h, w) float32, blocks to the edge of
    the usable ones; columns: (N,) int64, of the usable ones row by row, first: (h + 1,) int64,
    where each row begins. row, column: of its first block in the grid that is laid. level: blocks
    may come from any row, else only from their own, upright: or their own column. variance: of the
    means, and what a block counts that the stock does not have.
    """

    means: np.ndarray
    usable: np.ndarray
    inside: np.ndarray
    columns: np.ndarray
    first: np.ndarray
    row: int
    column: int
    level: bool
    upright: bool
    variance: float


@njit(nogil=True, cache=True, inline='always')
def hashed(a, b, c):
    """32 bits out of three whole numbers."""
    x = (np.uint32(a & 0xffffffff) * np.uint32(0x9e3779b1)
         ^ np.uint32(b & 0xffffffff) * np.uint32(0x85ebca77)
         ^ np.uint32(c & 0xffffffff) * np.uint32(0xc2b2ae3d))
    x = np.uint32(x ^ (x >> np.uint32(15))) * np.uint32(0x2c1b3c6d)
    x = np.uint32(x ^ (x >> np.uint32(12))) * np.uint32(0x297a2d39)
    return np.uint32(x ^ (x >> np.uint32(15)))


@njit(inline='always')
def rounded(cells):
    """Cells in blocks, halves upwards."""
    return (cells + BLOCK // 2) // BLOCK


@njit(nogil=True, cache=True, error_model='numpy')
def gather(laid, state, y, x, radius, around, colours):
    """Collect the laid blocks around (y, x) that must be fitted; returns their number.

    laid: (H, W, 3), state: (H, W). Writes their places into around (N, 2) and what they hold
    into colours (N, 3).
    """
    count = 0
    for j in range(-radius, radius + 1):
        for i in range(-radius, radius + 1):
            q, p = y + j, x + i
            if q < 0 or p < 0 or q >= state.shape[0] or p >= state.shape[1] or state[q, p] != LAID:
                continue
            around[count, 0], around[count, 1] = j, i
            for c in range(3):
                colours[count, c] = laid[q, p, c]
            count += 1
    return count


@njit(nogil=True, cache=True, error_model='numpy')
def mismatch(count, around, colours, stock, a, b, limit):
    """Mean squared difference of gathered blocks from the stock's around (a, b).

    Infinite as soon as it is beyond limit.
    """
    if count == 0:
        return stock.variance
    total, most = 0.0, limit * count
    for n in range(count):
        q, p = a + around[n, 0], b + around[n, 1]
        if can_copy(stock, q, p):
            for c in range(3):
                d = colours[n, c] - stock.means[q, p, c]
                total += d * d
        else:
            total += stock.variance
        if total > most:
            return np.inf
    return total / count


@njit(inline='always')
def can_copy(stock, a, b):
    """Whether a block of the stock exists and may be copied."""
    return (0 <= a < stock.usable.shape[0] and 0 <= b < stock.usable.shape[1]
            and stock.usable[a, b])


@njit(nogil=True, cache=True, error_model='numpy')
def search(count, around, colours, stock, y, x, seed):
    """The block of the stock that fits best at (y, x) of the grid, around which blocks were
    gathered. Returns a, b, mismatch; a = -1 when nothing fits."""
    best, best_a, best_b = np.inf, -1, -1
    start, end = 0, stock.usable.shape[0]
    if not stock.level:
        start, end = max(start, y - stock.row - SLACK), min(end, y - stock.row + SLACK + 1)
    # straight up and down, then along the row, then at even steps anywhere
    first, last = (0, stock.usable.shape[0]) if stock.upright else (start, end)
    for a in range(first, last):
        b = x - stock.column
        if can_copy(stock, a, b):
            cost = _weight(stock, y, x, a, b, seed)
            cost *= mismatch(count, around, colours, stock, a, b, best / cost)
            if cost < best:
                best, best_a, best_b = cost, a, b
    if start >= end:
        return best_a, best_b, best
    a = y - stock.row
    if start <= a < end:
        for k in range(stock.first[a], stock.first[a + 1]):
            b = stock.columns[k]
            cost = _weight(stock, y, x, a, b, seed)
            cost *= mismatch(count, around, colours, stock, a, b, best / cost)
            if cost < best:
                best, best_a, best_b = cost, a, b
    step = max(1, (stock.first[end] - stock.first[start]) // TRIED)
    k = stock.first[start] + int(hashed(y, x, seed) % np.uint32(step))
    a = start
    while k < stock.first[end]:
        while k >= stock.first[a + 1]:
            a += 1
        b = stock.columns[k]
        cost = _weight(stock, y, x, a, b, seed)
        cost *= mismatch(count, around, colours, stock, a, b, best / cost)
        if cost < best:
            best, best_a, best_b = cost, a, b
        k += step
    if step > 1 and best_a >= 0 and start <= best_a < end:
        middle_a, middle_b = best_a, best_b
        for a in range(middle_a - NEAR, middle_a + NEAR + 1):
            for b in range(middle_b - NEAR, middle_b + NEAR + 1):
                if can_copy(stock, a, b):
                    cost = _weight(stock, y, x, a, b, seed)
                    cost *= mismatch(count, around, colours, stock, a, b, best / cost)
                    if cost < best:
                        best, best_a, best_b = cost, a, b
    return best_a, best_b, best


@njit(inline='always')
def _weight(stock, y, x, a, b, seed):
    """Pieces that go on for long come first, and those straight along an axis; and no place is so
    much better than others that it is taken for ever."""
    shift_y, shift_x = a + stock.row - y, b + stock.column - x
    weight = (1 + max(0.0, 1 - stock.inside[a, b] / MARGIN)
              + max(0.0, 1 - np.hypot(shift_y, shift_x) / MARGIN))
    if shift_y == 0 or shift_x == 0:
        weight *= STRAIGHT
    return weight * (0.9 + 0.2 * hashed(a, b, seed) / 2.0 ** 32)


@njit(nogil=True, cache=True, error_model='numpy')
def refine(detail, sharp, label, state, offsets, y, x, shift_y, shift_x, row_shift, column_shift):
    """Set an offset to the cell: detail (h, w, 3) of the exemplar against what is laid near.

    label: (H, W) piece of each block, offsets (K, 2) theirs, all in cells. row_shift,
    column_shift: cells from the grown grid to the exemplar's. Returns the better offset.
    """
    best, best_y, best_x = np.inf, shift_y, shift_x
    side = 2 * RADIUS + 1
    cells = np.empty((2 * side * side, 2), np.int64)
    laid = np.empty((2 * side * side, 3), np.float32)
    size = 0
    for j in range(-RADIUS, RADIUS + 1):
        for i in range(-RADIUS, RADIUS + 1):
            q, p = y + j, x + i
            if (q < 0 or p < 0 or q >= state.shape[0] or p >= state.shape[1]
                    or state[q, p] != LAID):
                continue
            piece = label[q, p]
            for t in range(2):
                # two cells of each block, on its diagonal
                v = q * BLOCK + t * BLOCK // 2 + row_shift
                u = p * BLOCK + t * BLOCK // 2 + column_shift
                a, b = v + offsets[piece, 0], u + offsets[piece, 1]
                if 0 <= a < sharp.shape[0] and 0 <= b < sharp.shape[1] and sharp[a, b]:
                    cells[size, 0], cells[size, 1] = v + shift_y, u + shift_x
                    for k in range(3):
                        laid[size, k] = detail[a, b, k]
                    size += 1
    for dy in range(-REFINED, REFINED + 1):
        for dx in range(-REFINED, REFINED + 1):
            total, count = 1e-3 * (dy * dy + dx * dx), 0
            for n in range(size):
                c, d = cells[n, 0] + dy, cells[n, 1] + dx
                if (c < 0 or d < 0 or c >= sharp.shape[0] or d >= sharp.shape[1]
                        or not sharp[c, d]):
                    continue
                for k in range(3):
                    e = laid[n, k] - detail[c, d, k]
                    total += e * e
                count += 1
                if total > best * size:
                    break
            if count >= 8 and total / count < best:
                best, best_y, best_x = total / count, shift_y + dy, shift_x + dx
    return best_y, best_x
