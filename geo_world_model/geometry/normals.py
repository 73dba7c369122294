# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Surface normals of a depth image, from the local planes of its inverse depth."""

import numpy as np

from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.local_planes import fit_local_planes

#: A window whose inverse depth departs by more than this share from a plane is no surface.
_FLATNESS = 0.02


def normals_from_depth(depth, camera, radius=3):
    """
    Estimate unit normals that face the camera.

    depth (H, W) float32, metres, NaN or +Inf where there is no surface; camera: PinholeCamera;
    radius of the window, pixels. Returns (H, W, 3) float32 in the camera's frame, n . ray < 0.
    A plane n . X = 1 has the inverse depth n . ((u - cx) / fx, (v - cy) / fy, 1), so the slope of
    inverse depth is the normal. Windows that are not flat are tried again with half the radius;
    where nothing fits the pixel faces the camera.
    """
    rays = camera.rays()
    valid = np.isfinite(depth) & (depth > 0)
    with np.errstate(divide='ignore', invalid='ignore'):
        inverse = np.where(valid, 1.0 / np.asarray(depth, np.float64), 0.0)
    clean = valid & ~depth_edges(np.where(valid, depth, np.nan))
    outward = rays.copy()
    settled = ~valid
    for size in (radius, max(1, radius // 2)):
        planes = fit_local_planes(inverse, clean, size)
        good = planes.determined & (planes.residual < _FLATNESS) & ~settled
        a, b = planes.du * camera.fx, planes.dv * camera.fy
        value = np.maximum(planes.value, 1e-6)
        c = value - a * rays[..., 0] - b * rays[..., 1]
        for k, component in enumerate((a, b, c)):
            outward[..., k] = np.where(good, component, outward[..., k])
        settled |= good
    length = np.sqrt((outward ** 2).sum(-1, keepdims=True))
    return np.ascontiguousarray(-outward / length).astype(np.float32)
