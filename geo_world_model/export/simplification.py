# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Fewer triangles for the same surface."""

import numpy as np

from geo_world_model.datasets.triangle_mesh import TriangleMesh
from geo_world_model.export.open3d import import_open3d


def simplified(mesh, triangles):
    """
    Return a mesh of at most so many triangles, or the mesh itself when it has no more.

    Garland and Heckbert, Surface simplification using quadric error metrics, 1997: flat places
    lose their triangles first.
    """
    if len(mesh.triangles) <= triangles:
        return mesh
    o3d = import_open3d()
    fine = o3d.geometry.TriangleMesh(o3d.utility.Vector3dVector(mesh.vertices.astype(np.float64)),
                                     o3d.utility.Vector3iVector(mesh.triangles))
    fine.vertex_colors = o3d.utility.Vector3dVector(mesh.colours / 255.0)
    coarse = fine.simplify_quadric_decimation(triangles)
    coarse.remove_degenerate_triangles()
    coarse.remove_duplicated_triangles()
    coarse.remove_unreferenced_vertices()
    colours = np.clip(np.rint(np.asarray(coarse.vertex_colors) * 255), 0, 255)
    return TriangleMesh(np.asarray(coarse.vertices).astype(np.float32),
                        np.asarray(coarse.triangles).astype(np.int32), colours.astype(np.uint8))
