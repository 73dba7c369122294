# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache import points
from geo_world_model.cache.cache import Cache
from geo_world_model.errors import ExportError
from geo_world_model.export.selection import Selection
from geo_world_model.export.voxels import Voxels
from geo_world_model.geometry.view import GENERATED, LIFTED, OBSERVED
from geo_world_model.seed import make_keyframe
from synthetic import CAMERA, pose_at, room_view


@pytest.fixture(scope='module')
def cloud(tmp_path_factory):
    """A room seen twice: observed on the left, lifted on the right, the second time generated."""
    cache = Cache(tmp_path_factory.mktemp('world') / 'w.gwm')
    rgb, depth = room_view(pose_at())
    kinds = np.full(depth.shape, OBSERVED, np.uint8)
    kinds[:, 80:] = LIFTED
    cache.commit('seed', make_keyframe(rgb, depth, kinds, CAMERA, pose_at()), 1)
    rgb, depth = room_view(pose_at(yaw_deg=10))
    kinds = np.full(depth.shape, GENERATED, np.uint8)
    cache.commit('keyframe', make_keyframe(rgb, depth, kinds, CAMERA, pose_at(yaw_deg=10)), 1,
                 retired=np.stack([np.arange(50), np.zeros(50)], 1).astype(np.uint32))
    yield cache.cloud
    cache.close()


def together(selection, size):
    pieces = list(selection.pieces(size))
    assert all(len(piece) <= size for piece in pieces)
    return {name: np.concatenate([getattr(piece, name) for piece in pieces])
            for name in ('xyz', 'normals', 'rgb', 'provenance', 'operation')}


def test_pieces_together_are_the_live_points(cloud):
    selection = Selection(cloud)
    shown = together(selection, 1000)
    live = cloud.live_surfaces()
    assert len(selection) == live.size == cloud.surfaces.count - 50
    np.testing.assert_array_equal(shown['xyz'][:, 2], cloud.surfaces.z[live])
    np.testing.assert_array_equal(shown['rgb'][:, 1], cloud.surfaces.rgb[live] >> 8 & 255)
    np.testing.assert_array_equal(shown['normals'], cloud.world_normals(live))
    np.testing.assert_array_equal(shown['operation'], cloud.surfaces.operation[live])


def test_what_was_generated_stays_out_when_it_shall(cloud):
    selection = Selection(cloud, (OBSERVED, LIFTED))
    assert set(together(selection, 1 << 20)['provenance']) == {OBSERVED, LIFTED}
    counts = selection.counts()
    assert counts['generated'] == 0 and counts['observed'] + counts['lifted'] == len(selection)


def test_one_point_a_voxel_is_kept_and_it_is_the_most_trusted(cloud):
    every = together(Selection(cloud), 1 << 20)
    thinned = together(Selection(cloud, voxel=0.25), 500)
    best = {}
    for cell, kind in zip(map(tuple, np.floor(every['xyz'] / 0.25)), every['provenance']):
        best[cell] = min(kind, best.get(cell, 9))
    cells = list(map(tuple, np.floor(thinned['xyz'] / 0.25)))
    assert len(set(cells)) == len(cells) and set(cells) == set(best)
    assert all(best[cell] == kind for cell, kind in zip(cells, thinned['provenance']))


@pytest.mark.parametrize('voxel', [None, 0.25, 0.01])
def test_parts_of_any_size_give_the_same_points(cloud, voxel, monkeypatch):
    whole = Selection(cloud, (OBSERVED, GENERATED), voxel)
    expected = together(whole, 1 << 20)
    monkeypatch.setattr(points, '_PART', 3)
    assert len(list(cloud.live_parts())) > 5
    parts = Selection(cloud, (OBSERVED, GENERATED), voxel)
    assert (len(parts), parts.live_count, parts.counts()) == (
        len(whole), whole.live_count, whole.counts())
    for name, values in together(parts, 1 << 20).items():
        np.testing.assert_array_equal(values, expected[name])
    assert len(expected['xyz']) == len(whole) > 0


def test_voxels_that_cannot_be_counted_are_refused(cloud):
    for voxel in (0.0, -1.0, float('nan'), 1e-7):
        with pytest.raises(ExportError):
            Selection(cloud, voxel=voxel)


def test_points_far_away_are_told_apart_though_their_box_was_rounded():
    z = np.full(2, np.float32(4998.9995))
    voxels = Voxels(np.float32([[0, 0, 5000, 3, 3, 1]]), 1.0)
    voxels.add(np.arange(2), np.ones(2, np.uint8), np.float32([-2, 2]), np.zeros(2, np.float32), z)
    assert voxels.kept()[0].tolist() == [0, 1]
