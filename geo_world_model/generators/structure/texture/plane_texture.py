# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The whole texture of a plane: what was seen of it and, around that, what is grown from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from geo_world_model.generators.structure.plane import LEVEL, Plane
from geo_world_model.generators.structure.texture.exemplar import Exemplar
from geo_world_model.generators.structure.texture.grid import BLOCK, Grid, TILE
from geo_world_model.generators.structure.texture.growth import (
    Cloth, grow, laid_means, Pieces)
from geo_world_model.generators.structure.texture.membrane import (
    block_means, continued, enlarged)
from geo_world_model.generators.structure.texture.plain import material_cells, odd_blocks
from geo_world_model.generators.structure.texture.seam import fading, rim_correction
from geo_world_model.generators.structure.texture.stacking import (
    seen_rows, stack, whole_skirting)
from geo_world_model.generators.structure.texture.strips import JOINT, widened

#: Standard deviation of the low pass, as a share of the distance a plane was seen from: level
#: planes mirror what stands around them, which is not to be repeated.
SMOOTH, SMOOTH_OF_LEVEL = 0.08, 0.035
#: Blocks over which the means meet where what was seen ends.
NEAR, NEAR_OF_LEVEL = 2.5, 1.2
#: Blocks that are grown for a plane, with what was seen; beyond them the texture is mirrored.
MOST_BLOCKS = 20_000
#: Share of its smaller extent by which a plane that ends somewhere is grown at each side.
ENDING = 0.7
#: Blocks beyond it at which half of its texture is left: tables are covered with things all over,
#: the side of a thing is not.
AWAY, AWAY_OF_LEVEL = 8.0, 24.0
#: Share of the known cells that must be measured for the others not to be copied.
MEASURED = 0.3
#: Share of a block's cells that must be known for it to be copied.
FULL = 0.9
LEVELS = 4
#: Tiles beyond what was seen at which a wall is half way back at its usual distance from its
#: plane.
SETTLED = 2.0
#: Tiles beyond what was seen at which a texture is half way at its usual colour.
USUAL = 2.0
#: How much of the finest grain is added to what is left of it.
CRISP = 1.3


@dataclass(frozen=True, eq=False)
class PlaneTexture:
    """Colour and relief of every place of a plane.

    grid: of everything. low: (H, W, 3) float32 in blocks, the smooth part, 0..255. pieces: where
    the rest of each block comes from. cloth: what it is cut from, shift: cells (rows, columns)
    from the grid to the cloth's. detail: the cloth's in LEVELS sizes, each half the one before.
    lean: (W,) float32 in tiles, metres that the surface stands before its plane at each column.
    relief: (h, w) float32, metres before that, of the cloth.
    """

    grid: Grid
    lean: np.ndarray
    low: np.ndarray
    pieces: Pieces
    cloth: Cloth
    shift: tuple[int, int]
    detail: tuple[np.ndarray, ...]
    relief: np.ndarray


def make_texture(plane: Plane, exemplar: Exemplar, seed: int, grown: bool = True) -> PlaneTexture:
    """Grow what was seen of a plane (exemplar) over its surroundings; seed: of all choices.

    grown: without, only the smooth part goes on beyond what was seen.
    """
    level = is_level(plane)
    known = exemplar.known
    material = material_cells(exemplar.colour, known) if level else known
    covered = level and material is known
    if not level and exemplar.measured.sum() > MEASURED * known.sum():
        # a window has no depth of its own, and what is seen through it is not the wall's
        material = material & exemplar.measured
    grid = _whole_grid(exemplar.grid, level, plane.bounding)
    shift = grid.row - exemplar.grid.row, grid.column - exemplar.grid.column
    sigma = (SMOOTH_OF_LEVEL if level else SMOOTH) * exemplar.distance / (grid.cell * TILE)
    low = _smooth_part(exemplar.colour, material, grid, shift, min(max(sigma, 0.7), 8.0))
    around = enlarged(low, TILE)[-shift[0]:-shift[0] + exemplar.grid.rows,
                                 -shift[1]:-shift[1] + exemplar.grid.columns]
    detail = np.where(known[..., None], exemplar.colour - around, np.float32(0))
    cloth = _cloth(detail, known, material, level, covered)
    start, aside = _seen(grid, shift, known, cloth.usable)
    if not grown:
        pieces = start
    elif level:
        pieces = grow(cloth, shift, start, aside, level, seed)
    else:
        pieces = _grow_wall(cloth, shift, start, aside, plane.bounding, seed)
    seen = start.label >= 0
    if not plane.bounding:
        # what lies or stands there ends, and is not repeated far beyond
        ending = fading(seen, AWAY_OF_LEVEL if level else AWAY)
        pieces = replace(pieces, fit=pieces.fit * np.where(seen, 1, ending))
    low = enlarged(low, TILE // BLOCK) + rim_correction(
        laid_means(cloth, shift, pieces), seen, NEAR_OF_LEVEL if level else NEAR)
    return PlaneTexture(grid, _lean(exemplar, grid, shift), low, pieces, cloth, shift,
                        pyramid(_crisp(cloth), cloth.sharp), _levelled(exemplar))


def is_level(plane: Plane) -> bool:
    """Whether a plane has no up of its own."""
    return bool(abs(plane.normal[2]) > LEVEL)


