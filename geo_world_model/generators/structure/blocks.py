# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The unknown part of a view, thinned to one pixel a block, and means over neighbouring blocks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

STEP = 2


@dataclass(frozen=True, eq=False)
class Blocks:
    """row, column: (N,) int64, one unknown pixel of each block of 2x2 pixels that holds any.
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
        return cls(row[first], column[first], block.reshape(-1), cell, shape)

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

    def _grid(self, values):
        grid = np.zeros(self.shape[0] * self.shape[1], np.float32)
        grid[self.cell] = values
        return grid.reshape(self.shape)
