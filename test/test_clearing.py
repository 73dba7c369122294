# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model import clearing
from geo_world_model.cache.chunks import ALIVE
from geo_world_model.clearing import Ball, Box
from geo_world_model.errors import EditError
from geo_world_model.generators import create_generator
from geo_world_model.geometry.view import GENERATED
from geo_world_model.world import World
from synthetic import CAMERA, pose_at, room_view

REGIONS = [Box((1.0, -1.0, 0.0), (4.5, 0.5, 1.5)), Ball((3.9, 0.4, 1.1), 0.7)]


@pytest.fixture
def world(tmp_path):
    rgb, depth = room_view(pose_at())
    depth[:40, :60] = np.inf
    with World.open(tmp_path / 'w.gwm') as world:
        world.seed(rgb, CAMERA, depth)
        yield world


def points(world):
    surfaces = world.cache.cloud.surfaces
    return np.stack([surfaces.x, surfaces.y, surfaces.z], 1).astype(np.float64)


@pytest.mark.parametrize('region', REGIONS)
def test_exactly_the_points_inside_are_retired(world, region):
    where = points(world)
    if isinstance(region, Box):
        inside = [all(low <= c <= high for low, c, high in zip(region.low, p, region.high))
                  for p in where]
    else:
        inside = [sum((c - m) ** 2 for c, m in zip(p, region.centre)) <= region.radius ** 2
                  for p in where]
    assert 100 < np.sum(inside) < len(where) - 100
    number, count = world.clear(region)
    assert number == 2 and world.revision == 2 and count == np.sum(inside)
    np.testing.assert_array_equal(world.cache.cloud.surfaces.retired != ALIVE, inside)
    assert world.clear(region) == (None, 0) and world.version == 2


def test_more_points_than_an_operation_holds_are_left_and_the_way_out_is_said(world, monkeypatch):
    monkeypatch.setattr(clearing, 'MOST_POINTS', 100)
    with pytest.raises(EditError, match='one part after the other; nothing was changed'):
        world.clear(REGIONS[0])
    assert world.version == 1
    monkeypatch.undo()
    assert world.clear(REGIONS[0])[0] == 2 and clearing.MOST_POINTS > 33_000_000


def test_a_ball_around_everything_takes_all_points(world):
    live = world.cache.cloud.live_count
    assert world.clear(Ball((0, 0, 0), 1e300))[1] == live > 0


@pytest.mark.parametrize('region', REGIONS)
def test_what_was_cleared_is_unknown_and_generated_anew_and_the_sky_stays(world, region):
    before = world.look(pose_at(), CAMERA).rendering
    world.clear(region)
    look = world.look(pose_at(), CAMERA)
    hole = look.rendering.unknown
    assert 100 < hole.sum() < hole.size / 2 and not look.complete
    sky = np.isposinf(before.depth)
    np.testing.assert_array_equal(np.isposinf(look.rendering.depth) & sky, sky)
    same = ~hole & ~look.rendering.closed
    np.testing.assert_array_equal(look.rendering.rgb[same], before.rgb[same])
    view = world.view(pose_at(), CAMERA, create_generator('classical'))
    assert view.coverage == 1.0 and (view.provenance[hole] == GENERATED).all()
    # the measured view protects what is left of it, not what was taken away
    assert world.cache.cloud.surfaces.operation.max() == 3


def test_a_clear_is_taken_back_exactly(world):
    before = [world.cache.render(CAMERA, pose_at(yaw_deg=a)) for a in (0, 20)]
    world.clear(REGIONS[0])
    world.undo()
    assert (world.cache.cloud.surfaces.retired == ALIVE).all()
    for shown, angle in zip(before, (0, 20)):
        again = world.cache.render(CAMERA, pose_at(yaw_deg=angle))
        for name in ('rgb', 'depth', 'provenance', 'operation', 'bound'):
            np.testing.assert_array_equal(getattr(again, name), getattr(shown, name))


@pytest.mark.parametrize('make, values', [
    (Box, ((0, 0, 0), (1, 0, 1))), (Box, ((0, 0, np.nan), (1, 1, 1))), (Ball, ((0, 0, 0), 0.0)),
    (Box, ((2, 0, 0), (1, 1, 1))), (Ball, ((0, np.inf, 0), 1.0)), (Ball, ((0, 0, 0), -1.0))])
def test_a_region_without_an_inside_is_refused(make, values):
    with pytest.raises(EditError, match='expected'):
        make(*values)
