# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How thick the surfaces of a cloud are, against frames that it has not seen."""

import numpy as np

from geo_world_model.geometry.normals import normals_from_depth

_BLOCK = 8
_FEWEST = 16
#: Points this near to the measured surface belong to it (m); more than the second is a second one.
_NEAR, _DOUBLE = 0.10, 0.03


def surface_layers(cloud, recording, frames):
    """
    Return `thickness_mm` and `double`.

    Blocks of 8x8 pixels that see one surface from less than 60 degrees: the median over blocks of
    the span from the 10th to the 90th percentile of their points, along the surface's normal, and
    the share of blocks where the 5th to the 95th is wider than 3 cm.
    """
    points = cloud.surfaces
    live = cloud.live_surfaces()
    place = np.stack([points.x[live], points.y[live], points.z[live]], 1).astype(np.float64)
    camera, spans, wide = recording.camera, [], []
    for frame in frames:
        matrix = np.linalg.inv(recording.pose(frame).matrix)
        depth = recording.depth(frame)
        rays = camera.rays() / np.linalg.norm(camera.rays(), axis=-1, keepdims=True)
        facing = -np.sum(normals_from_depth(depth, camera) * rays, -1)
        uv, z = camera.project(place @ matrix[:3, :3].T + matrix[:3, 3])
        with np.errstate(invalid='ignore'):
            column, row = np.floor(uv + 0.5).T
            inside = (z > 0.1) & (column >= 0) & (column < camera.width) & (row >= 0) & (
                row < camera.height)
        column, row, z = (a[inside] for a in (column, row, z))
        column, row = column.astype(int), row.astype(int)
        with np.errstate(invalid='ignore'):
            apart = (z - depth[row, column]) * facing[row, column]
            on = (np.abs(apart) < _NEAR) & (facing[row, column] > 0.5)
        block = (row[on] // _BLOCK) * -(-camera.width // _BLOCK) + column[on] // _BLOCK
        order = np.argsort(block, kind='stable')
        block, apart = block[order], apart[on][order]
        first = np.flatnonzero(np.append(True, block[1:] != block[:-1]))
        for values in np.split(apart, first[1:]):
            if values.size >= _FEWEST:
                p5, p10, p90, p95 = np.percentile(values, [5, 10, 90, 95])
                spans.append(p90 - p10)
                wide.append(p95 - p5 > _DOUBLE)
    return {'thickness_mm': round(1e3 * float(np.median(spans)), 2),
            'double': round(float(np.mean(wide)), 4)}
