# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The mesh that export makes of a world, beside Poisson's surface through its points."""

import json
import time
from pathlib import Path

import numpy as np

from geo_world_model.cache.cache import Cache
from geo_world_model.export.keyframe_views import KeyframeViews
from geo_world_model.export.open3d import import_open3d
from geo_world_model.export.selection import Selection
from geo_world_model.export.surface import surface_of, voxel_for

#: Points and vertices whose distance is measured.
_SAMPLES = 50_000
#: Poisson closes what is open: vertices so many voxels from every point are taken out.
_TRIMMED = 3.0


def run(world, voxel=None, json_path=None):
    """
    Print how far two meshes are from the live points of a world, their size and their time.

    world: path; voxel: metres, None: as export chooses. Kazhdan and Hoppe, Screened Poisson
    surface reconstruction, 2013, gets one point a voxel, as finely as the other grid.
    """
    o3d = import_open3d()
    cache = Cache(world, read_only=True)
    views = KeyframeViews(cache, (1, 2, 3), 30.0)
    voxel = voxel_for(views, voxel)
    points = _positions(Selection(cache.cloud))
    rows = []
    for name, make in (('surface', lambda: _surface(views, voxel)),
                       ('poisson', lambda: _poisson(o3d, cache.cloud, voxel))):
        start = time.perf_counter()
        vertices, triangles = make()
        rows.append({'mesh': name, 'triangles': len(triangles),
                     'seconds': time.perf_counter() - start,
                     **_distances(o3d, vertices, triangles, points, voxel)})
        print(_sentence(rows[-1]), flush=True)
    cache.close()
    if json_path:
        Path(json_path).write_text(json.dumps({'voxel': voxel, 'rows': rows}, indent=2) + '\n')
    return rows


def _positions(selection):
    return np.concatenate([piece.xyz for piece in selection.pieces()])


def _surface(views, voxel):
    mesh = surface_of(views, voxel)
    return mesh.vertices, mesh.triangles


def _poisson(o3d, cloud, voxel):
    pieces = list(Selection(cloud, voxel=voxel).pieces())
    oriented = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(
        np.concatenate([piece.xyz for piece in pieces]).astype(np.float64)))
    oriented.normals = o3d.utility.Vector3dVector(
        np.concatenate([piece.normals for piece in pieces]).astype(np.float64))
    extent = (oriented.get_max_bound() - oriented.get_min_bound()).max() * 1.1
    mesh, _ = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
        oriented, depth=int(np.ceil(np.log2(extent / voxel))))
    away = _nearest(o3d, np.asarray(oriented.points), np.asarray(mesh.vertices))
    mesh.remove_vertices_by_mask(away > _TRIMMED * voxel)
    return np.asarray(mesh.vertices).astype(np.float32), np.asarray(mesh.triangles)


def _nearest(o3d, points, places):
    """Distance of places (N, 3) to the nearest of points, (N,) metres."""
    search = o3d.core.nns.NearestNeighborSearch(o3d.core.Tensor(points.astype(np.float32)))
    search.knn_index()
    _, square = search.knn_search(o3d.core.Tensor(places.astype(np.float32)), 1)
    return np.sqrt(square.numpy()[:, 0])


def _distances(o3d, vertices, triangles, points, voxel):
    rng = np.random.default_rng(0)
    away = _nearest(o3d, points, vertices[rng.permutation(len(vertices))[:_SAMPLES]])
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(vertices),
                        o3d.core.Tensor(triangles.astype(np.uint32)))
    beside = scene.compute_distance(
        o3d.core.Tensor(points[rng.permutation(len(points))[:_SAMPLES]])).numpy()
    return {'vertex_to_point_median': float(np.median(away)),
            'vertex_to_point_p95': float(np.quantile(away, 0.95)),
            'point_to_mesh_median': float(np.median(beside)),
            'points_within_2_voxels': float(np.mean(beside < 2 * voxel))}


def _sentence(row):
    return (f'{row["mesh"]}: {row["triangles"]} triangles in {row["seconds"]:.1f} s; vertices '
            f'{row["vertex_to_point_median"] * 1e3:.1f} mm from a point in the median, '
            f'{row["vertex_to_point_p95"] * 1e3:.1f} at the 95th percentile; points '
            f'{row["point_to_mesh_median"] * 1e3:.1f} mm from the mesh, '
            f'{row["points_within_2_voxels"]:.2%} within 2 voxels')
