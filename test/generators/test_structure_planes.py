# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Planes are found, merged, judged, remembered; rooms are closed and boxes get their sides."""

import dataclasses

import numpy as np
import pytest
from room import WALLS, camera, complete_request, pose, render_room

from geo_world_model.generators import create_generator
from geo_world_model.generators.structure.closure import close_room
from geo_world_model.generators.structure.cuboids import hidden_faces
from geo_world_model.generators.structure.detection import observe
from geo_world_model.generators.structure.memory import (
    from_notes, MOST, PLANES, SUPPORT, to_notes)
from geo_world_model.generators.structure.plane import (
    CEILING, FLOOR, OTHER, Plane, TABLE, WALL)
from geo_world_model.generators.structure.plane_map import build_map, PlaneMap
from geo_world_model.generators.structure.reach import within_reach
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

GENERATOR = create_generator('structure')
X, Y, UP = np.eye(3)


def turned(yaw, x=0.0, y=0.0, pitch=15.0):
    matrix = pose(pitch).matrix
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    matrix[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ matrix[:3, :3]
    matrix[:2, 3] = x, y
    return Pose.from_matrix(matrix)


def seen(at, provenance=1, noise=0.002):
    cam = camera()
    rgb, depth = render_room(cam, at)
    random = np.random.Generator(np.random.PCG64(3))
    depth = depth * (1 + noise * random.standard_normal(depth.shape)).astype(np.float32)
    return View(rgb, depth, np.full(depth.shape, provenance, np.uint8), cam, at)


def plane(normal, offset, support=None, kind=OTHER, bounding=False, invented=False, share=0.1,
          cut=False):
    support = np.zeros((0, 3)) if support is None else support
    return Plane(np.asarray(normal, np.float64), offset, kind, bounding, invented, share, cut,
                 support, X)


def rectangle(low, high, count=20):
    """Points on a box's face: low and high agree in one coordinate."""
    sides = [np.linspace(a, b, count if a != b else 1) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*sides), -1).reshape(-1, 3)


def scene(planes, scale=2.0, floor=0.0):
    points = np.concatenate([p.support for p in planes if len(p.support)])
    frame = observe(seen(pose(15)))
    cloud = dataclasses.replace(frame.cloud, points=points, normals=np.zeros_like(points),
                                depth=np.full(len(points), scale),
                                border=np.zeros(len(points), bool))
    return PlaneMap(planes, cloud, np.array([[0, 0, 1.2]]), scale, X, floor)


def test_the_axes_of_a_plane_span_it_and_walls_have_up_up():
    for normal in (X, -Y, UP, -UP, np.array([0.6, 0.0, 0.8]), np.array([0.48, 0.6, 0.64])):
        right, up = plane(normal, 1.0).axes
        assert np.allclose(np.cross(right, up), normal, atol=1e-12)
    assert np.allclose(plane(X, 1.0).axes[1], UP)


def test_two_views_of_a_room_share_their_planes():
    one, two = observe(seen(turned(0))), observe(seen(turned(35, 0.3, 0.2)))
    both = build_map([one, two], [], 0.0)
    again = build_map([two, one], [], 0.0)
    walls = [p for p in both.planes if p.kind == WALL]
    for axis, place, _ in WALLS:
        near = [p for p in walls if abs(p.normal[axis]) > 0.98
                and abs(p.offset - abs(place)) < 0.05 and p.normal[axis] * place < 0]
        assert len(near) == 1 and near[0].bounding
    assert len([p for p in both.planes if p.kind == FLOOR]) == 1
    for p, q in zip(both.planes, again.planes, strict=True):
        assert p.normal.tobytes() == q.normal.tobytes() and p.offset == q.offset


