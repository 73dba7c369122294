# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pluecker rays: the pixels of a camera as lines in the world."""

import numpy as np


def plucker_rays(camera, pose):
    """
    Pluecker coordinates of every pixel's ray in the world frame.

    Returns (H, W, 6) float32: unit direction, then moment = centre x direction (metres).
    """
    m = pose.matrix
    direction = camera.rays() @ m[:3, :3].T
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    moment = np.cross(np.broadcast_to(m[:3, 3], direction.shape), direction)
    return np.concatenate([direction, moment], -1).astype(np.float32)
