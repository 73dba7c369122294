# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Walls go on in strips of their full height, so that what stands on them stands upright.

Each strip comes from elsewhere on the wall, where it fits best to the one before, and is moved by
a few cells until it does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit

from geo_world_model.generators.structure.texture.grid import BLOCK
from geo_world_model.generators.structure.texture.growth import (
    Cloth, laid_means, numbered, Pieces)
from geo_world_model.generators.structure.texture.matching import hashed

#: Share of the seen width of one strip: what goes on for longer is recognised. Blocks of it, at
#: least.
LONGEST, LEAST = 0.3, 6
#: Blocks along which strips must fit, and cells by which they are moved, at most.
JOINT, MOVED = 3, 3


def strips(laid: np.ndarray, source: np.ndarray, before: int, begin: int, step: int, end: int,
           seed: int) -> Iterator[tuple[int, int, int]]:
    """(column, length, where it comes from) of strips of columns, from `begin` on to before
    `end`, one after the other.

    laid: (H, W, 3) float32, means of blocks. source: (N,) int, columns of it that may be taken.
    before: the column of it that ends where the strips begin. step: 1 to the right, -1 to the
    left.
    """
    extent = int(source[-1] - source[0]) + 1
    length = max(int(LONGEST * extent), LEAST)
    back = np.arange(JOINT) * step
    last = laid.shape[1] - 1
    for column in range(begin, end, step * length):
        going_on = before + step
        edge = laid[:, np.clip(before - back, 0, last)]
        others = source[np.abs(source - going_on) > 2 * JOINT]
        others = others if others.size else source
        cost = np.array([np.mean((laid[:, np.clip(k - step - back, 0, last)] - edge) ** 2,
                                 dtype=np.float64) for k in others])
        ahead = (source[-1] - others) if step > 0 else (others - source[0])
        cost *= 1 + np.maximum(0, 1 - ahead / max(LONGEST * extent, 1))
        cost *= np.array([0.8 + 0.4 * hashed(seed, column, int(k)) / 2 ** 32 for k in others])
        best = int(others[np.argmin(cost)])
        yield column, length, best
        before = int(np.clip(best + step * (length - 1), 0, last))


def widened(pieces: Pieces, cloth: Cloth, shift: tuple[int, int], left: int, right: int,
            seed: int) -> Pieces:
    """Pieces of a whole wall (H, W) with so many more columns of strips at each side.

    shift: cells from the pieces' grid to the cloth's.
    """
    height, width = pieces.label.shape
    laid = laid_means(cloth, shift, pieces)
    picture, known = _cells(pieces, cloth, shift)
    source = np.arange(width)
    taken = np.arange(-left, width + right)
    moved = np.zeros((taken.size, 2), np.int64)
    for step, begin, end in ((1, width, width + right), (-1, -1, -left - 1)):
        before, at = begin - step, np.zeros(2, np.int64)
        for column, length, best in strips(laid, source, before, begin, step, end, seed):
            at = _fitting(picture, known, before, best, step, at[0], at[1])
            place = column + step * np.arange(length)
            inside = (place >= -left) & (place < width + right)
            taken[place[inside] + left] = np.clip(best + step * np.arange(length)[inside], 0,
                                                  width - 1)
            moved[place[inside] + left] = at
            before = int(np.clip(best + step * (length - 1), 0, width - 1))
    return with_columns(pieces, taken, np.arange(-left, width + right), moved)


def with_columns(pieces: Pieces, taken: np.ndarray, place: np.ndarray,
                 moved: np.ndarray) -> Pieces:
    """Pieces whose columns `place` (W,) are the columns `taken` (W,) of others, and come from so
    many more cells down and right, moved (W, 2)."""
    label = pieces.label[:, taken]
    offsets = pieces.offsets[np.maximum(label, 0)].astype(np.int64) + moved
    offsets[..., 1] += (taken - place)[None] * BLOCK
    return numbered(offsets, label >= 0, pieces.fit[:, taken])


def _cells(pieces, cloth, shift):
    """What pieces lay in each cell, (h, w, 3) float32, and whether it is known, (h, w) bool."""
    rows, columns = np.indices(np.array(pieces.label.shape) * BLOCK)
    label = pieces.label[rows // BLOCK, columns // BLOCK]
    offsets = pieces.offsets[np.maximum(label, 0)]
    rows += shift[0] + offsets[..., 0]
    columns += shift[1] + offsets[..., 1]
    inside = ((label >= 0) & (rows >= 0) & (columns >= 0) & (rows < cloth.sharp.shape[0])
              & (columns < cloth.sharp.shape[1]))
    rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
    return cloth.detail[rows, columns], inside & cloth.sharp[rows, columns]


@njit(nogil=True, cache=True, error_model='numpy')
def _fitting(picture, known, before, best, step, down, right):
    """By how many cells (down, right) a strip that begins with column `best` of blocks is moved,
    to fit to one that ends with column `before` and is moved by down, right itself."""
    height, width = known.shape
    chosen = np.zeros(2, np.int64)
    least = np.inf
    edge = before * BLOCK if step < 0 else (before + 1) * BLOCK
    start = best * BLOCK if step > 0 else (best + 1) * BLOCK
    for dy in range(-MOVED, MOVED + 1):
        for dx in range(-MOVED, MOVED + 1):
            total, count = 0.0, 0
            for j in range(0, height, 2):
                for i in range(-JOINT * BLOCK, JOINT * BLOCK):
                    # on both sides of the joint, as far as both are there
                    a, b = j + down, edge + i + right
                    c, d = j + dy, start + i + dx
                    if (a < 0 or b < 0 or c < 0 or d < 0 or max(a, c) >= height
                            or max(b, d) >= width or not known[a, b] or not known[c, d]):
                        continue
                    for k in range(3):
                        e = picture[a, b, k] - picture[c, d, k]
                        total += e * e
                    count += 1
            if count >= BLOCK * JOINT:
                cost = total / count * (1 + 0.01 * (dy * dy + dx * dx))
                if cost < least:
                    least = cost
                    chosen[0], chosen[1] = dy, dx
    return chosen
