# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A photograph becomes its layout: walls, ceiling, level tops; without a floor it says so."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from room import camera, lift_request, pose, render_room

import geo_world_model
from geo_world_model.datasets.images import read_rgb
from geo_world_model.errors import GeneratorError
from geo_world_model.generators import create_generator
from geo_world_model.generators.layout.depth_order import background_ranges, thing_columns
from geo_world_model.generators.layout.evidence import Evidence, hangs_from_horizon
from geo_world_model.generators.layout.headings import manhattan_heading
from geo_world_model.generators.layout.polar import PolarGrid
from geo_world_model.generators.layout.tops import top_heights, top_ranges
from geo_world_model.generators.layout.walls import find_walls, Wall, without_ramps
from geo_world_model.generators.upright import Directions
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.seed import first_pose

GENERATOR = create_generator('layout')
FAR = 20.0


def relative_error(depth, truth):
    return np.abs(depth - truth) / truth


def boxes_view(cam, at, boxes, colours):
    """(rgb, depth) of the inside of the first box and the outside of the others, each (low, high).

    colours: per box three rows, one for each pair of faces: x, y, z.
    """
    rays = cam.rays() @ at.matrix[:3, :3].T
    origin = at.matrix[:3, 3]
    depth = np.full(rays.shape[:2], np.inf)
    rgb = np.zeros(rays.shape)
    for k, (low, high) in enumerate(boxes):
        with np.errstate(divide='ignore', invalid='ignore'):
            a, b = (np.array(low) - origin) / rays, (np.array(high) - origin) / rays
        near, far = np.minimum(a, b), np.maximum(a, b)
        face = far.argmin(-1) if k == 0 else near.argmax(-1)
        at_face = far.min(-1) if k == 0 else near.max(-1)
        hit = (at_face > 0) & (at_face < depth) & (near.max(-1) < far.min(-1))
        depth = np.where(hit, at_face, depth)
        rgb[hit] = np.array(colours[k], float)[face[hit]]
        up = (face == 2) & (rays[..., 2] > 0) & hit
        rgb[up] = (225, 225, 215)
    v, u = np.mgrid[:cam.height, :cam.width]
    grain = ((u * 7919 + v * 104729 + u * v * 31) % 3 - 1)[..., None]
    return np.clip(rgb + grain, 0, 255).astype(np.uint8), depth.astype(np.float32)


ROOM = ((-1.0, -2.0, 0.0), (4.0, 2.4, 2.6))
PAINT = ((190, 170, 120), (100, 140, 170), (95, 100, 98))


@pytest.mark.parametrize('pitch, roll, height', [(0, 0, 1.2), (12, 8, 1.6), (30, -10, 0.6)])
def test_room_is_lifted_to_its_true_depth_however_the_camera_is_held(pitch, roll, height):
    cam, at = camera(), pose(pitch, roll, height)
    rgb, truth = render_room(cam, at)
    answer = GENERATOR.complete(lift_request(rgb, cam, at))
    assert not answer.notes['no_floor'][0]
    assert np.median(relative_error(answer.depth, truth)) < 0.04
    assert np.mean(relative_error(answer.depth, truth) < 0.25) > 0.9


def test_a_ceiling_is_found_where_its_line_is_seen():
    cam, at = camera(focal=0.6), pose(-3, 0, 1.3)
    rgb, truth = boxes_view(cam, at, [ROOM], [PAINT])
    depth = GENERATOR.complete(lift_request(rgb, cam, at)).depth
    world = cam.unproject(truth) @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    on_ceiling = world[..., 2] > 2.59
    assert on_ceiling.mean() > 0.1
    assert np.median(relative_error(depth, truth)[on_ceiling]) < 0.06
    without = create_generator('layout', lowest_ceiling=5.0, highest_ceiling=6.0)
    walls_only = without.complete(lift_request(rgb, cam, at)).depth
    assert np.median(relative_error(walls_only, truth)[on_ceiling]) > 0.1


def test_the_top_of_a_box_seen_from_above_lies_level():
    cam, at = camera(), pose(35, 0, 1.3)
    box = ((1.2, -0.4, 0.0), (1.8, 0.4, 0.6))
    rgb, truth = boxes_view(cam, at, [((-9, -9, 0), (9, 9, 9)), box],
                            [((150, 150, 140),) * 3, ((40, 40, 60), (60, 40, 40), (90, 90, 110))])
    answer = GENERATOR.complete(lift_request(rgb, cam, at))
    world = cam.unproject(truth) @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    inner = (np.abs(world[..., 2] - 0.6) < 1e-3) & (world[..., 0] > 1.3) & (world[..., 0] < 1.7)
    lifted = cam.unproject(answer.depth) @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    assert inner.sum() > 500
    assert np.abs(np.median(lifted[inner][:, 2]) - 0.6) < 0.06
    assert np.mean(relative_error(answer.depth, truth) < 0.1) > 0.9


