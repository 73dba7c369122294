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


def without_flakes(mesh, area):
    """Return a mesh without the connected parts that are smaller than `area`, m2."""
    o3d = import_open3d()
    whole = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(mesh.vertices.astype(np.float64)),
        o3d.utility.Vector3iVector(mesh.triangles))
    part, _, areas = whole.cluster_connected_triangles()
    kept = mesh.triangles[np.asarray(areas)[np.asarray(part)] >= area]
    used, triangles = np.unique(kept, return_inverse=True)
    return TriangleMesh(mesh.vertices[used], triangles.reshape(-1, 3).astype(np.int32),
                        mesh.colours[used])
