# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pages that the next view will need are asked for while the camera is still on its way."""

import threading

import numpy as np

from geo_world_model.cache import culling
from geo_world_model.cache.blocks import BLOCK
from geo_world_model.cache.chunks import GROUP
from geo_world_model.cache.footprint import NEAR, REACH
from geo_world_model.cache.renderer import projection
from geo_world_model.errors import PoseError
from geo_world_model.geometry.pose import Pose

#: Chunks that are asked for at most, the nearest ones: what lies behind them is mostly hidden.
_MOST = 512
#: Chunks that are culled at once, few enough for one thread: the others belong to the renderer.
_PART = 63 * GROUP
_JUMP = 2.0


def extrapolate(before, now):
    """Return the pose after two others if the camera goes on as it did; None when it jumped."""
    step = np.linalg.inv(before.matrix) @ now.matrix
    if np.abs(step[:3, 3]).max() > _JUMP:
        return None
    try:
        return Pose.from_matrix(now.matrix @ step)
    except PoseError:
        return None


class Foresight:
    """A thread that asks for pages; it changes nothing but when they arrive."""

    def __init__(self):
        self._before = None
        self._next = None
        self._closed = False
        self._wake = threading.Event()
        self._thread = None

    def moved(self, cloud, camera, pose, version):
        """A view of a PointCloud was shown: think of the next one."""
        before, self._before = self._before, pose
        if before is None or before == pose or not cloud.surfaces.is_in_files:
            return
        self._next = cloud.surfaces, camera, before, pose, version
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._wake.set()

    def close(self):
        """Stop."""
        self._closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self):
        while self._wake.wait() and not self._closed:
            self._wake.clear()
            task, self._next = self._next, None
            if task is not None:
                ask_ahead(*task)
            del task


def ask_ahead(points, camera, before, now, version):
    """Ask for the blocks of PointArrays that the view after `before` and `now` will read first."""
    pose = extrapolate(before, now)
    if pose is None:
        return
    P = projection(camera, pose)
    groups, retired = points.chunk_groups, points.chunk_retired
    box, start = points.chunk_box, points.chunk_start
    found = []
    # points may be added meanwhile, to one table after the other
    total = min(len(groups) * GROUP, len(retired), len(box), len(start) - 1)
    for first in range(0, total, _PART):
        part = slice(first, min(first + _PART, total))
        out = np.empty((len(box[part]), 6), np.int32)
        count = culling.visible_chunks(groups[first // GROUP:], box[part], len(out),
                                       retired[part], np.uint32(version), P, NEAR,
                                       camera.width + 2 * REACH, camera.height + 2 * REACH, 1, out)
        out[:count, culling.CHUNK] += first
        found.append(out[:count])
    visible = np.concatenate(found) if found else np.empty((0, 6), np.int32)
    nearest = np.argsort(visible[:, culling.NEAREST], kind='stable')[:_MOST]
    chunks = visible[nearest, culling.CHUNK]
    points.fetch(np.unique(np.concatenate([start[chunks], start[chunks + 1] - 1]) // BLOCK))
