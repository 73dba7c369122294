# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The named peers of every lifter: depth that needs no look at the photograph."""

import numpy as np

#: Horizontal range of what stands at the horizon, metres: as far as `ground_plane` looks.
HORIZON = 20.0


def constant_depth(truth):
    """Depth (H, W) float32 of a plane across the view at the median of the measured truth."""
    measured = truth[np.isfinite(truth)]
    middle = np.median(measured) if measured.size else 1.0
    return np.full(truth.shape, middle, np.float32)


def floor_depth(view, ground):
    """
    Depth (H, W) float32 of a View that shows nothing but floor, and a wall at the horizon.

    ground: world z of the floor, metres. The wall stands all around at HORIZON; a camera at or
    below the ground sees only the wall.
    """
    matrix = view.pose.matrix
    rays = view.camera.rays() @ matrix[:3, :3].T
    with np.errstate(divide='ignore'):
        wall = HORIZON / np.hypot(rays[..., 0], rays[..., 1])
        floor = (ground - matrix[2, 3]) / rays[..., 2]
    return np.where(floor > 0, np.minimum(floor, wall), wall).astype(np.float32)
