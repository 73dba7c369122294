# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the world looks like today from every place from which something entered it."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import UNKNOWN

#: Larger side of a view, pixels, up to which it is drawn finer than its keyframe was.
FINEST = 1280


@dataclass(frozen=True, eq=False)
class SurfaceView:
    """
    Surfaces that one camera sees.

    rgb (H, W, 3) uint8; depth (H, W) float32, metres along the optical axis, 0: none.
    """

    camera: PinholeCamera
    pose: Pose
    rgb: np.ndarray
    depth: np.ndarray


class KeyframeViews:
    """
    Renderings at the poses of the keyframes in effect, each camera and pose once, in log order.

    Renderings and not what was committed: they are whole, and retired points are gone from them.
    provenances: what is kept of them. reach: metres, farther surfaces are left out.
    """

    def __init__(self, cache, provenances, reach):
        self._cache = cache
        self._provenances = [kind for kind in provenances if kind != UNKNOWN]
        self._reach = reach
        self._places = list(dict.fromkeys(
            (operation.keyframe.camera, operation.keyframe.pose)
            for number in cache.keyframe_poses for operation in cache.log.operations(number)))

    def __len__(self):
        return len(self._places)

    def view(self, index, finer=1.0):
        """Return one SurfaceView; finer: of so many times as many pixels a side, up to FINEST."""
        camera, pose = self._places[index]
        finer = max(1.0, min(finer, FINEST / max(camera.width, camera.height)))
        if finer > 1.0:
            camera = camera.scaled(round(camera.width * finer), round(camera.height * finer))
        rendering = self._cache.render(camera, pose)
        depth = np.where(np.isfinite(rendering.depth), rendering.depth, np.float32(0))
        dropped = (rendering.provenance > 0) & ~np.isin(rendering.provenance, self._provenances)
        depth = _without_cracks(depth, rendering.provenance == UNKNOWN)
        return SurfaceView(camera, pose, rendering.rgb,
                           np.where(dropped | (depth >= self._reach), np.float32(0), depth))

    def __iter__(self):
        return (self.view(index) for index in range(len(self)))


def _without_cracks(depth, unknown):
    """
    Close rows and columns of at most two unknown pixels between pixels of one surface.

    depth (H, W) float32, 0: none; unknown (H, W) bool. A magnified view of a floor seen at a
    grazing angle has some, and a grid of voxels would have a hole there.
    """
    row, column = np.nonzero(unknown[2:-2, 2:-2])
    row, column = row + 2, column + 2
    closed = depth.copy()
    for down, right in ((1, 0), (0, 1)):
        for before, after in ((1, 1), (1, 2), (2, 1)):
            one = depth[row - before * down, column - before * right]
            other = depth[row + after * down, column + after * right]
            same = (one > 0) & (other > 0) & (np.abs(one - other) < 0.05 * one)
            same &= closed[row, column] == 0
            closed[row[same], column[same]] = (one[same] + other[same]) / 2
    return closed
