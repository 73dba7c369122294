# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What the painter promises: known pixels stay, patterns go on, a place has one texture."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.structure.texture import paint, Source
from geo_world_model.generators.structure.texture.adoption import adopt_relief
from geo_world_model.generators.structure.texture.memory import textures
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.view import View

sys.path.insert(0, str(Path(__file__).parent))
import painted_room
from painted_room import AHEAD, CAMERA, colours, meet, PLANES, pose, scene


def likeness(ours, truth, mask):
    """Correlation of two pictures inside a mask."""
    one, two = (image[..., 0][mask].astype(float) for image in (ours, truth))
    return np.corrcoef(one, two)[0, 1]


def away_from(known):
    return cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)


def test_known_pixels_stay_and_holes_on_planes_are_painted():
    room = scene(30)
    result = room.paint()
    assert np.array_equal(result.rgb[~room.hole], room.view.rgb[~room.hole])
    assert result.painted[room.hole & (room.surface < 2)].all()
    assert not result.painted[~room.hole].any()
    assert result.relief.dtype == np.float32 and not result.relief[~room.hole].any()


def test_stripes_of_a_wall_go_on_with_their_period_and_phase():
    room = scene(30)
    result = room.paint()
    wall = room.hole & (room.surface == 1) & (room.points[..., 2] < 2)
    assert wall.mean() > 0.05
    assert likeness(result.rgb, room.truth, wall) > 0.9
    smooth = room.paint(texture=0.0)
    assert likeness(smooth.rgb, room.truth, wall) < 0.5


def test_boards_of_a_floor_keep_their_direction():
    room = scene(25)
    result = room.paint()
    floor = room.hole & (room.surface == 0) & (room.depth < 3)
    assert floor.mean() > 0.02
    assert likeness(result.rgb, room.truth, floor) > 0.8


def test_a_place_has_the_same_colour_in_two_views():
    one, two = scene(35), scene(55, x=0.2)
    ours, theirs = one.paint(), two.paint()
    inverse = np.linalg.inv(two.view.pose.matrix)
    uv, z = CAMERA.project(one.points @ inverse[:3, :3].T + inverse[:3, 3])
    column, row = np.rint(np.where(np.isfinite(uv), uv, -9)).astype(int).transpose(2, 0, 1)
    inside = (z > 0) & (column >= 0) & (row >= 0) & (column < 320) & (row < 240)
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    both = (inside & one.hole & two.hole[row, column] & (one.surface == 1)
            & (two.surface[row, column] == 1) & (away_from(~one.hole) > 20)
            & (away_from(~two.hole)[row, column] > 20))
    assert both.sum() > 500
    difference = np.abs(ours.rgb.astype(int) - theirs.rgb[row, column])[both]
    assert np.median(difference) <= 6


def test_a_hole_where_a_source_looked_shows_what_the_source_saw():
    room = scene(0)
    hole = room.hole.copy()
    hole[100:110, 100:200] = True
    view = View(np.where(hole[..., None], 0, room.view.rgb).astype(np.uint8), room.view.depth,
                np.where(hole, 0, 1).astype(np.uint8), CAMERA, room.view.pose)
    result = paint(view, room.surface, room.depth, hole, PLANES, (room.source,),
                   np.zeros_like(view.rgb))
    away = np.abs(result.rgb[100:110, 100:200].astype(int) - room.truth[100:110, 100:200])
    assert away.mean() < 6


def test_an_unseen_wall_borrows_from_a_seen_one_and_a_ceiling_is_smooth_and_light():
    room = scene(-60)
    result = room.paint()
    wall = room.hole & (room.surface == 2)
    ceiling = room.hole & (room.surface == 3)
    assert result.painted[wall].all() and wall.mean() > 0.1
    assert result.rgb[wall].std() > 15
    assert result.painted[ceiling].all()
    assert np.ptp(result.rgb[ceiling].astype(int), axis=0).max() < 60
    assert result.rgb[ceiling].mean() > room.source.view.rgb[room.source.surface == 1].mean()


def test_without_a_seen_wall_the_base_stays():
    room = scene(-60)
    alone = Source(room.source.view, np.where(room.source.surface == 1, -1,
                                              room.source.surface).astype(np.int16))
    unseen = np.where(room.surface == 1, -1, room.surface).astype(np.int16)
    base = np.full_like(room.view.rgb, 77)
    planes = [PLANES[0], replace(PLANES[1], bounding=False), *PLANES[2:]]
    result = paint(room.view, unseen, room.depth, room.hole, planes, (alone,), base)
    assert (result.rgb[room.hole & (room.surface == 2)] == 77).all()


