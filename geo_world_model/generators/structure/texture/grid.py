# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The cells of a plane: their indices are the same in every view of the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from geo_world_model.generators.structure.plane import Plane
from geo_world_model.generators.structure.texture.source import Source
from geo_world_model.geometry.view import View

#: Cells along the side of a block: textures are grown in blocks, and copied cell by cell. It is
#: compiled into the kernels of other files: empty numba's cache after a change.
BLOCK = 6
#: Cells along the side of a tile, on which the smooth part is kept; grids begin and end at tiles.
TILE = 4 * BLOCK
#: Cells of the part of a plane that is copied from, at most.
MOST_CELLS = 140_000
#: Quantile of the pixels' footprints that a cell is as large as, and how many times larger a
#: footprint may be: what was seen from afar or at a grazing angle is too soft to copy.
FINEST, COARSEST = 0.15, 3.0
#: Times nearer or farther than the plane that a pixel may be and still show the plane.
FARTHER = 1.5
#: Metres along a plane that a ray may go for each metre that it is over it.
STEEPEST = 3.0
#: Pixels looked at in a source to find where a plane lies.
SAMPLES = 4000


@dataclass(frozen=True)
class Grid:
    """Cell (i, j) of (rows, columns) covers (row + i .. + 1) * cell along the plane's up, and
    (column + j .. + 1) * cell along its right. cell: metres."""

    cell: float
    row: int
    column: int
    rows: int
    columns: int

    @classmethod
    def covering(cls, cell: float, low, high) -> Grid:
        """The smallest grid of whole tiles around low..high, each (right, up) in metres."""
        first = np.floor(np.asarray(low) / (cell * TILE)).astype(int)
        last = np.maximum(np.ceil(np.asarray(high) / (cell * TILE)).astype(int), first + 1)
        column, row = (first * TILE).tolist()
        columns, rows = ((last - first) * TILE).tolist()
        return cls(cell, row, column, rows, columns)

    def widened(self, rows: int, columns: int) -> Grid:
        """The grid with so many more cells, rounded to tiles, at each of its sides."""
        up, right = rows // TILE * TILE, columns // TILE * TILE
        return Grid(self.cell, self.row - up, self.column - right, self.rows + 2 * up,
                    self.columns + 2 * right)


def meet_plane(view: View, depth: np.ndarray, plane: Plane, row: np.ndarray, column: np.ndarray):
    """Where the rays of pixels meet a plane: right and up (N, 2), the side of the patch that each
    pixel shows (N,), and how far the rays go along the plane for each metre that they are over it
    (N, 2); float64, metres.

    depth: (N,) float32, metres, of the pixels: what lies far from the plane, or is seen along it,
    is dropped upright onto it instead.
    """
    camera, pose = view.camera, view.pose.matrix
    right, up = plane.axes
    where, side, drift = (np.zeros((len(row), 2)), np.empty(len(row)), np.zeros((len(row), 2)))
    _meet(row, column, depth.astype(np.float64),
          np.array([camera.fx, camera.fy, camera.cx, camera.cy]), pose, plane.normal,
          float(plane.offset), right, up, where, side, drift)
    return where, side, drift


@njit(nogil=True, cache=True, error_model='numpy')
def _meet(row, column, depth, lens, pose, normal, offset, right, up, where, side, drift):
    toward, axes, start = np.zeros(3), np.zeros((2, 3)), np.zeros(2)
    distance = offset
    for r in range(3):
        distance += normal[r] * pose[r, 3]
        start[0] += right[r] * pose[r, 3]
        start[1] += up[r] * pose[r, 3]
        for c in range(3):
            toward[c] += pose[r, c] * normal[r]
            axes[0, c] += pose[r, c] * right[r]
            axes[1, c] += pose[r, c] * up[r]
    distance = abs(distance)
    for n in range(row.size):
        x, y = (column[n] - lens[2]) / lens[0], (row[n] - lens[3]) / lens[1]
        rise = x * toward[0] + y * toward[1] + toward[2]
        slant = abs(rise)
        away = distance / max(slant, 1e-9)
        z = depth[n]
        if away < FARTHER * z and FARTHER * away > z:
            z = away
            for k in range(2):
                along = (x * axes[k, 0] + y * axes[k, 1] + axes[k, 2]) / rise
                drift[n, k] = min(max(along, -STEEPEST), STEEPEST)
        for k in range(2):
            where[n, k] = z * (x * axes[k, 0] + y * axes[k, 1] + axes[k, 2]) + start[k]
        side[n] = z / np.sqrt(lens[0] * lens[1] * max(slant, 1e-3))


def choose_grid(plane: Plane, index: int, sources: tuple[Source, ...]) -> Grid | None:
    """The grid of what the sources show sharply of a plane; None when they show nothing.

    Its cells are a power of the square root of two, in metres, so that grids that are made from
    slightly different pictures have the same cells.
    """
    seen = []
    for source in sources:
        pixels = np.flatnonzero(source.shows(index))
        pixels = pixels[::max(1, pixels.size // SAMPLES)]
        row, column = np.divmod(pixels, source.view.camera.width)
        seen.append(meet_plane(source.view, source.view.depth[row, column], plane, row,
                               column)[:2])
    where, size = (np.concatenate(parts) for parts in zip(*seen))
    if size.size < 16 or not np.isfinite(where).all():
        return None
    finest = np.quantile(size, FINEST)
    sharp = where[size <= COARSEST * finest]
    low, high = np.quantile(sharp, 0.003, axis=0), np.quantile(sharp, 0.997, axis=0)
    needed = max(finest, float(np.sqrt(np.prod(high - low) / MOST_CELLS)),
                 float(np.max(high - low)) / 2000)
    if not 1e-9 < needed < 1e9 or np.abs(where).max() / needed > 1e8:
        return None
    return Grid.covering(2 ** (np.round(2 * np.log2(needed)) / 2), low, high)
