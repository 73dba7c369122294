# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.cache import culling, passes
from geo_world_model.cache.chunks import CHUNK, Chunks, GROUP
from geo_world_model.cache.footprint import NEAR, project, REACH
from geo_world_model.cache.point_arrays import PointArrays
from geo_world_model.cache.renderer import projection
from geo_world_model.geometry.pose import Pose
from scenes import random_camera, random_pose


def scattered(rng, chunks, spread, place):
    """Chunks of points in small clumps around `place`."""
    points = PointArrays()
    for number in range(1, chunks + 1):
        clump = rng.normal(size=(3, 60)) * rng.choice([0.01, 0.2, 1.5])
        position = (place[:, None] + rng.uniform(-spread, spread, (3, 1)) + clump)
        zeros = np.zeros(60, np.uint32)
        points.append(number, position.astype(np.float32), np.zeros((3, 60), np.uint32), zeros,
                      zeros.astype(np.uint16), zeros.astype(np.uint8))
    return points


def visible(points, camera, pose, version, threads=2):
    out = np.empty((len(points.chunk_box), 6), np.int32)
    count = int(np.searchsorted(points.chunk_operation, version, side='right'))
    m = culling.visible_chunks(points.chunk_groups, points.chunk_box, count,
                               points.chunk_retired, np.uint32(version),
                               projection(camera, pose), NEAR, camera.width + 2 * REACH,
                               camera.height + 2 * REACH, threads, out)
    return out[:m]


@pytest.mark.parametrize('place', [0.0, 40.0, 3000.0])
def test_no_chunk_that_lands_in_the_image_is_left_out_and_its_box_holds_its_points(place):
    rng = np.random.default_rng(int(place) + 1)
    place = np.full(3, place)
    points = scattered(rng, 300, 3.0, place)
    left_out = 0
    for _ in range(8):
        camera, pose = random_camera(rng, 60, 44), random_pose(rng, 0.6)
        matrix = pose.matrix
        matrix[:3, 3] += place
        pose = type(pose).from_matrix(matrix)
        P = projection(camera, pose)
        found = {row[culling.CHUNK]: row for row in visible(points, camera, pose, 250)}
        left_out += 250 - len(found)
        for chunk in range(300):
            s, e = points.chunk_start[chunk:chunk + 2]
            u, v, d = np.array([project(P, *(getattr(points, a)[i] for a in 'xyz'))
                                for i in range(s, e)], np.float32).T
            with np.errstate(invalid='ignore'):
                column, row = np.floor(u + np.float32(.5)), np.floor(v + np.float32(.5))
            inside = ((d > NEAR) & (column >= 0) & (column < camera.width + 2 * REACH)
                      & (row >= 0) & (row < camera.height + 2 * REACH))
            if chunk >= 250:
                assert chunk not in found
            elif inside.any():
                box = found[chunk]
                assert column[inside].min() >= box[culling.LEFT]
                assert column[inside].max() <= box[culling.RIGHT]
                assert row[inside].min() >= box[culling.TOP]
                assert row[inside].max() <= box[culling.BOTTOM]
                assert d[inside].min() >= box[culling.NEAREST:culling.NEAREST + 1].view(
                    np.float32)[0]
    assert left_out > 200