def test_planes_agree_with_open3ds_planar_patches():
    open3d = pytest.importorskip('open3d', reason='the oracle: pip install open3d',
                                 exc_type=ImportError)
    frame = observe(seen(turned(20), noise=0.001))
    cloud = open3d.t.geometry.PointCloud(frame.cloud.points.astype(np.float32)).to_legacy()
    cloud.normals = open3d.utility.Vector3dVector(frame.cloud.normals)
    patches = cloud.detect_planar_patches(
        search_param=open3d.geometry.KDTreeSearchParamKNN(knn=30), min_plane_edge_length=0.5)
    large = [patch for patch in patches if np.prod(sorted(patch.extent)[1:]) > 1.0]
    assert large
    planes = build_map([frame], [], 0.0).planes
    for patch in large:
        normal = np.asarray(patch.R)[:, 2]
        assert any(abs(p.normal @ normal) > 0.99
                   and abs(p.height(np.asarray(patch.center))) < 0.05 for p in planes)


def test_only_measured_pixels_make_planes():
    assert build_map([observe(seen(pose(15), provenance=3))], [], 0.0) is None
    lifted = build_map([observe(seen(pose(15), provenance=2))], [], 0.0)
    assert any(p.kind == FLOOR for p in lifted.planes)


def test_a_remembered_plane_stays_where_it_is_and_is_not_found_twice():
    first = build_map([observe(seen(pose(15)))], [], 0.0).planes
    shifted = [dataclasses.replace(p, offset=p.offset + 0.01) for p in first]
    again = build_map([observe(seen(turned(10)))], shifted, 0.0).planes
    for p in shifted:
        assert sum(np.sum(p.normal * q.normal) > 0.99 and abs(p.offset - q.offset) < 0.1
                   for q in again) == 1
        assert any(q.offset == p.offset for q in again)


def test_what_stands_on_legs_is_a_table_and_what_carries_all_is_the_floor():
    frame = observe(seen(pose(15)))
    floor = build_map([frame], [], 0.0)
    table = build_map([frame], [], -0.7)
    assert [p.kind for p in floor.planes if p.normal[2] > 0.9] == [FLOOR]
    assert [p.kind for p in table.planes if p.normal[2] > 0.9] == [TABLE]


def test_two_faces_of_a_box_give_it_the_others():
    front = plane(-X, 2.0, rectangle((2, -0.3, 0), (2, 0.3, 0.8)))
    top = plane(UP, -0.8, rectangle((2, -0.3, 0.8), (2.5, 0.3, 0.8)))
    sides = hidden_faces(scene([front, top]))
    found = {tuple(np.round(side.normal).astype(int)): side for side in sides}
    assert set(found) == {(1, 0, 0), (0, 1, 0), (0, -1, 0)}
    assert abs(found[1, 0, 0].offset + 2.5) < 0.02 and abs(found[0, 1, 0].offset + 0.3) < 0.02
    side = found[0, 1, 0]
    asked = np.array([[2.2, 0.3, 0.4], [2.2, 0.3, 0.9], [1.9, 0.3, 0.4], [2.2, 0.3, 0.02]])
    assert within_reach(asked, side).tolist() == [True, False, False, True]
    # shown once, it is not made again
    assert not hidden_faces(scene([front, top] + sides))


@pytest.mark.parametrize('other', [
    plane(UP, -0.8, rectangle((3.5, -0.3, 0.8), (4, 0.3, 0.8))),
    plane(-X, 2.5, rectangle((2.5, -0.3, 0), (2.5, 0.3, 0.8))),
    plane(UP, -0.2, rectangle((1.2, -0.3, 0.2), (2, 0.3, 0.2))),
    plane(UP, -0.8, rectangle((2, -3, 0.8), (6, 3, 0.8)))],
    ids=['apart', 'parallel', 'concave', 'building'])
def test_faces_that_are_no_box_stay_alone(other):
    front = plane(-X, 2.0, rectangle((2, -0.3, 0), (2, 0.3, 0.8)))
    assert not hidden_faces(scene([front, other]))


