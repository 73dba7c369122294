# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a measured view does to the points that were there before."""

import numpy as np

from geo_world_model.cache.depth_code import decode_depth

#: A point this share behind a measured surface is still on it.
_SAME_SURFACE = 1.03


def contradicted_points(cloud, keyframe):
    """
    Find the live points that a new seed disproves: less trusted, on its surfaces or before them.

    cloud: PointCloud; keyframe: Keyframe. Returns (R, 2) uint32: index among the surfaces, 0.
    """
    points = cloud.surfaces
    live = cloud.live_surfaces()
    matrix = np.linalg.inv(keyframe.pose.matrix)
    xyz = np.stack([points.x[live], points.y[live], points.z[live]], 1).astype(np.float64)
    uv, z = keyframe.camera.project(xyz @ matrix[:3, :3].T + matrix[:3, 3])
    with np.errstate(invalid='ignore'):
        column, row = np.floor(uv + 0.5).T
        inside = ((z > 0) & (column >= 0) & (column < keyframe.camera.width) & (row >= 0)
                  & (row < keyframe.camera.height))
    live, z = live[inside], z[inside]
    row, column = row[inside].astype(np.int64), column[inside].astype(np.int64)
    surface = decode_depth(keyframe.depth_code[row, column])
    trust = keyframe.provenance[row, column]
    gone = (trust > 0) & (points.provenance[live] > trust) & (z < surface * _SAME_SURFACE)
    return np.stack([live[gone], np.zeros(gone.sum())], 1).astype(np.uint32)