def test_relief_goes_with_the_colour_and_not_beyond_what_was_seen():
    def deepen(points):
        return 0.2 * (np.sin(2 * np.pi * points[..., 1] / painted_room.STRIPE) > 0)
    room = scene(30, deepen=deepen)
    result = room.paint()
    wall = room.hole & (room.surface == 1) & (room.points[..., 2] < 2)
    assert result.relief[wall].min() >= -0.25 and result.relief[wall].max() <= 0.01
    deep = result.relief[wall] < -0.1
    assert 0.25 < deep.mean() < 0.75
    bright = room.truth[wall][:, 0] > 150
    assert np.mean(deep == bright) > 0.8
    assert not result.relief[room.surface == 0].any()


def test_things_close_to_a_wall_are_its_texture():
    room = scene(0)
    surface = room.source.surface.copy()
    surface[60:80, 100:140] = -1
    surface[60:80, 150:180] = 4
    board = replace(PLANES[1], offset=AHEAD - 0.01, bounding=False)
    adopted = adopt_relief(Source(room.source.view, surface), [*PLANES, board])
    assert (adopted.surface[60:80, 100:180] == 1).all()
    assert np.array_equal(adopted.surface[surface >= 0][surface[surface >= 0] < 4],
                          surface[(surface >= 0) & (surface < 4)])
    far = Source(replace(room.source.view, depth=(room.source.view.depth * np.float32(0.5))),
                 surface)
    assert (adopt_relief(far, [*PLANES, board]).surface == surface).all()


def speckled_floor():
    """The room with a floor of fine noise, its source, and where the floor is to be painted."""
    room = scene(25)
    noise = np.random.RandomState(7).normal(120, 18, room.source.surface.shape)
    value = np.where(room.source.surface == 0, noise, room.source.view.rgb[..., 0])
    rgb = np.clip(value[..., None], 0, 255).repeat(3, -1).astype(np.uint8)
    view = View(rgb, room.source.view.depth, room.source.view.provenance, CAMERA,
                room.source.view.pose)
    floor = room.hole & (room.surface == 0) & (room.depth < 2.5)
    return room, Source(view, room.source.surface), floor


def test_what_is_grown_has_the_contrast_of_what_was_seen():
    room, source, floor = speckled_floor()
    fine = [image.astype(np.float32) - cv2.blur(image, (5, 5)).astype(np.float32)
            for image in (room.paint(sources=(source,)).rgb, source.view.rgb)]
    near = (source.surface == 0) & (meet(source.view.pose)[1] < 2.5)
    assert fine[0][floor].std() > 0.75 * fine[1][near].std()


def test_texture_sets_the_strength():
    room = scene(30)
    wall = room.hole & (room.surface == 1)
    spread = [room.paint(texture).rgb[wall].std() for texture in (0.0, 0.5, 1.0)]
    assert spread[0] < spread[1] < spread[2]


def test_a_view_without_sources_teaches_itself():
    room = scene(20)
    result = room.paint(sources=())
    assert likeness(result.rgb, room.truth,
                    room.hole & (room.surface == 1) & (room.points[..., 2] < 2)) > 0.8


def test_what_was_generated_teaches_nothing_while_anything_was_measured():
    room = scene(20)
    wrong = ~room.hole & (np.arange(320) % 40 < 14)[None]
    rgb = np.where(wrong[..., None], np.uint8(0), room.view.rgb)
    shown = np.where(wrong, 3, room.view.provenance).astype(np.uint8)
    view = View(rgb, room.view.depth, shown, CAMERA, room.view.pose)
    ours, clean = (paint(picture, room.surface, room.depth, room.hole, PLANES, (),
                         np.zeros_like(rgb)) for picture in (view, room.view))
    wall = room.hole & (room.surface == 1) & (room.points[..., 2] < 2)
    assert np.median(ours.rgb[wall]) > 0.8 * np.median(clean.rgb[wall])
    assert (ours.rgb[wall].max(-1) < 40).mean() < 0.02
    # with nothing measured, what was generated is all there is
    alone = View(room.view.rgb, room.view.depth,
                 np.where(room.hole, 0, 3).astype(np.uint8), CAMERA, room.view.pose)
    result = paint(alone, room.surface, room.depth, room.hole, PLANES, (), np.zeros_like(rgb))
    assert result.painted[wall].all()


SCRIPT = """
import hashlib, sys
sys.path.insert(0, {folder!r})
from painted_room import scene
room = scene(40).paint()
print(hashlib.sha256(room.rgb.tobytes() + room.relief.tobytes()).hexdigest())
"""


def test_a_fresh_process_with_other_threads_paints_the_same_bytes():
    room = scene(40).paint()
    ours = hashlib.sha256(room.rgb.tobytes() + room.relief.tobytes()).hexdigest()
    script = SCRIPT.format(folder=str(Path(__file__).parent))
    theirs = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True,
                            check=True, env={**os.environ, 'NUMBA_NUM_THREADS': '1'})
    assert theirs.stdout.strip() == ours


