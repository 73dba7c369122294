# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Textures grown in pieces: what is laid goes on by copying, from a few places, in one piece each.

A block copies from where its neighbours copy from, as long as that fits and the exemplar lasts;
else a new piece is looked for. So shelves go on straight, and the pieces are few. After the shift
maps of Pritch, Kav-Venaki, Peleg (ICCV 2009), grown outwards instead of cut from a graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from geo_world_model.generators.structure.texture.grid import BLOCK
from geo_world_model.generators.structure.texture.matching import (
    ASIDE, can_copy, gather, LAID, mismatch, OPEN, RADIUS, refine, rounded, search, SLACK, Stock)

MOST_PIECES, MOST_SEARCHES = 800, 1500
#: Mismatch, as a share of the exemplar's variance, that needs no other piece; and how much worse
#: than at its start a piece may fit before another is looked for.
FITTING, WORSE = 0.15, 2.0
#: A new piece must fit so much better than one that goes on.
BETTER = 0.7
SWEEPS = 2


@dataclass(frozen=True, eq=False)
class Cloth:
    """What pieces are cut from. detail: (h, w, 3) float32 and sharp: (h, w) bool, where it is
    known, in cells. means: (h, w, 3) float32 and usable: (h, w) bool, may be copied, in blocks."""

    detail: np.ndarray
    sharp: np.ndarray
    means: np.ndarray
    usable: np.ndarray


@dataclass(frozen=True, eq=False)
class Pieces:
    """label: (H, W) int16, piece of each block, -1: none. offsets: (K, 2) int32, cells from the
    grown grid to where the piece comes from, in the grown grid. fit: (H, W) float32, 0..1, what
    is left of its detail."""

    label: np.ndarray
    offsets: np.ndarray
    fit: np.ndarray


def grow(cloth: Cloth, shift: tuple[int, int], start: Pieces, aside: np.ndarray,
         level: bool, seed: int, upright: bool = False) -> Pieces:
    """Lay every block of a grid whose label is -1.

    shift: cells (rows, columns) from the grown grid to the cloth's. start: the blocks that are
    laid and where they come from. aside: (H, W) bool, laid blocks that others need not fit.
    level: from anywhere, else only from the same row. seed: of all choices. upright: from the same
    column too.
    """
    if not cloth.usable.any():
        return start
    state = np.where(start.label < 0, OPEN, np.where(aside, ASIDE, LAID)).astype(np.uint8)
    label = start.label.copy()
    offsets = np.concatenate([start.offsets, np.zeros((MOST_PIECES, 2), np.int32)])
    laid = laid_means(cloth, shift, start)
    stock = _stock(cloth, shift, level, upright)
    rows, columns = _order(start.label < 0)
    count = _grow(laid, state, label, offsets, len(start.offsets), stock, cloth.detail,
                  cloth.sharp, rows, columns, shift[0], shift[1], RADIUS - level, seed)
    for _ in range(SWEEPS):
        _straighten(laid, state, label, offsets, stock, rows, columns, RADIUS - level)
    return Pieces(label, offsets[:count].copy(), np.ones(label.shape, np.float32))


def _stock(cloth, shift, level, upright):
    inside = cv2.distanceTransform(np.pad(cloth.usable, 1).astype(np.uint8), cv2.DIST_L2, 3)
    variance = float(np.mean(np.sum(cloth.means[cloth.usable] ** 2, -1, dtype=np.float64)))
    return Stock(cloth.means, cloth.usable, np.ascontiguousarray(inside[1:-1, 1:-1]),
                 np.nonzero(cloth.usable)[1].astype(np.int64),
                 np.concatenate([[0], np.cumsum(cloth.usable.sum(1))]).astype(np.int64),
                 -shift[0] // BLOCK, -shift[1] // BLOCK, bool(level), bool(upright),
                 max(variance, 1e-6))


