# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from clouds import open3d_or_skip
from geo_world_model.cache.cache import Cache
from geo_world_model.errors import ExportError
from geo_world_model.export import surface
from geo_world_model.export.keyframe_views import _without_cracks, KeyframeViews
from geo_world_model.export.simplification import simplified
from geo_world_model.export.surface import in_order, surface_of, voxel_for
from geo_world_model.geometry.view import GENERATED, OBSERVED
from geo_world_model.seed import make_keyframe
from synthetic import CAMERA, pose_at, room_view

_LOW, _HIGH = np.array([-2.0, -2.5, 0.0]), np.array([4.0, 2.5, 2.6])


@pytest.fixture(scope='module')
def cache(tmp_path_factory):
    """The room from its middle, four ways; the view to the back is generated."""
    cache = Cache(tmp_path_factory.mktemp('world') / 'w.gwm')
    for yaw in (0, 90, 180, 270):
        rgb, depth = room_view(pose_at(yaw_deg=yaw))
        kind = np.full(depth.shape, GENERATED if yaw == 180 else OBSERVED, np.uint8)
        cache.commit('seed' if yaw == 0 else 'keyframe', make_keyframe(
            rgb, depth, kind, CAMERA, pose_at(yaw_deg=yaw)), 1)
    yield cache
    cache.close()


@pytest.fixture(scope='module')
def mesh(cache):
    open3d_or_skip()
    return surface_of(KeyframeViews(cache, (1, 2, 3), 30.0), 0.05)


def distance_to_the_room(places):
    """Distance of places to the nearest wall, floor or ceiling, (N,) metres."""
    return np.minimum(np.abs(places - _LOW), np.abs(places - _HIGH)).min(1)


def test_the_surface_lies_on_the_walls_and_is_seen_from_within(mesh):
    away = distance_to_the_room(mesh.vertices)
    assert np.median(away) < 0.004 and np.quantile(away, 0.95) < 0.02
    corners = mesh.corners()
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = np.einsum('ij,ij->i', normal, np.array([0.0, 0.0, 1.2]) - corners.mean(1)) > 0
    assert np.average(inward, weights=np.linalg.norm(normal, axis=1)) > 0.999
    # 160 m2 of walls, floor and ceiling, of which the camera sees what lies in 83 x 67 degrees
    assert 70 < np.linalg.norm(normal, axis=1).sum() / 2 < 120


def test_there_are_no_holes_in_a_floor_that_was_seen(mesh):
    open3d = open3d_or_skip()
    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(open3d.core.Tensor(mesh.vertices),
                        open3d.core.Tensor(mesh.triangles.astype(np.uint32)))
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(2.0, 3.9, 0.02),
                                                 np.arange(-1.5, 1.5, 0.05)))
    rays = np.zeros((x.size, 6), np.float32)
    rays[:, 0], rays[:, 1], rays[:, 2], rays[:, 5] = x, y, 1.0, -1.0
    down = scene.cast_rays(open3d.core.Tensor(rays))['t_hit'].numpy()
    assert np.isfinite(down).all() and np.abs(down - 1.0).max() < 0.06


def test_cracks_are_closed_and_jumps_are_not():
    depth = np.full((20, 20), 2.0, np.float32)
    depth[:, 10:] = 3.0
    whole = depth.copy()
    depth[7] = depth[12:14] = 0
    depth[:, 9:11] = 0
    unknown = depth == 0
    unknown[0, 0] = depth[0, 0] = 0
    closed = _without_cracks(depth, unknown)
    inside = np.zeros((20, 20), bool)
    inside[2:-2, 2:-2] = True
    inside[:, 7:13] = False
    np.testing.assert_array_equal(closed[inside], whole[inside])
    assert (closed[2:-2, 9:11] == 0).all() and closed[0, 0] == 0


def test_the_same_world_gives_the_same_bytes(cache, mesh):
    again = surface_of(KeyframeViews(cache, (1, 2, 3), 30.0), 0.05)
    for name in ('vertices', 'triangles', 'colours'):
        assert getattr(mesh, name).tobytes() == getattr(again, name).tobytes()


def test_colours_are_those_of_the_views(mesh):
    """A vertex is as bright as the room is there, up to what a grid of 5 cm blurs."""
    pose = pose_at()
    matrix = pose.matrix
    local = (mesh.vertices - matrix[:3, 3]) @ matrix[:3, :3]
    uv, depth = CAMERA.project(local)
    inside = (depth > 0.5) & (np.abs(uv - [79.5, 59.5]) < [70, 50]).all(1)
    rgb, _ = room_view(pose)
    column, row = np.rint(uv[inside]).astype(int).T
    error = np.abs(rgb[row, column].astype(int) - mesh.colours[inside])
    assert np.median(error) <= 4


def test_what_was_generated_leaves_a_hole(cache):
    open3d_or_skip()
    measured = surface_of(KeyframeViews(cache, (OBSERVED,), 30.0), 0.05)
    # nothing but the generated view sees the middle of the back wall
    def behind(m):
        return np.sum((m.vertices[:, 0] < -1.9) & (np.abs(m.vertices[:, 1]) < 1.0))
    whole = surface_of(KeyframeViews(cache, (OBSERVED, GENERATED), 30.0), 0.05)
    assert behind(measured) == 0 and behind(whole) > 500


def test_what_is_out_of_range_is_left_out(cache):
    open3d_or_skip()
    near = surface_of(KeyframeViews(cache, (1, 2, 3), 2.3), 0.05)
    assert len(near.vertices) and near.vertices[:, 0].max() < 2.5


def test_a_large_world_gets_coarser_voxels_and_too_fine_a_wish_is_refused(cache, monkeypatch):
    views = KeyframeViews(cache, (1, 2, 3), 30.0)
    assert voxel_for(views) == 0.02
    monkeypatch.setattr(surface, 'MOST_BLOCKS', 300)
    coarser = voxel_for(views)
    assert 0.04 < coarser < 0.2
    with pytest.raises(ExportError, match='fit into memory'):
        voxel_for(views, 0.02)
    assert voxel_for(views, coarser) == coarser
    with pytest.raises(ExportError, match='nothing was written'):
        voxel_for(KeyframeViews(cache, (2,), 30.0))


def test_fewer_triangles_for_the_same_walls(mesh):
    few = simplified(mesh, 3000)
    assert len(few.triangles) <= 3000 < len(mesh.triangles)
    assert np.quantile(distance_to_the_room(few.vertices), 0.9) < 0.02
    assert simplified(few, 3000) is few


def test_order_depends_on_the_shape_alone(mesh):
    rng = np.random.default_rng(3)
    shuffle = rng.permutation(len(mesh.vertices))
    back = np.empty(len(shuffle), np.int64)
    back[shuffle] = np.arange(len(shuffle))
    triangles = np.roll(back[mesh.triangles[rng.permutation(len(mesh.triangles))]], 1, 1)
    again = in_order(mesh.vertices[shuffle], triangles, mesh.colours[shuffle])
    for name in ('vertices', 'triangles', 'colours'):
        assert getattr(mesh, name).tobytes() == getattr(again, name).tobytes()
