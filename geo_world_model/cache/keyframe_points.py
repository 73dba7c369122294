# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Where the pixels of a keyframe lie in the world, and how they lie there."""

import numpy as np

from geo_world_model.cache.depth_code import decode_depth
from geo_world_model.cache.footprint import lay_pixels, unproject_pixels
from geo_world_model.cache.normal_code import NORMALS


def unproject(camera, pose, pixels, depth_code):
    """
    World positions of pixels by their committed depth.

    pixels (N,) int64 flat indices; depth_code (H * W,) uint16. Returns (3, N) float32: metres,
    or a unit direction where the code says unbounded.
    """
    row, column = np.divmod(pixels, camera.width)
    matrix = pose.matrix
    out = np.empty((3, pixels.size), np.float32)
    unproject_pixels(column.astype(np.int32), row.astype(np.int32),
                     decode_depth(depth_code[pixels]),
                     np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
                     np.ascontiguousarray(matrix[:3, :3]), np.ascontiguousarray(matrix[:3, 3]),
                     out)
    return out


def lay(camera, pose, pixels, depth_code, normal):
    """
    Packed tangents of pixels by their committed depth and normal.

    pixels (N,) int64 flat indices; depth_code (H * W,) uint16; normal (N,) uint16. Returns
    (3, N) uint32, as footprint.pack_tangents makes them.
    """
    row, column = np.divmod(pixels, camera.width)
    out = np.empty((3, pixels.size), np.uint32)
    lay_pixels(column.astype(np.int32), row.astype(np.int32), decode_depth(depth_code[pixels]),
               normal, NORMALS, np.array([camera.fx, camera.fy, camera.cx, camera.cy]),
               np.ascontiguousarray(pose.matrix[:3, :3]), out)
    return out
