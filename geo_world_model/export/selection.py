# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which points of a world leave it, and in what pieces."""

import numpy as np

from geo_world_model.datasets.cloud_points import CloudPoints
from geo_world_model.errors import ExportError
from geo_world_model.geometry.view import GENERATED, LIFTED, OBSERVED

#: Points that are brought into the form of a file at a time, 9 MB.
PIECE = 1 << 18
#: Bits a voxel's number has along each axis.
_BITS = 21


class Selection:
    """
    Live surface points of a cloud, in canonical order.

    provenances: of which kinds (1 observed, 2 lifted, 3 generated); voxel: metres, keep one point
    of each cube of this size, the most trusted and among those the first; None: all of them.
    ExportError when the voxels of the world cannot be numbered.
    """

    def __init__(self, cloud, provenances=(OBSERVED, LIFTED, GENERATED), voxel=None):
        self._cloud = cloud
        live = cloud.live_surfaces()
        self.live_count = live.size
        kind = cloud.surfaces.provenance[live]
        chosen = np.isin(kind, provenances)
        self.indices = live[chosen]
        if voxel is not None:
            self.indices = self.indices[_first_of_each_voxel(
                cloud.surfaces, self.indices, kind[chosen], voxel)]

    def __len__(self):
        return self.indices.size

    def counts(self):
        """Return the number of points by provenance."""
        counts = np.bincount(self._cloud.surfaces.provenance[self.indices], minlength=4)
        return {name: int(counts[number]) for name, number in
                (('observed', OBSERVED), ('lifted', LIFTED), ('generated', GENERATED))}

    def pieces(self, size=PIECE):
        """Yield CloudPoints of at most `size` points."""
        points = self._cloud.surfaces
        for start in range(0, self.indices.size, size):
            index = self.indices[start:start + size]
            rgb = points.record['colour'][index]
            yield CloudPoints(
                np.stack([points.x[index], points.y[index], points.z[index]], 1),
                self._cloud.world_normals(index),
                np.stack([rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255], 1).astype(np.uint8),
                points.provenance[index], points.operation[index])

    def __str__(self):
        return f'{self.indices.size} of {self.live_count} live points'


def _first_of_each_voxel(points, indices, provenance, voxel):
    """Positions in `indices` of the points that are kept, (M,) ascending."""
    if not np.isfinite(voxel) or voxel <= 0:
        raise ExportError(f'voxels of {voxel} m: expected a positive number of metres')
    number = np.zeros(indices.size, np.int64)
    for axis in (points.x, points.y, points.z):
        cell = np.floor(axis[indices] / np.float64(voxel)).astype(np.int64)
        if cell.size:
            cell -= cell.min()
            if cell.max() >> _BITS:
                raise ExportError(f'voxels of {voxel} m are too small for a world of '
                                  f'{cell.max() * voxel:.0f} m; nothing was written')
        number = number << _BITS | cell
    trusted_first = np.argsort(provenance, kind='stable')
    _, first = np.unique(number[trusted_first], return_index=True)
    return np.sort(trusted_first[first])