def test_a_room_is_closed_beyond_all_that_was_seen_and_around_every_eye():
    ahead = plane(-X, 4.0, rectangle((4, -2, 0), (4, 2, 2)), WALL, True)
    floor = plane(UP, 0.0, rectangle((1, -2, 0), (4, 2, 0)), FLOOR, True)
    room = scene([floor, ahead])
    eye = np.array([-3.0, 0.0, 1.2])
    added = close_room(room, eye)
    assert all(p.invented and p.bounding for p in added)
    assert sorted(p.kind for p in added) == [CEILING, WALL, WALL, WALL]
    everything = np.concatenate([room.cloud.points, room.eyes, eye[None]])
    assert all(np.all(p.height(everything) > -1e-9) for p in added)
    assert not any(p.normal @ ahead.normal > 0.9 for p in added)
    again = close_room(dataclasses.replace(room, planes=room.planes + added), eye)
    assert not again


def test_nothing_is_closed_around_a_heap_of_things():
    thing = plane(-X, 2.0, rectangle((2, -0.3, 0), (2, 0.3, 0.8)))
    assert not close_room(scene([thing]), np.zeros(3))


def test_there_are_no_boxes_around_a_street():
    cam, at = camera(), pose(5)
    rgb, depth = render_room(cam, at)
    up = (at.matrix[:3, :3] @ cam.rays()[..., None])[..., 2, 0] > 0.1
    depth = np.where(up, np.float32(np.inf), depth)
    hole = np.zeros(depth.shape, bool)
    hole[:, 200:] = True
    answer = GENERATOR.complete(complete_request(rgb, depth, hole, cam, at))
    assert not any(p.invented for p in from_notes(answer.notes))


def test_what_closed_a_room_in_an_answer_stays_where_it_was_shown():
    cam, at = camera(), turned(0)
    rgb, depth = render_room(cam, at)
    whole = View(rgb, depth, np.ones(depth.shape, np.uint8), cam, at)
    blank = np.ones(depth.shape, bool)
    blank[:, :8] = False
    behind = complete_request(rgb, np.full_like(depth, 2.0), blank, cam, turned(180))
    behind = dataclasses.replace(behind, references=(whole,))
    answer = GENERATOR.complete(behind)
    shown = [p for p in from_notes(answer.notes) if p.invented and p.kind == WALL]
    assert shown
    nearer = dataclasses.replace(behind, notes=answer.notes, view=dataclasses.replace(
        behind.view, pose=turned(180, -0.4)))
    again = [p for p in from_notes(GENERATOR.complete(nearer).notes) if p.invented]
    for p in shown:
        assert any(np.array_equal(p.normal, q.normal) and p.offset == q.offset for q in again)


def test_notes_bring_planes_back():
    planes = build_map([observe(seen(pose(15)))], [], 0.0).planes
    back = from_notes(to_notes(planes))
    assert len(back) == len(planes)
    for p, q in zip(planes, back, strict=True):
        assert (p.kind, p.bounding, p.invented, p.cut) == (q.kind, q.bounding, q.invented, q.cut)
        assert np.array_equal(p.normal, q.normal) and p.offset == q.offset
        assert 0 < len(q.support) <= 32 and np.abs(q.height(q.support)).max() < 0.1
    assert len(from_notes(to_notes(10 * planes))) <= MOST


@pytest.mark.parametrize('spoil', [
    lambda notes: {},
    lambda notes: {PLANES: notes[PLANES]},
    lambda notes: {**notes, PLANES: notes[PLANES][:, :5]},
    lambda notes: {**notes, PLANES: notes[PLANES] * np.nan},
    lambda notes: {**notes, PLANES: notes[PLANES] * 3},
    lambda notes: {**notes, SUPPORT: notes[SUPPORT][:1]},
    lambda notes: {**notes, SUPPORT: notes[SUPPORT].reshape(-1)}],
    ids=['none', 'half', 'narrow', 'nan', 'long normals', 'short', 'flat'])
def test_notes_of_another_kind_are_left_alone(spoil):
    notes = spoil(to_notes([plane(X, 1.0, rectangle((0, 0, 0), (0, 1, 1))),
                            plane(UP, 1.0)]))
    assert from_notes(notes) == []
    hole = np.zeros((240, 320), bool)
    hole[:, 200:] = True
    cam, at = camera(), pose(15)
    request = complete_request(*render_room(cam, at), hole, cam, at)
    GENERATOR.complete(dataclasses.replace(request, notes=notes))
