# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Meshes of known shape for the tests of formats and of what is made from meshes."""

import numpy as np

from geo_world_model.datasets.triangle_mesh import TriangleMesh


def wedge():
    """A closed solid that no turn or mirror maps onto itself, 1 x 2 x 3 m, with colours."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], np.float32)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    colours = np.array([[255, 0, 0], [0, 128, 0], [10, 20, 200], [90, 91, 92]], np.uint8)
    return TriangleMesh(vertices, triangles, colours)


def sheet(heights, step=0.1, colour=(120, 130, 140)):
    """A surface z = heights[row, column] (m) over a grid of `step` metres, seen from above."""
    rows, columns = heights.shape
    y, x = np.divmod(np.arange(rows * columns), columns)
    vertices = np.stack([x * step, y * step, heights.reshape(-1)], 1).astype(np.float32)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    triangles = np.concatenate([np.stack([corner, corner + 1, corner + columns], 1),
                                np.stack([corner + 1, corner + columns + 1, corner + columns], 1)])
    return TriangleMesh(vertices, triangles.astype(np.int32),
                        np.full((len(vertices), 3), colour, np.uint8))