def test_what_is_remembered_changes_nothing():
    first = scene(33).paint()
    again = scene(33).paint()
    textures.forget()
    afresh = scene(33).paint()
    assert np.array_equal(first.rgb, again.rgb) and np.array_equal(first.rgb, afresh.rgb)


@pytest.mark.parametrize('spoil', ['nan', 'inf', 'huge', 'tiny', 'nothing'])
def test_depth_that_cannot_be_leaves_the_base(spoil):
    room = scene(30)
    value = {'nan': np.nan, 'inf': np.inf, 'huge': 1e30, 'tiny': 1e-30, 'nothing': 0.0}[spoil]
    depth = np.where(room.hole, np.float32(value), room.depth).astype(np.float32)
    base = np.full_like(room.view.rgb, 77)
    result = paint(room.view, room.surface, depth, room.hole, PLANES, (room.source,), base)
    assert np.array_equal(result.rgb[~room.hole], room.view.rgb[~room.hole])
    assert np.isfinite(result.relief).all()
    if spoil in ('nan', 'inf', 'nothing'):
        assert not result.painted.any() and (result.rgb[room.hole] == 77).all()


def test_sources_that_hold_nonsense_are_survived():
    room = scene(30)
    view = room.source.view
    for depth in (np.full_like(view.depth, np.nan), np.full_like(view.depth, 1e30),
                  np.full_like(view.depth, 1e-30)):
        source = Source(View(view.rgb, depth, view.provenance, view.camera, view.pose),
                        room.source.surface)
        result = room.paint(sources=(source,))
        assert np.array_equal(result.rgb[~room.hole], room.view.rgb[~room.hole])


def test_views_of_a_pixel_without_planes_or_all_unknown():
    camera = PinholeCamera(1.0, 1.0, 0.0, 0.0, 1, 1)
    surface, depth, points = meet(pose(), camera)
    unknown = View(np.zeros((1, 1, 3), np.uint8), np.full((1, 1), np.nan, np.float32),
                   np.zeros((1, 1), np.uint8), camera, pose())
    hole, base = np.ones((1, 1), bool), np.full((1, 1, 3), 9, np.uint8)
    for planes, sources in ((PLANES, ()), ([], ()), (PLANES, (Source(unknown, surface),))):
        result = paint(unknown, surface, depth, hole, planes, sources, base)
        assert (result.rgb == 9).all()
    room = scene(30)
    blind = View(np.zeros_like(room.view.rgb), np.full_like(room.depth, np.nan),
                 np.zeros_like(room.view.provenance), CAMERA, room.view.pose)
    result = paint(blind, room.surface, room.depth, np.ones_like(room.hole), PLANES, (),
                   np.zeros_like(room.view.rgb))
    assert not result.painted.any()


def test_arrays_that_do_not_fit_are_refused_in_words():
    room = scene(30)
    with pytest.raises(GeneratorError, match='surface'):
        paint(room.view, room.surface.astype(int), room.depth, room.hole, PLANES, (),
              room.view.rgb)
    with pytest.raises(GeneratorError, match='base'):
        paint(room.view, room.surface, room.depth, room.hole, PLANES, (), room.view.rgb[:9])
    with pytest.raises(GeneratorError, match='source'):
        Source(room.view, room.surface[:9])


def test_the_room_of_these_tests_is_what_it_says():
    surface, depth, points = meet(pose())
    assert abs(depth[surface == 1] - AHEAD).max() < 1e-4
    assert colours(surface, points)[surface == 1].std() > 20


def test_order_and_company_of_the_sources_change_nothing():
    room = scene(30)
    blind = Source(room.source.view, np.full_like(room.source.surface, -1))
    planes = PLANES[:1]
    floor = room.hole & (room.surface == 0)
    one, two = (room.paint(planes=planes, sources=sources)
                for sources in ((room.source,), (blind, room.source)))
    assert floor.any() and np.array_equal(one.rgb[floor], two.rgb[floor])


def test_labels_that_cannot_be_are_survived():
    room = scene(30)
    surface = room.source.surface.copy()
    surface[:50] = -7
    surface[50:60] = 99
    result = room.paint(sources=(Source(room.source.view, surface),))
    assert np.array_equal(result.rgb[~room.hole], room.view.rgb[~room.hole])
    ours = room.surface.copy()
    ours[:50] = -7
    ours[50:60] = 99
    base = np.full_like(room.view.rgb, 77)
    result = paint(room.view, ours, room.depth, room.hole, PLANES, (room.source,), base)
    assert (result.rgb[:60][room.hole[:60]] == 77).all()