@pytest.mark.parametrize('wrong', [{'far': 0.1}, {'fallback': 0}, {'lowest_ceiling': 7.0}])
def test_wrong_parameters_are_said(wrong):
    with pytest.raises(GeneratorError):
        create_generator('layout', **wrong)


@pytest.mark.parametrize('yaw', [0, 20, 65])
def test_heading_of_the_walls_is_found(yaw):
    cam, at = camera(), pose(5, 3)
    turn = np.radians(yaw)
    rotation = at.matrix[:3, :3]
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    matrix = at.matrix.copy()
    matrix[:3, :3] = spin @ rotation
    turned = type(at).from_matrix(matrix)
    fine, _ = boxes_view(cam.scaled(960, 720), turned, [ROOM], [PAINT])
    rgb = cv2.resize(fine, (320, 240), interpolation=cv2.INTER_AREA)
    seen = Directions.of(cam.rays(), turned.matrix[:3, :3])
    heading, sure = manhattan_heading(rgb, cam, seen, turned.matrix[:3, :3])
    error = np.degrees(heading + seen.heading) % 90
    assert min(error, 90 - error) < 2
    assert sure > 0.3


def test_few_walls_explain_a_corner():
    azimuth = np.linspace(-0.6, 0.6, 121)
    headings = np.arange(24) * np.pi / 12 + 0.8
    first, second = 3 / np.cos(azimuth - 0.8), 2.5 / np.cos(azimuth - 0.8 + np.pi / 2)
    true = np.minimum(first, np.where(np.cos(azimuth - 0.8 + np.pi / 2) > 0.05, second, np.inf))

    def evidence(index, ranges):
        return -np.minimum(np.abs(np.log(ranges / true)), 0.5) * 10

    walls, gain = find_walls(azimuth, headings, np.arange(24) % 6 == 0, evidence, 0.2, FAR)
    assert len(walls) == 2
    assert np.isfinite(gain)
    assert np.abs(np.concatenate([w.ranges for w in walls]) / true - 1).max() < 0.05
    assert {round(w.offset, 1) for w in walls} == {2.5, 3.0}


def test_walls_go_on_behind_what_stands_before_them():
    azimuth = np.linspace(-0.5, 0.5, 101)
    true = np.where(np.abs(azimuth) < 0.1, 1.5, 4.0) / np.cos(azimuth)

    def evidence(index, ranges):
        return -np.minimum(np.abs(np.log(ranges / true)), 0.5) * 10

    walls, _ = find_walls(azimuth, np.arange(24) * np.pi / 12, np.arange(24) % 6 == 0, evidence,
                          0.2, FAR)
    reach, background = background_ranges(azimuth, walls, FAR)
    assert thing_columns(reach) == [(41, 60)] or thing_columns(reach) == [(40, 61)]
    assert np.abs(background * np.cos(azimuth) - 4).max() < 0.15
    assert np.all(background >= reach)


def test_top_ranges_are_those_of_a_level_surface():
    depression = np.radians([[30.0, 20.0, -5.0]])
    ranges = top_ranges(np.full((1, 3), 0.6), np.full((1, 3), 1.0), depression, 1.2)
    assert ranges[0, 0] == pytest.approx(0.6 / np.tan(np.radians(30)))
    assert ranges[0, 1] == pytest.approx(0.6 / np.tan(np.radians(20)))
    assert np.isinf(ranges[0, 2])
    assert np.isinf(top_ranges(np.zeros((1, 3)), np.ones((1, 3)), depression, 1.2)).all()


def share_near(depth, truth, factor=1.25):
    near = np.maximum(depth / truth, truth / depth) < factor
    return np.mean(near[np.isfinite(truth)])


def test_the_sofa_of_the_sample_photograph_ends_at_its_visible_top():
    samples = Path(geo_world_model.__file__).parent / 'samples'
    rgb = read_rgb(samples / 'library.jpg')
    truth = cv2.imread(str(samples / 'library_depth.png'), -1) / np.float32(1000)
    truth[truth == 0] = np.nan
    cam = PinholeCamera(720.0, 720.0, 479.5, 359.5, 960, 720)
    depth = GENERATOR.complete(lift_request(rgb, cam, first_pose(rgb, cam, 1.37))).depth
    around = (slice(150, 420), slice(0, 290))
    assert share_near(depth[around], truth[around]) > 0.95
    above = (slice(150, 240), slice(0, 110))
    assert np.mean(depth[above] > 2.5) > 0.99
    # the outline is one line: the sofa's side, and one step down in every column left of it
    steps = (depth[:-1, :260] > 1.08 * depth[1:, :260]).sum(0)
    assert np.mean(steps == 1) > 0.95


