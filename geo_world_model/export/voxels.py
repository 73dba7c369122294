# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One point of each cube of space, from a cloud that comes in parts."""

import numpy as np

from geo_world_model.errors import ExportError

#: Bits a voxel's number has along each axis.
_BITS = 21
#: Relative error of the float32 numbers of a box, generously.
_ROUNDING = 4e-7


class Voxels:
    """
    Keeps of each voxel the most trusted point, and among those the first.

    boxes (C, 6): centre and half extent of boxes around all points, metres; size: of a voxel,
    metres. ExportError when voxels of this size cannot be numbered.
    """

    def __init__(self, boxes, size):
        if not np.isfinite(size) or size <= 0:
            raise ExportError(f'voxels of {size} m: expected a positive number of metres')
        self._size = np.float64(size)
        boxes = boxes.astype(np.float64)
        centre, half = boxes[:, :3], boxes[:, 3:]
        # far from the origin a box was rounded by more than its margin
        half = half + _ROUNDING * (np.abs(centre) + half)
        low = (centre - half).min(0, initial=np.inf)
        high = (centre + half).max(0, initial=-np.inf)
        self._first = np.floor(low / self._size) if len(boxes) else np.zeros(3)
        count = np.floor(high / self._size) - self._first if len(boxes) else np.zeros(3)
        if count.max() >= 1 << _BITS:
            raise ExportError(f'voxels of {size} m are too small for a world of '
                              f'{(high - low).max():.0f} m; nothing was written')
        self._number, self._index = np.empty(0, np.int64), np.empty(0, np.int64)
        self._kind = np.empty(0, np.uint8)

    def add(self, index, kind, x, y, z):
        """
        Take up points behind all that were taken up before.

        index (N,) int64, rising; kind (N,) uint8: the less the more trusted; x, y, z (N,) float32
        metres.
        """
        number = np.zeros(len(index), np.int64)
        for axis, first in zip((x, y, z), self._first):
            # numpy 1 would divide in float32
            cell = np.floor(np.divide(axis, self._size, dtype=np.float64)) - first
            number = number << _BITS | cell.astype(np.int64)
        number = np.concatenate([self._number, number])
        index, kind = np.concatenate([self._index, index]), np.concatenate([self._kind, kind])
        # by voxel, then by trust; what came first stays before what came later
        order = np.lexsort((kind, number))
        chosen = order[np.flatnonzero(np.diff(number[order], prepend=-1))]
        self._number, self._index, self._kind = number[chosen], index[chosen], kind[chosen]

    def kept(self):
        """Return the kept points in rising order, (M,) int64, and their kinds, (M,) uint8."""
        order = np.argsort(self._index)
        return self._index[order], self._kind[order]
