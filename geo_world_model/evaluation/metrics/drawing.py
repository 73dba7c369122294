# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Points of posed views drawn into another view, one pixel a point."""

import numpy as np


def points_of(view):
    """
    World points of a view's finite depth.

    view: geometry.view.View. Returns xyz (N, 3) float64, metres, and rgb (N, 3) uint8.
    """
    known = np.isfinite(view.depth) & (view.depth > 0)
    seen = view.camera.rays()[known] * view.depth[known][:, None].astype(np.float64)
    matrix = view.pose.matrix
    return seen @ matrix[:3, :3].T + matrix[:3, 3], view.rgb[known]


def draw_points(points, colours, camera, pose):
    """
    Draw points into a camera: each into the nearest pixel, the nearest wins.

    points (N, 3) float, metres; colours (N, 3) uint8. Returns rgb (H, W, 3) uint8, black where
    nothing is, and depth (H, W) float64, +Inf where nothing is.
    """
    matrix = pose.matrix
    seen = (points - matrix[:3, 3]) @ matrix[:3, :3]
    seen, colours = seen[seen[:, 2] > 1e-3], colours[seen[:, 2] > 1e-3]
    column = np.rint(camera.fx * seen[:, 0] / seen[:, 2] + camera.cx)
    row = np.rint(camera.fy * seen[:, 1] / seen[:, 2] + camera.cy)
    inside = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    pixel = (row * camera.width + column)[inside].astype(np.int64)
    z, colours = seen[inside, 2], colours[inside]
    rgb = np.zeros((camera.height * camera.width, 3), np.uint8)
    depth = np.full(camera.height * camera.width, np.inf)
    np.minimum.at(depth, pixel, z)
    # of equal depths the last one stays
    winners = np.flatnonzero(z == depth[pixel])
    rgb[pixel[winners]] = colours[winners]
    shape = (camera.height, camera.width)
    return rgb.reshape(shape + (3,)), depth.reshape(shape)
