# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.triangle_mesh import TriangleMesh
from geo_world_model.export.collision import slabs_of
from meshes import sheet

ConvexHull = pytest.importorskip('scipy.spatial', reason='the oracle, scipy, is not installed') \
    .ConvexHull


def inside(slabs, places, margin=0.0):
    """Which places lie in a slab, or within `margin` metres of one, (N,) bool."""
    out = np.zeros(len(places), bool)
    for slab in slabs:
        planes = ConvexHull(slab.vertices).equations
        out |= (places @ planes[:, :3].T + planes[:, 3] <= margin).all(1)
    return out


def samples(mesh, count=4000):
    """Places on the triangles and their normals, (count, 3) each."""
    rng = np.random.default_rng(5)
    corners = mesh.corners()
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1)
    chosen = rng.choice(len(corners), count, p=size / size.sum())
    weight = rng.dirichlet((1, 1, 1), count)
    return np.einsum('nk,nki->ni', weight, corners[chosen]), (normal / size[:, None])[chosen]


def test_a_flat_floor_is_one_slab_below_it():
    slabs = slabs_of(sheet(np.zeros((12, 9))), 0.01, 0.05)
    assert len(slabs) == 1
    np.testing.assert_allclose(slabs[0].vertices.min(0), [0, 0, -0.05], atol=1e-6)
    np.testing.assert_allclose(slabs[0].vertices.max(0), [0.8, 1.1, 0], atol=1e-6)
    np.testing.assert_allclose(slabs[0].normal, [0, 0, 1])


def test_rough_ground_is_covered_and_hardly_exceeded():
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:25, :25]
    mesh = sheet(0.2 * np.sin(x * 0.3) * np.cos(y * 0.2) + rng.normal(0, 0.004, x.shape))
    slabs = slabs_of(mesh, 0.02, 0.05)
    assert len(slabs) < len(mesh.triangles) / 3
    places, normals = samples(mesh)
    assert inside(slabs, places, 1e-6).all()
    # free space begins within the tolerance (and a little for the slope of neighbours)
    assert not inside(slabs, places + 0.025 * normals).any()


def test_a_doorway_stays_open():
    heights = np.zeros((21, 31))
    mesh = sheet(heights)
    middle = mesh.corners().mean(1)
    door = (np.abs(middle[:, 0] - 1.5) < 0.45) & (middle[:, 1] < 1.6)
    wall = TriangleMesh(mesh.vertices, mesh.triangles[~door], mesh.colours)
    slabs = slabs_of(wall, 0.02, 0.05)
    assert len(slabs) <= len(wall.triangles) / 15
    assert inside(slabs, samples(wall)[0], 1e-6).all()
    y, x = np.mgrid[0.03:1.55:0.05, 1.15:1.85:0.05]
    passage = np.stack([x.ravel(), y.ravel(), np.full(x.size, -0.01)], 1)
    # a border that is not straight may be exceeded by the tolerance, not more
    assert not inside(slabs, passage).any()


def test_a_corner_of_a_room_is_not_filled():
    profile = np.where(np.arange(30) < 15, 0.0, (np.arange(30) - 14) * 0.2)
    mesh = sheet(np.repeat(profile[:, None], 10, 1))
    slabs = slabs_of(mesh, 0.01, 0.05)
    assert 2 <= len(slabs) <= 6
    places, normals = samples(mesh)
    assert inside(slabs, places, 1e-6).all()
    assert not inside(slabs, places + 0.03 * normals).any()


def test_slabs_are_the_same_twice_and_degenerate_triangles_do_no_harm():
    mesh = sheet(np.random.default_rng(1).normal(0, 0.05, (8, 8)))
    mesh = TriangleMesh(mesh.vertices, np.concatenate([[[0, 1, 1]], mesh.triangles]).astype(
        np.int32), mesh.colours)
    one, two = slabs_of(mesh, 0.02, 0.05), slabs_of(mesh, 0.02, 0.05)
    assert [s.vertices.tobytes() for s in one] == [s.vertices.tobytes() for s in two]
    assert slabs_of(TriangleMesh(mesh.vertices, mesh.triangles[:1], mesh.colours), 0.02, 0.1) == []
