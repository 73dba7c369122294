# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Which plane each known pixel lies on."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_world_model.generators.structure.detection import NOISE, ROUGHNESS
from geo_world_model.generators.structure.plane import Plane, WALL
from geo_world_model.generators.structure.plane_map import RELIEF
from geo_world_model.geometry.view import View

#: Distance in tolerances, and bend of the surface, that a pixel may differ from its plane.
LOOSE, UNLIKE = 1.5, 1.6


def label_known(view: View, normals: np.ndarray, planes: list[Plane],
                scale: float) -> np.ndarray:
    """(H, W) int16: index of the plane that each known pixel lies on, -1 for none.

    normals: (H, W, 3) float32, camera frame. What lies just behind or before a wall, within its
    extent, is its relief and takes its label: the books and backs of a shelf.
    """
    label = np.full(view.depth.shape, -1, np.int16)
    if not planes:
        return label
    matrix = view.pose.matrix
    turned = [plane.seen_by(matrix) for plane in planes]
    normal, offset = np.array([n for n, _ in turned]), np.array([d for _, d in turned])
    frame, low, high = (np.zeros((len(planes), size)) for size in (8, 2, 2))
    relief = np.zeros(len(planes), np.bool_)
    for index, plane in enumerate(planes):
        if plane.kind == WALL and plane.bounding and len(plane.support):
            relief[index] = True
            low[index], high[index] = plane.extent()
            for k, axis in enumerate(plane.axes):
                frame[index, 4 * k:4 * k + 3] = np.einsum('rc,r->c', matrix[:3, :3], axis)
                frame[index, 4 * k + 3] = np.sum(axis * matrix[:3, 3])
    camera = view.camera
    _label(view.depth, normals, np.array([camera.fx, camera.fy, camera.cx, camera.cy]), normal,
           offset, relief, frame, low, high, np.float32(scale), label)
    return label


@njit(nogil=True, cache=True, error_model='numpy')
def _label(depth, normals, lens, normal, offset, relief, frame, low, high, scale, label):
    height, width = depth.shape
    for i in range(height):
        for j in range(width):
            z = depth[i, j]
            if not 0 < z < np.inf:
                continue
            x, y = z * ((j - lens[2]) / lens[0]), z * ((i - lens[3]) / lens[1])
            a, b, c = normals[i, j, 0], normals[i, j, 1], normals[i, j, 2]
            tolerance = LOOSE * (NOISE * z + ROUGHNESS * scale)
            best, chosen = UNLIKE, -1
            for k in range(offset.size):
                off = abs(normal[k, 0] * x + normal[k, 1] * y + normal[k, 2] * z + offset[k])
                score = (off / tolerance + 1
                         - (normal[k, 0] * a + normal[k, 1] * b + normal[k, 2] * c))
                if score < best:
                    best, chosen = score, k
            if chosen < 0:
                chosen = _wall_behind(x, y, z, normal, offset, relief, frame, low, high, scale)
            label[i, j] = chosen


@njit(inline='always')
def _wall_behind(x, y, z, normal, offset, relief, frame, low, high, scale):
    nearest, chosen = np.inf, -1
    for k in range(offset.size):
        if not relief[k]:
            continue
        off = normal[k, 0] * x + normal[k, 1] * y + normal[k, 2] * z + offset[k]
        if RELIEF[0] * scale < off < RELIEF[1] * scale and abs(off) < nearest:
            u = frame[k, 0] * x + frame[k, 1] * y + frame[k, 2] * z + frame[k, 3]
            v = frame[k, 4] * x + frame[k, 5] * y + frame[k, 6] * z + frame[k, 7]
            if low[k, 0] <= u <= high[k, 0] and low[k, 1] <= v <= high[k, 1]:
                nearest, chosen = abs(off), k
    return chosen
