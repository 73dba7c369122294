# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Textures of walls and ceilings that nobody saw, after the walls that somebody did see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo_world_model.generators.structure.plane import Plane
from geo_world_model.generators.structure.texture.grid import BLOCK, Grid, TILE
from geo_world_model.generators.structure.texture.growth import (
    Cloth, laid_means, Pieces)
from geo_world_model.generators.structure.texture.plane_texture import (
    LEVELS, PlaneTexture)
from geo_world_model.generators.structure.texture.stacking import seen_rows
from geo_world_model.generators.structure.texture.strips import (
    JOINT, LEAST, strips, with_columns)

#: Sine between two walls below which they meet in no corner.
CORNER = 0.7
#: Share of the seen width that is mirrored at a corner as it is.
MIRRORED = 0.2
#: Cells from the world's origin to a corner, at most.
FARTHEST = 1e7
#: How much lighter than the top of the walls a ceiling is, as a share of the way to white.
LIGHTER = 0.4


def borrow(plane: Plane, wall: Plane, seen: PlaneTexture, seed: int) -> PlaneTexture | None:
    """The texture of a wall like that of `wall`, mirrored where the two meet, then shuffled.

    None when the corner is out of all proportion.
    """
    corner = _corner(plane, wall)
    there, here = (float(np.sum(corner * part.axes[0])) for part in (wall, plane))
    if not max(abs(there), abs(here)) < FARTHEST * seen.grid.cell:
        return None
    mirrored = _mirrored(seen, int(np.round((there + here) / seen.grid.cell)) - 1)
    begin = int(np.clip((here / mirrored.grid.cell - mirrored.grid.column) / BLOCK, 0,
                        mirrored.grid.columns // BLOCK - 1))
    inwards = float(np.sum(wall.normal * plane.axes[0])) >= 0
    taken = shuffled(laid_means(mirrored.cloth, mirrored.shift, mirrored.pieces),
                     mirrored.cloth.usable.any(0), -mirrored.shift[1] // BLOCK, begin, inwards,
                     seed)
    return replace(mirrored, low=mirrored.low[:, taken],
                   pieces=with_columns(mirrored.pieces, taken, np.arange(len(taken)),
                                       np.zeros((len(taken), 2), np.int64)))


def shuffled(laid: np.ndarray, seen: np.ndarray, first: int, begin: int, inwards: bool,
             seed: int) -> np.ndarray:
    """Which column each column of blocks is taken from, (W,) int64.

    laid: (H, W, 3) float32. seen: (w,) bool, the columns from `first` on that were seen. From
    `begin` on to the right (inwards, else to the left) some columns stay; then come strips from
    elsewhere.
    """
    width, extent = laid.shape[1], max(int(seen.sum()), 1)
    step = 1 if inwards else -1
    taken = np.arange(width)
    column = begin + step * max(int(MIRRORED * extent), LEAST)
    source = first + np.flatnonzero(seen)
    if not 0 <= column < width or source.size <= 4 * JOINT:
        return taken
    end = width if inwards else -1
    for place, length, best in strips(laid, source, column - step, column, step, end, seed):
        strip = np.arange(length)
        inside = (place + step * strip >= 0) & (place + step * strip < width)
        taken[place + step * strip[inside]] = np.clip(best + step * strip[inside], 0, width - 1)
    return taken


def light_ceiling(walls: list[PlaneTexture]) -> PlaneTexture:
    """One smooth colour: that of the top of the walls, lightened."""
    tops = []
    for wall in walls:
        top = seen_rows(wall.cloth.usable)[1] - wall.shift[0] // BLOCK
        left = -wall.shift[1] // BLOCK
        width = wall.cloth.usable.shape[1]
        tops.append(wall.low[top, left:left + width].mean(0))
    colour = np.mean(tops, 0)
    low = (colour + LIGHTER * (255 - colour)).astype(np.float32)[None, None]
    empty = np.zeros((TILE, TILE), np.float32)
    nothing = np.repeat(empty[..., None], 3, -1)
    label = np.full((TILE // BLOCK, TILE // BLOCK), -1, np.int16)
    pieces = Pieces(label, np.zeros((1, 2), np.int32), np.ones(label.shape, np.float32))
    return PlaneTexture(Grid(walls[0].grid.cell, 0, 0, TILE, TILE), empty[0, :1], low, pieces,
                        Cloth(nothing, empty > 0, nothing[::BLOCK, ::BLOCK],
                              empty[::BLOCK, ::BLOCK] > 0), (0, 0), (nothing,) * LEVELS, empty)


def meet(plane: Plane, wall: Plane) -> bool:
    """Whether two planes meet in an upright corner."""
    return bool(abs(_determinant(plane, wall)) > CORNER)


def _determinant(plane, wall):
    return plane.normal[0] * wall.normal[1] - plane.normal[1] * wall.normal[0]


def _corner(plane, wall):
    """A point on both planes, at height 0; on parallel ones the foot of the world's origin."""
    if not meet(plane, wall):
        return -plane.offset * plane.normal
    a, b, c, d = *plane.normal[:2], *wall.normal[:2]
    determinant = _determinant(plane, wall)
    return np.array([(-plane.offset * d + b * wall.offset) / determinant,
                     (-a * wall.offset + c * plane.offset) / determinant, 0.0])


def _mirrored(texture, turn):
    """Column c becomes column turn - c."""
    grid, cloth, pieces = texture.grid, texture.cloth, texture.pieces

    def flip(part):
        return np.ascontiguousarray(part[:, ::-1])
    columns = cloth.detail.shape[1]
    return PlaneTexture(
        Grid(grid.cell, grid.row, turn - grid.column - grid.columns + 1, grid.rows, grid.columns),
        np.full_like(texture.lean, np.median(texture.lean)), flip(texture.low),
        Pieces(flip(pieces.label), pieces.offsets * np.array([1, -1], np.int32), flip(pieces.fit)),
        Cloth(flip(cloth.detail), flip(cloth.sharp), flip(cloth.means), flip(cloth.usable)),
        (texture.shift[0], columns - grid.columns - texture.shift[1]),
        tuple(flip(part) for part in texture.detail), flip(texture.relief))
