# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A triangle mesh on its way into a file, with colours at its vertices or pictures on it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class TriangleMesh:
    """
    Surfaces as triangles, seen from the side from which they turn counter-clockwise.

    vertices (V, 3) float32, metres, map frame, z up; triangles (T, 3) int32; colours (V, 3) uint8.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray

    def corners(self):
        """Places of the corners of every triangle, (T, 3, 3) float64."""
        return self.vertices[self.triangles].astype(np.float64)

    def __str__(self):
        return f'{len(self.triangles)} triangles, {len(self.vertices)} vertices'


@dataclass(frozen=True, eq=False)
class TexturedMesh:
    """
    A mesh with pictures laid on it.

    pages: list of (H, W, 3) uint8 images; page (T,) int32: which one a triangle takes;
    uv (T, 3, 2) float32: pixels of its corners there, the centre of the top-left pixel is (0, 0).
    """

    mesh: TriangleMesh
    pages: list
    page: np.ndarray
    uv: np.ndarray

    def of_page(self, number):
        """Return what lies on one page, with that page alone."""
        chosen = self.page == number
        mesh = TriangleMesh(self.mesh.vertices, self.mesh.triangles[chosen], self.mesh.colours)
        return TexturedMesh(mesh, [self.pages[number]], np.zeros(chosen.sum(), np.int32),
                            self.uv[chosen])

    def parts(self):
        """
        Yield each page with what lies on it.

        (image, vertices (V, 3) float32, uv (V, 2) float32: shares of the picture's width and
        height from its top-left corner, triangles (T, 3) int64). A vertex is there once for each
        place that it has in the picture.
        """
        for number, image in enumerate(self.pages):
            chosen = np.flatnonzero(self.page == number)
            corner = self.mesh.triangles[chosen].reshape(-1)
            height, width = image.shape[:2]
            uv = ((self.uv[chosen].reshape(-1, 2) + 0.5) / [width, height]).astype(np.float32)
            keys = np.empty(corner.size, [('corner', '<i4'), ('uv', '<u8')])
            keys['corner'], keys['uv'] = corner, uv.view('<u8')[:, 0]
            _, first, back = np.unique(keys, return_index=True, return_inverse=True)
            yield (image, self.mesh.vertices[corner[first]], uv[first],
                   back.reshape(-1, 3).astype(np.int64))