def test_sides_and_tops_of_things_lie_on_the_edges_of_a_large_photograph():
    cam, at = camera(1280, 960), pose(15, 0, 1.3)
    room = ((-9, -9, 0), (4.0, 9, 9))
    box = ((2.2, -0.33, 0.0), (2.6, 0.41, 0.9))
    rgb, truth = boxes_view(cam, at, [room, box], [
        ((200, 180, 140), (200, 180, 140), (95, 100, 98)), ((40, 50, 40),) * 3])
    depth = GENERATOR.complete(lift_request(rgb, cam, at)).depth
    row = 560
    for jump in np.flatnonzero(np.abs(np.diff(truth[row])) > 0.5):
        found = np.flatnonzero(np.abs(np.diff(depth[row])) > 0.5)
        assert np.abs(found - jump).min() <= 1
    column = 640
    thing, found = (np.flatnonzero(np.abs(np.diff(d[:, column])) > 0.4) for d in (truth, depth))
    assert np.abs(found - thing[0]).min() <= 2


def test_walls_end_where_they_meet_in_a_corner():
    azimuth = np.linspace(-0.6, 0.6, 121)
    right, left = 3 / np.cos(azimuth + 0.6), 2.5 / np.cos(azimuth - np.pi / 2 + 0.6)
    meeting = int(np.argmin(np.abs(np.log(right / left))))
    walls = [Wall(0, meeting, -0.6, 0, 3.0, right[:meeting]),
             Wall(meeting, 121, np.pi / 2 - 0.6, 1, 2.5, left[meeting:])]
    reach, background = background_ranges(azimuth, walls, FAR)
    assert np.array_equal(background, reach)


def test_columns_between_two_planes_belong_to_one_of_them():
    azimuth = np.linspace(-0.5, 0.5, 101)
    near, far = 2.0 / np.cos(azimuth), 3.0 / np.cos(azimuth)
    ramp = np.geomspace(2.1, 2.95, 5)
    walls = without_ramps([Wall(0, 50, 0.0, 0, 2.0, near[:50]),
                           Wall(50, 55, None, -1, 2.5, ramp),
                           Wall(55, 101, 0.0, 0, 3.0, far[55:])], azimuth)
    assert [(wall.start, wall.end) for wall in walls] == [(0, 52), (52, 101)]
    assert np.array_equal(walls[0].ranges, walls[0].range_at(azimuth[:52]))
    beyond = [Wall(0, 50, 0.0, 0, 2.0, near[:50]), Wall(50, 55, None, -1, 6.0, 2 * ramp),
              Wall(55, 101, 0.0, 0, 3.0, far[55:])]
    assert without_ramps(beyond, azimuth) == beyond


def test_a_gap_in_an_edge_lets_no_wall_through_to_the_floor():
    edge = np.zeros((80, 40), np.float32)
    edge[10] = 1
    edge[10, 20:22] = 0
    above = np.ones(40, bool)
    assert not hangs_from_horizon(edge, above)[11:].any()
    edge[10, 16:26] = 0
    assert hangs_from_horizon(edge, above)[11:, 18:24].all()


def test_the_front_of_a_top_is_an_edge_below_the_end_of_the_thing():
    cam, at, height = camera(), pose(25, 0, 1.2), 1.2
    seen = Directions.of(cam.rays(), at.matrix[:3, :3])
    grid = PolarGrid.of(seen, cam, at.matrix[:3, :3])
    azimuth = grid.azimuth
    columns = np.arange(len(azimuth))
    thing = np.abs(azimuth) < 0.3
    reach = np.where(thing, 1.5, 5.0)
    edges = np.zeros((12, *grid.inside.shape), np.float32)
    front, rim = (np.arctan((height - top) / 1.5) for top in (0.5, 0.7))
    for depression in (front, rim):
        row = round(float(grid.row_of(depression)))
        edges[:, row - 1:row + 2, thing] = 1
    first = int(np.searchsorted(grid.depression, 0.06))
    cells = np.ones((len(grid.depression) - first, len(azimuth)))
    floor = np.zeros((len(cells) + 1, len(azimuth)))
    evidence = Evidence(grid, height, first, floor, edges, cells)
    walls = [Wall(int(part[0]), int(part[-1]) + 1, 0.0, 0, 1.0, reach[part])
             for part in np.split(columns, np.flatnonzero(np.diff(thing)) + 1)]
    tops = top_heights(evidence, walls, reach, np.where(thing, rim, -np.pi / 2))
    assert np.allclose(tops[thing], 0.5, atol=0.04)
    assert not tops[~thing].any()