def laid_means(cloth: Cloth, shift: tuple[int, int], pieces: Pieces) -> np.ndarray:
    """(H, W, 3) float32: the blocks' means, 0 where nothing is laid."""
    height, width = pieces.label.shape
    blocks = np.indices((height, width)).transpose(1, 2, 0) + (
        pieces.offsets[np.maximum(pieces.label, 0)] + BLOCK // 2) // BLOCK
    blocks += np.array(shift) // BLOCK
    inside = ((blocks >= 0) & (blocks < cloth.usable.shape)).all(-1) & (pieces.label >= 0)
    row, column = np.where(inside[..., None], blocks, 0).transpose(2, 0, 1)
    return np.where(inside[..., None], cloth.means[row, column], np.float32(0))


def numbered(offsets: np.ndarray, laid: np.ndarray, fit: np.ndarray) -> Pieces:
    """Pieces out of the offset of each block, (H, W, 2) int, where laid, (H, W) bool."""
    code = (offsets[..., 0].astype(np.int64) << 32) + offsets[..., 1]
    kinds, label = np.unique(code, return_inverse=True)
    column = (kinds + (1 << 31)) % (1 << 32) - (1 << 31)
    return Pieces(np.where(laid, label.reshape(laid.shape), -1).astype(np.int16),
                  np.stack([(kinds - column) >> 32, column], 1).astype(np.int32),
                  np.ascontiguousarray(fit, np.float32))


def _order(unlaid):
    """Rows and columns of the blocks to be laid, from the known outwards."""
    if unlaid.all():
        away = np.abs(np.arange(unlaid.size).reshape(unlaid.shape) % unlaid.shape[1]
                      - unlaid.shape[1] // 2)
    else:
        away = cv2.distanceTransform(unlaid.astype(np.uint8), cv2.DIST_L2, 3)
    row, column = np.nonzero(unlaid)
    order = np.lexsort((column, row, np.ceil(away[row, column]).astype(np.int64)))
    return row[order], column[order]


@njit(nogil=True, cache=True, error_model='numpy')
def _grow(laid, state, label, offsets, count, stock, detail, sharp, rows, columns, row_shift,
          column_shift, radius, seed):
    """Lay the blocks in order; returns the number of pieces."""
    ease = np.zeros(len(offsets))
    around = np.zeros(((2 * radius + 1) ** 2, 2), np.int64)
    colours = np.zeros((len(around), 3), np.float32)
    searches = 0
    for n in range(rows.size):
        y, x = rows[n], columns[n]
        gathered = gather(laid, state, y, x, radius, around, colours)
        piece, cost = _going_on(gathered, around, colours, stock, label, offsets, y, x)
        if (searches < MOST_SEARCHES
                and (piece < 0 or cost > max(FITTING * stock.variance, ease[piece]))):
            searches += 1
            a, b, found = search(gathered, around, colours, stock, y, x, seed)
            if a >= 0 and (piece < 0 or found < BETTER * cost):
                dy, dx = refine(detail, sharp, label, state, offsets, y, x,
                                (a + stock.row - y) * BLOCK, (b + stock.column - x) * BLOCK,
                                row_shift, column_shift)
                piece, count = _numbered(offsets, count, dy, dx)
                ease[piece] = max(ease[piece], WORSE * found)
            elif piece >= 0:
                ease[piece] = WORSE * cost
        if piece >= 0:
            _lay(laid, state, label, offsets, stock, y, x, piece)
    return count


@njit(nogil=True, cache=True, error_model='numpy')
def _straighten(laid, state, label, offsets, stock, rows, columns, radius):
    """Give blocks between two pieces to the one that fits better, now that all are laid."""
    around = np.zeros(((2 * radius + 1) ** 2, 2), np.int64)
    colours = np.zeros((len(around), 3), np.float32)
    for n in range(rows.size):
        y, x = rows[n], columns[n]
        if label[y, x] >= 0 and _at_a_seam(label, y, x):
            gathered = gather(laid, state, y, x, radius, around, colours)
            piece, _ = _going_on(gathered, around, colours, stock, label, offsets, y, x)
            if piece >= 0:
                _lay(laid, state, label, offsets, stock, y, x, piece)


@njit(inline='always')
def _origin(offsets, stock, y, x, piece):
    """The block of the stock that a piece brings to (y, x)."""
    return (y + rounded(offsets[piece, 0]) - stock.row,
            x + rounded(offsets[piece, 1]) - stock.column)


@njit(nogil=True, cache=True, error_model='numpy')
def _going_on(gathered, around, colours, stock, label, offsets, y, x):
    """The best piece of a neighbour that can go on at a block, and its mismatch; -1: none."""
    best, piece = np.inf, -1
    for j in range(-1, 2):
        for i in range(-1, 2):
            q, p = y + j, x + i
            if q < 0 or p < 0 or q >= label.shape[0] or p >= label.shape[1]:
                continue
            other = label[q, p]
            if other < 0 or other == piece:
                continue
            if (not stock.level and abs(offsets[other, 0]) > SLACK * BLOCK + BLOCK // 2
                    and not (stock.upright and rounded(offsets[other, 1]) == 0)):
                continue
            a, b = _origin(offsets, stock, y, x, other)
            if not can_copy(stock, a, b):
                continue
            cost = mismatch(gathered, around, colours, stock, a, b, best)
            if cost < best:
                best, piece = cost, other
    return piece, best


@njit(nogil=True, cache=True, error_model='numpy')
def _numbered(offsets, count, dy, dx):
    """The number of a piece with this offset, or of the nearest when there are too many."""
    best, nearest = 1 << 60, 0
    for k in range(count):
        away = (offsets[k, 0] - dy) ** 2 + (offsets[k, 1] - dx) ** 2
        if away < best:
            best, nearest = away, k
    if best == 0 or count == len(offsets):
        return nearest, count
    offsets[count, 0], offsets[count, 1] = dy, dx
    return count, count + 1


@njit(nogil=True, cache=True, error_model='numpy')
def _lay(laid, state, label, offsets, stock, y, x, piece):
    label[y, x], state[y, x] = piece, LAID
    a, b = _origin(offsets, stock, y, x, piece)
    # an exact offset may come to lie a block beyond the one that was found
    inside = 0 <= a < stock.means.shape[0] and 0 <= b < stock.means.shape[1]
    for c in range(3):
        laid[y, x, c] = stock.means[a, b, c] if inside else 0


@njit(nogil=True, cache=True, error_model='numpy')
def _at_a_seam(label, y, x):
    for j, i in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        q, p = y + j, x + i
        if 0 <= q < label.shape[0] and 0 <= p < label.shape[1] and label[q, p] != label[y, x]:
            return True
    return False
