# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Surface normals of a depth image, from the local planes of its inverse depth."""

import cv2
import numpy as np

from geo_world_model.errors import ImageError
from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.local_planes import fit_local_planes
from geo_world_model.geometry.strips import by_strips

#: A window whose inverse depth departs by more than this share from a plane is no surface.
_FLATNESS = 0.02
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
    x = ((np.arange(camera.width) - camera.cx) / camera.fx).astype(np.float32)[None]
    y = ((np.arange(camera.height) - camera.cy) / camera.fy).astype(np.float32)[:, None]
    focal = np.float32(camera.fx), np.float32(camera.fy)
    normals, = by_strips(lambda *strips: (_normals(*strips, x, focal, radius),), radius,
                         inverse, clean, y)
    return normals


def _normals(inverse, clean, y, x, focal, radius):
    outward = [np.broadcast_to(part, inverse.shape).copy() for part in (x, y, np.float32(1))]
    settled = inverse == 0
    for size in dict.fromkeys((radius, max(1, radius // 2))):
        planes = fit_local_planes(inverse, clean, size)
        good = planes.determined & (planes.residual < _FLATNESS) & ~settled
        a, b = planes.du * focal[0], planes.dv * focal[1]
        least = _GRAZING * (np.abs(a) + np.abs(b)) + np.float32(1e-6)
        c = np.maximum(planes.value, least) - a * x - b * y
        for target, component in zip(outward, (a, b, c), strict=True):
            cv2.copyTo(component, good.view(np.uint8), target)
        settled |= good
    a, b, c = outward
    length = np.sqrt(a * a + b * b + c * c)
    return cv2.merge([a / -length, b / -length, c / -length])