def pyramid(detail: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, ...]:
    """LEVELS sizes of (h, w, 3) float32, means over the known cells (h, w) bool."""
    sizes = [np.ascontiguousarray(detail)]
    for power in range(1, LEVELS):
        sizes.append(np.ascontiguousarray(block_means(detail, known, 2 ** power)[0]))
    return tuple(sizes)


def _grow_wall(cloth, shift, start, aside, bounding, seed):
    """The heights that were seen go on along the wall, the others are stacked on."""
    first, last = seen_rows(cloth.usable)
    rows = slice(first - shift[0] // BLOCK, last + 1 - shift[0] // BLOCK)
    seen = np.flatnonzero((cloth.usable[first:last + 1]).any(0)) - shift[1] // BLOCK
    columns = slice(0, start.label.shape[1])
    if bounding and seen.size > 4 * JOINT:
        columns = slice(seen[0], seen[-1] + 1)
    # what is not to be copied stays where it was seen, and something grows in its place for copies
    band = Pieces(np.where(aside, -1, start.label)[rows, columns].astype(np.int16), start.offsets,
                  start.fit[rows, columns])
    at = shift[0] + rows.start * BLOCK, shift[1] + columns.start * BLOCK
    band = grow(cloth, at, band, np.zeros(band.label.shape, bool), False, seed, upright=bounding)
    band = widened(band, cloth, at, columns.start, start.label.shape[1] - columns.stop, seed)
    return stack(band, start, rows.start, cloth, last + 1 - first)


def _whole_grid(seen, level, bounding):
    rows, columns = seen.rows // BLOCK, seen.columns // BLOCK
    if not bounding:
        around = int(ENDING * min(rows, columns)) * BLOCK
        return seen.widened(max(around, TILE), max(around, TILE))
    half = (rows + columns) / 4
    up = max(0.0, np.sqrt(half * half + (MOST_BLOCKS - rows * columns) / 4) - half)
    if not level:
        up = min(up, rows)
    right = max(0.0, (MOST_BLOCKS / (rows + 2 * up) - columns) / 2)
    if level:
        right = up
    return seen.widened(max(int(up) * BLOCK, TILE), max(int(right) * BLOCK, TILE))


def _lean(exemplar, grid, shift):
    """The lean of the columns that were seen, which settles at what is usual beside them."""
    lean = block_means(np.repeat(exemplar.lean[None, :, None], TILE, 0),
                       np.ones((TILE, exemplar.grid.columns), bool), TILE)[0][0, :, 0]
    before = -shift[1] // TILE
    after = grid.columns // TILE - before - lean.size
    away = np.maximum(0, np.abs(np.arange(-before, lean.size + after) - (lean.size - 1) / 2)
                      - (lean.size - 1) / 2)
    usual = np.median(lean)
    left = 1 / (1 + (away / SETTLED) ** 2)
    return (usual + left * (np.pad(lean, (before, after), mode='edge') - usual)).astype(np.float32)


def _smooth_part(colour, known, grid, shift, sigma):
    mean, share = block_means(np.where(known[..., None], colour, np.float32(0)), known, TILE)
    whole = np.zeros((grid.rows // TILE, grid.columns // TILE, 3), np.float32)
    weight = np.zeros(whole.shape[:2], np.float32)
    row, column = -shift[0] // TILE, -shift[1] // TILE
    whole[row:row + mean.shape[0], column:column + mean.shape[1]] = mean
    weight[row:row + mean.shape[0], column:column + mean.shape[1]] = share
    low = continued(whole, weight, sigma)
    usual = np.sum(whole * weight[..., None], (0, 1)) / max(float(weight.sum()), 1e-6)
    # what the rim happens to show says little about what is far from it
    return low + (1 - fading(weight > 0.25, USUAL)[..., None]) * (usual - low)


def _cloth(detail, known, material, level, covered):
    means, _ = block_means(detail, known, BLOCK)
    usable = block_means(detail, material, BLOCK)[1] > FULL
    if not covered:
        usable &= ~odd_blocks(means, usable, level)
    if not level:
        usable = whole_skirting(usable)
    return Cloth(np.ascontiguousarray(detail), known, np.ascontiguousarray(means), usable)


def _seen(grid, shift, known, usable):
    """What was seen is a piece that comes from its own place."""
    label = np.full((grid.rows // BLOCK, grid.columns // BLOCK), -1, np.int16)
    aside = np.zeros(label.shape, bool)
    full = cv2.resize(known.astype(np.float32), usable.shape[::-1],
                      interpolation=cv2.INTER_AREA) > FULL
    row, column = -shift[0] // BLOCK, -shift[1] // BLOCK
    window = (slice(row, row + full.shape[0]), slice(column, column + full.shape[1]))
    label[window] = np.where(full, 0, -1)
    aside[window] = full & ~usable
    return Pieces(label, np.zeros((1, 2), np.int32), np.ones(label.shape, np.float32)), aside


def _crisp(cloth):
    """The detail with the finest grain that was lost, and will be lost, in bilinear samples."""
    weight = cv2.blur(cloth.sharp.astype(np.float32), (3, 3))
    mean = cv2.blur(cloth.detail, (3, 3)) / np.maximum(weight, 1e-6)[..., None]
    return np.where(cloth.sharp[..., None],
                    cloth.detail + np.float32(CRISP) * (cloth.detail - mean), np.float32(0))


def _levelled(exemplar):
    """Relief without single outliers."""
    return cv2.medianBlur(exemplar.relief, 5)
