# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The unknown part of a view, thinned to one pixel a block, and means over neighbouring blocks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

STEP = 4


@dataclass(frozen=True, eq=False)
class Blocks:
    """row, column: (N,) int64, one unknown pixel of each block of 4x4 pixels that holds any.
    block: (M,) int64, the block of each unknown pixel. cell: (N,) int64, flat index of a block in
    the grid of `shape`."""

    row: np.ndarray
    column: np.ndarray
    block: np.ndarray
    cell: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def of(cls, unknown: np.ndarray) -> Blocks:
        """Blocks of a mask (H, W) bool."""
        shape = tuple((size + STEP - 1) // STEP for size in unknown.shape)
        row, column = np.nonzero(unknown)
        cell, first, block = np.unique(row // STEP * shape[1] + column // STEP,
                                       return_index=True, return_inverse=True)
        # its middle speaks for a block, where that is unknown
        above, left = np.divmod(cell, shape[1])
        middle_row = np.minimum(above * STEP + STEP // 2, unknown.shape[0] - 1)
        middle_column = np.minimum(left * STEP + STEP // 2, unknown.shape[1] - 1)
        middle = unknown[middle_row, middle_column]
        return cls(np.where(middle, middle_row, row[first]),
                   np.where(middle, middle_column, column[first]), block.reshape(-1), cell, shape)

    def mean(self, values: np.ndarray, share: float) -> np.ndarray:
        """Gaussian mean of (N,) values over the blocks around each; (N,) float32.

        share: standard deviation, as a share of the grid's width.
        """
        sigma = max(share * self.shape[1], 0.5)
        total, mass = (cv2.GaussianBlur(self._grid(part), (0, 0), sigma).reshape(-1)[self.cell]
                       for part in (values, 1))
        return total / np.maximum(mass, np.float32(1e-6))

    def most_frequent(self, label: np.ndarray, share: float) -> np.ndarray:
        """The label (N,) that most of the blocks around each carry; labels are -1 or more."""
        best, result = np.zeros(label.size, np.float32), label.copy()
        for index in np.unique(label):
            often = self.mean((label == index).astype(np.float32), share)
            more = often > best
            best[more], result[more] = often[more], index
        return result

    def nodes(self) -> np.ndarray:
        """(h, w) int32: index of the block at each cell of the grid, -1 where nothing is unknown.
        """
        grid = np.full(self.shape[0] * self.shape[1], -1, np.int32)
        grid[self.cell] = np.arange(self.cell.size)
        return grid.reshape(self.shape)

    def beside(self, image: np.ndarray) -> np.ndarray:
        """What an image (H, W) float32 shows beside each block: to its right, left, below and
        above, two pixels from its border; (4, N) float32, NaN outside the picture."""
        reach = STEP + 1
        padded = np.pad(image, (reach, reach + STEP), constant_values=np.nan)
        row, column = np.divmod(self.cell, self.shape[1])
        # of the upper left pixel of the block in the padded picture
        row, column = row * STEP + reach, column * STEP + reach
        middle = STEP // 2
        return np.stack([padded[row + middle, column + STEP + 1],
                         padded[row + middle, column - 2],
                         padded[row + STEP + 1, column + middle],
                         padded[row - 2, column + middle]])

    def _grid(self, values):
        grid = np.zeros(self.shape[0] * self.shape[1], np.float32)
        grid[self.cell] = values
        return grid.reshape(self.shape)
