# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which points of a world leave it, and in what pieces."""

import numpy as np

from geo_world_model.cache.blocks import PLACE, RECORD, RETIRED
from geo_world_model.datasets.cloud_points import CloudPoints
from geo_world_model.export.voxels import Voxels
from geo_world_model.geometry.view import GENERATED, LIFTED, OBSERVED

#: Points that are brought into the form of a file at a time, 9 MB.
PIECE = 1 << 18


class Selection:
    """
    Live surface points of a cloud, in canonical order.

    provenances: of which kinds (1 observed, 2 lifted, 3 generated); voxel: metres, keep one point
    of each cube of this size, the most trusted and among those the first; None: all of them.
    The cloud is gone through by parts, once here and once for the pieces, and must not grow
    meanwhile; of all points together only the kept ones of voxels are in memory, 17 bytes each.
    ExportError when the voxels of the world cannot be numbered.
    """

    def __init__(self, cloud, provenances=(OBSERVED, LIFTED, GENERATED), voxel=None):
        self._cloud, self._provenances, self._kept = cloud, provenances, None
        self.live_count = 0
        points, counts = cloud.surfaces, np.zeros(4, np.int64)
        voxels = None if voxel is None else Voxels(points.chunk_box, voxel)
        for live in cloud.live_parts((RECORD, RETIRED) if voxel is None
                                     else (PLACE, RECORD, RETIRED)):
            self.live_count += live.size
            chosen, kind = self._chosen(live)
            counts += np.bincount(kind, minlength=4)
            if voxels is not None:
                voxels.add(chosen, kind, points.x[chosen], points.y[chosen], points.z[chosen])
        if voxels is not None:
            self._kept, kind = voxels.kept()
            counts = np.bincount(kind, minlength=4)
        self._counts = counts

    def __len__(self):
        return int(self._counts.sum())

    def counts(self):
        """Return the number of points by provenance."""
        return {name: int(self._counts[number]) for name, number in
                (('observed', OBSERVED), ('lifted', LIFTED), ('generated', GENERATED))}

    def pieces(self, size=PIECE):
        """Yield CloudPoints of at most `size` points."""
        for live in self._cloud.live_parts():
            if self._kept is None:
                chosen, _ = self._chosen(live)
            else:
                first, last = np.searchsorted(self._kept, [live[0], live[-1] + 1]) \
                    if live.size else (0, 0)
                chosen = self._kept[first:last]
            for start in range(0, chosen.size, size):
                yield self._piece(chosen[start:start + size])

    def _chosen(self, live):
        """Which of some points are of the right kind, and their kinds."""
        kind = self._cloud.surfaces.provenance[live]
        chosen = np.isin(kind, self._provenances)
        return live[chosen], kind[chosen]

    def _piece(self, index):
        points = self._cloud.surfaces
        rgb = points.record['colour'][index]
        return CloudPoints(
            np.stack([points.x[index], points.y[index], points.z[index]], 1),
            self._cloud.world_normals(index),
            np.stack([rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255], 1).astype(np.uint8),
            points.provenance[index], points.operation[index])

    def __str__(self):
        return f'{len(self)} of {self.live_count} live points'
