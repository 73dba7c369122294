# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Surface normals of a depth image, from the local planes of its inverse depth."""

import numpy as np
from numba import njit

from geo_world_model.errors import ImageError
from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.local_planes import fit_local_planes

#: A window whose inverse depth departs by more than this share from a plane is no surface.
_FLATNESS = np.float32(0.02)
#: Least sine between a surface and the ray that sees it.
_GRAZING = np.float32(1e-4)


def normals_from_depth(depth, camera, window=7):
    """
    Estimate unit normals that face the camera.

    depth (H, W) float32, metres, NaN or +Inf where there is no surface; camera: PinholeCamera of
    that size; window: odd, pixels. Returns (H, W, 3) float32 in the camera's frame, n . ray < 0.
    ImageError when depth is not of the camera's size.
    A plane n . X = 1 has the inverse depth n . ((u - cx) / fx, (v - cy) / fy, 1), so the slope of
    inverse depth is the normal. Windows that are not flat are tried again with half the size;
    where nothing fits, the pixel faces the camera (n = -ray).
    """
    depth = np.asarray(depth, np.float32)
    if depth.shape != (camera.height, camera.width):
        raise ImageError(f'depth of shape {depth.shape}: expected '
                         f'{(camera.height, camera.width)} as its camera')
    radius = max(1, window // 2)
    inverse = np.zeros(depth.shape, np.float32)
    np.divide(np.float32(1), depth, out=inverse, where=(depth > 0) & np.isfinite(depth))
    clean = (inverse > 0) & ~depth_edges(depth)
    x = ((np.arange(camera.width) - camera.cx) / camera.fx).astype(np.float32)
    y = ((np.arange(camera.height) - camera.cy) / camera.fy).astype(np.float32)
    normals = np.zeros(depth.shape + (3,), np.float32)
    settled = inverse == 0
    for size in dict.fromkeys((radius, max(1, radius // 2))):
        planes = fit_local_planes(inverse, clean, size)
        _settle(planes.value, planes.du, planes.dv, planes.residual, planes.determined, x, y,
                np.float32(camera.fx), np.float32(camera.fy), settled, normals)
    _face_camera(x, y, normals)
    return normals


@njit(nogil=True, cache=True, error_model='numpy')
def _settle(value, du, dv, residual, determined, x, y, fx, fy, settled, outward):
    """Take over the slopes of flat windows, not of unit length, where nothing is settled yet."""
    height, width = value.shape
    for i in range(height):
        for j in range(width):
            if settled[i, j] or not determined[i, j] or not residual[i, j] < _FLATNESS:
                continue
            a, b = du[i, j] * fx, dv[i, j] * fy
            least = _GRAZING * (abs(a) + abs(b)) + np.float32(1e-6)
            outward[i, j, 0], outward[i, j, 1] = a, b
            outward[i, j, 2] = max(value[i, j], least) - a * x[j] - b * y[i]
            settled[i, j] = True


@njit(nogil=True, cache=True, error_model='numpy')
def _face_camera(x, y, normals):
    """Outward directions to unit normals towards the camera; along the ray where there are none.
    """
    height, width = normals.shape[:2]
    for i in range(height):
        for j in range(width):
            a, b, c = normals[i, j]
            if a == 0 and b == 0 and c == 0:
                a, b, c = x[j], y[i], np.float32(1)
            length = -np.sqrt(a * a + b * b + c * c)
            normals[i, j, 0], normals[i, j, 1] = a / length, b / length
            normals[i, j, 2] = c / length