def test_the_number_of_threads_changes_neither_the_chunks_nor_their_order(monkeypatch):
    rng = np.random.default_rng(2)
    points = scattered(rng, 130, 2.0, np.zeros(3))
    camera, pose = random_camera(rng), random_pose(rng, 0.3)
    first = visible(points, camera, pose, 130)
    monkeypatch.setattr(culling, 'visible_chunks', culling._visible_by_all)
    others = [visible(points, camera, pose, 130, threads) for threads in (1, 2, 7, 200)]
    assert len(first) > 10
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_groups_leave_out_no_chunk_that_would_be_found_alone():
    rng = np.random.default_rng(6)
    for place in (0.0, 3000.0):
        points = scattered(rng, 500, 12.0, np.full(3, place))
        everywhere = np.tile(np.float32([place] * 3 + [1e4] * 3), (len(points.chunk_groups), 1))
        for _ in range(10):
            camera, matrix = random_camera(rng), random_pose(rng, 3.0).matrix
            matrix[:3, 3] += place
            P, size = projection(camera, Pose.from_matrix(matrix)), (camera.width, camera.height)
            found = []
            for groups in (points.chunk_groups, everywhere):
                out = np.empty((500, 6), np.int32)
                found.append(out[:culling.visible_chunks(
                    groups, points.chunk_box, 500, points.chunk_retired, np.uint32(500), P, NEAR,
                    *size, 2, out)])
            np.testing.assert_array_equal(*found)
            assert 0 < len(found[0]) < 500


@pytest.mark.parametrize('cuts', [[1], [3, 1, 70, 200], [64, 64, 64]])
def test_a_group_holds_its_chunks_however_they_came(cuts):
    rng, points = np.random.default_rng(7), PointArrays()
    for number, chunks in enumerate(cuts, 1):
        n = chunks * CHUNK - 5
        zeros = np.zeros(n, np.uint32)
        points.append(number, rng.uniform(-90, 3000, (3, n)).astype(np.float32),
                      np.zeros((3, n), np.uint32), zeros, zeros.astype(np.uint16),
                      zeros.astype(np.uint8))
    box, groups = points.chunk_box.astype(np.float64), points.chunk_groups.astype(np.float64)
    assert len(groups) == -(-len(box) // GROUP)
    each = groups[np.arange(len(box)) // GROUP]
    assert np.all(abs(box[:, :3] - each[:, :3]) + box[:, 3:] <= each[:, 3:])
    again = Chunks()
    again.restore(points._chunks.tables())
    np.testing.assert_array_equal(again.groups, points.chunk_groups)


def test_retired_chunks_are_left_out_from_the_operation_on_that_retired_their_last_point():
    rng = np.random.default_rng(4)
    points = scattered(rng, 40, 0.5, np.array([3.0, 0.0, 0.0]))
    camera, pose = random_camera(rng), random_pose(rng, 0.05)
    assert 7 in visible(points, camera, pose, 60)[:, culling.CHUNK]
    members = np.arange(points.chunk_start[7], points.chunk_start[8])
    points.retire(members[1:], 50)
    assert 7 in visible(points, camera, pose, 60)[:, culling.CHUNK]
    points.retire(members[:1], 55)
    assert 7 not in visible(points, camera, pose, 60)[:, culling.CHUNK]
    assert 7 in visible(points, camera, pose, 54)[:, culling.CHUNK]


def test_near_chunks_come_first():
    rng = np.random.default_rng(5)
    points = scattered(rng, 200, 3.0, np.array([3.0, 0.0, 0.0]))
    found = visible(points, random_camera(rng), random_pose(rng, 0.05), 200)
    order = np.empty(len(found), np.int64)
    culling.near_to_far(found, order)
    depth = found[order, culling.NEAREST].view(np.float32)
    assert sorted(order) == list(range(len(found)))
    assert np.all(depth[1:] >= depth[:-1] / 1.26)


def test_a_chunk_is_hidden_only_when_all_it_may_reach_is_strictly_nearer():
    width, height = 40, 36
    keys = np.full(width * height, np.uint64(np.float32(2.0).view(np.uint32)) << np.uint64(32))
    tiles = np.zeros((3, 3), np.int64)
    passes._farthest(keys, width, 0, height, tiles)
    box = np.array([3, 30, 2, 20, np.float32(2.0).view(np.int32), 0], np.int32)
    assert not passes._hidden(box, 2, 20, tiles)
    box[culling.NEAREST] += 1
    assert passes._hidden(box, 2, 20, tiles)
    keys[20 * width + 30] = passes.EMPTY
    passes._farthest(keys, width, 0, height, tiles)
    assert not passes._hidden(box, 2, 20, tiles)
