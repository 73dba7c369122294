# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Walls: level things stay level where a wall leans out of its plane, upright ones upright."""

import sys
from pathlib import Path

import numpy as np
import pytest

from geo_world_model.generators.structure.texture import Source
from geo_world_model.generators.structure.texture.exemplar import Exemplar, find_exemplar
from geo_world_model.generators.structure.texture.grid import (
    BLOCK, choose_grid, Grid, TILE)
from geo_world_model.generators.structure.texture.growth import Cloth, grow, Pieces
from geo_world_model.generators.structure.texture.lean import find_lean, levelness
from geo_world_model.generators.structure.texture.lookup import look_up
from geo_world_model.generators.structure.texture.membrane import block_means
from geo_world_model.generators.structure.texture.plane_texture import make_texture
from geo_world_model.generators.structure.texture.strips import widened
from geo_world_model.geometry.view import View

sys.path.insert(0, str(Path(__file__).parent))
from painted_room import AHEAD, CAMERA, PLANES, pose  # noqa: E402

ASKEW = 0.15


def askew():
    """A wall with level boards that stands 0.15 m a metre out of its plane, and the floor."""
    at = pose()
    rays = CAMERA.rays() @ at.matrix[:3, :3].T
    with np.errstate(divide='ignore'):
        floor = np.where(rays[..., 2] < 0, -1.2 / rays[..., 2], np.inf)
    wall = AHEAD / (rays[..., 0] + ASKEW * rays[..., 1])
    depth = np.minimum(floor, wall)
    points = at.matrix[:3, 3] + rays * depth[..., None]
    boards = 120 + 60 * np.sign(np.sin(2 * np.pi * points[..., 2] / 0.4))
    value = np.where(floor < wall, 90, boards)
    rgb = np.repeat(value[..., None], 3, -1).astype(np.uint8)
    return Source(View(rgb, depth.astype(np.float32), np.ones(depth.shape, np.uint8), CAMERA, at),
                  np.where(floor < wall, 0, 1).astype(np.int16))


def test_the_foot_of_a_wall_tells_how_it_leans():
    source = askew()
    grid = choose_grid(PLANES[1], 1, (source,))
    lean = find_lean(PLANES[1], 1, PLANES[0], 0, (source,), grid, AHEAD)
    columns = np.flatnonzero(source.shows(1).any(0))
    foot = source.view.camera.unproject(source.view.depth)[:, columns[10]:columns[-10]]
    foot = foot @ source.view.pose.matrix[:3, :3].T
    right = -foot[..., 1][source.shows(1)[:, columns[10]:columns[-10]]]
    inside = slice(int((np.quantile(right, 0.1) / grid.cell) - grid.column),
                   int((np.quantile(right, 0.9) / grid.cell) - grid.column))
    place = (np.arange(grid.columns) + grid.column + 0.5) * grid.cell
    # the plane faces -x, its right is -y: before it is where x is less
    expected = ASKEW * -place
    assert np.abs(lean - expected)[inside].max() < 0.03


def test_boards_of_a_leaning_wall_are_level_in_its_texture():
    source = askew()
    askance, straight = (find_exemplar(PLANES[1], 1, (source,), *floor)
                         for floor in ((), (PLANES[0], 0)))
    assert not askance.lean.any() and straight.lean.any()
    assert levelness(straight.colour, straight.known) > 0.6
    assert levelness(askance.colour, askance.known) < 0.4
    texture = make_texture(PLANES[1], straight, 3)
    grid = texture.grid
    beyond = (straight.grid.column + straight.grid.columns + 60 + 7 * np.arange(20)) * grid.cell
    heights = np.arange(0.3, 1.4, 0.01)
    where = np.stack(np.meshgrid(beyond, heights), -1).reshape(-1, 2)
    colour, _ = look_up(texture, where, np.full(len(where), grid.cell), np.zeros_like(where), 1.0)
    rows = colour[:, 0].reshape(heights.size, beyond.size)
    assert np.std(rows, axis=1).mean() < 0.35 * np.std(rows)


def test_a_lean_that_makes_nothing_more_level_is_not_believed():
    source = askew()
    blank = Source(View(np.full_like(source.view.rgb, 100), source.view.depth,
                        source.view.provenance, CAMERA, source.view.pose), source.surface)
    assert not find_exemplar(PLANES[1], 1, (blank,), PLANES[0], 0).lean.any()


@pytest.mark.parametrize('drift', [-0.1, 0.25])
def test_what_lies_before_its_plane_is_met_where_the_ray_meets_it(drift):
    texture = make_texture(PLANES[1], find_exemplar(PLANES[1], 1, (askew(),), PLANES[0], 0), 3)
    usual = np.median(texture.lean)
    texture.lean[:] = 0.2
    where = np.stack([np.linspace(-1, 1, 50), np.full(50, 0.9)], 1)
    size = np.full(50, texture.grid.cell)
    aside = np.zeros_like(where)
    aside[:, 1] = drift
    moved, relief = look_up(texture, where, size, aside, 1.0)
    there, _ = look_up(texture, where + 0.2 * aside, size, np.zeros_like(where), 1.0)
    assert np.abs(moved - there).max() < 1e-3
    assert abs(np.median(relief) - 0.2) < 0.05 and abs(usual) < 0.1


def cloth_of(picture):
    """Cloth of one picture (h, w) in cells, all of it usable."""
    detail = np.repeat((picture - picture.mean())[..., None], 3, -1).astype(np.float32)
    known = np.ones(picture.shape, bool)
    means, _ = block_means(detail, known, BLOCK)
    return Cloth(detail, known, np.ascontiguousarray(means), np.ones(means.shape[:2], bool))


def whole(cloth):
    shape = cloth.usable.shape
    return Pieces(np.zeros(shape, np.int16), np.zeros((1, 2), np.int32),
                  np.ones(shape, np.float32))


def test_a_wall_goes_on_in_strips_of_its_full_height():
    noise = np.random.RandomState(4).uniform(-50, 50, (10 * BLOCK, 40 * BLOCK))
    cloth = cloth_of(noise)
    pieces = widened(whole(cloth), cloth, (0, 0), 15, 20, 7)
    assert pieces.label.shape == (10, 75) and (pieces.label >= 0).all()
    assert (pieces.label == pieces.label[:1]).all()
    assert (pieces.offsets[pieces.label[0, 15:55]] == 0).all()
    cuts = np.flatnonzero(np.diff(pieces.label[0, 55:]) != 0)
    assert len(cuts) >= 1 and np.abs(pieces.offsets[:, 0]).max() <= 3


def test_strips_are_moved_by_cells_until_they_fit():
    period = 4.5 * BLOCK
    columns = np.arange(40 * BLOCK)
    cloth = cloth_of(np.repeat(50 * np.sin(2 * np.pi * columns / period)[None], 60, 0))
    pieces = widened(whole(cloth), cloth, (0, 0), 0, 30, 7)
    shift = pieces.offsets[pieces.label[5, 40:], 1] % period
    assert np.minimum(shift, period - shift).max() <= 1.0
    assert len(np.unique(pieces.offsets[pieces.label[5, 40:], 1])) >= 2


def test_what_stands_on_a_wall_goes_on_upwards():
    columns = np.random.RandomState(5).uniform(-50, 50, 30)
    cloth = cloth_of(np.repeat(np.repeat(columns, BLOCK)[None], 20 * BLOCK, 0))
    # the upper rows of some columns were not seen
    cloth.usable[12:, 10:20] = False
    start = Pieces(np.where(cloth.usable, 0, -1).astype(np.int16), np.zeros((1, 2), np.int32),
                   np.ones(cloth.usable.shape, np.float32))
    nothing = np.zeros(cloth.usable.shape, bool)
    pieces = grow(cloth, (0, 0), start, nothing, False, 3, upright=True)
    taken = pieces.offsets[pieces.label[12:, 10:20]]
    assert (pieces.label >= 0).all()
    assert np.mean((taken[..., 1] == 0) & (taken[..., 0] < 0)) > 0.9


def test_far_from_what_was_seen_a_wall_has_its_usual_colour():
    grid = Grid(0.01, 0, 0, 6 * TILE, 10 * TILE)
    colour = np.full((grid.rows, grid.columns, 3), 100, np.float32)
    colour[:, :2 * TILE] = 200
    known = np.ones(colour.shape[:2], bool)
    exemplar = Exemplar(grid, np.zeros(grid.columns, np.float32), colour,
                        np.zeros(known.shape, np.float32), known, known, 3.0)
    texture = make_texture(PLANES[1], exemplar, 3)
    first = -texture.shift[1] // BLOCK
    rows = texture.low[-texture.shift[0] // BLOCK + 4, :, 0]
    per_tile = TILE // BLOCK
    assert rows[first] > 150 and first > 8 * per_tile
    assert abs(rows[first - 8 * per_tile] - 120) < 12


def test_what_a_window_shows_is_not_repeated_on_the_wall():
    source = askew()
    surface, rgb = source.surface, source.view.rgb.copy()
    window = np.zeros(surface.shape, bool)
    window[60:110, 170:230] = True
    rgb[window] = (0, 0, 255)
    rgb[~window] = np.maximum(rgb[~window][:, :1], 60)
    # its depth was filled in from around it
    view = View(rgb, source.view.depth, np.where(window, 2, 1).astype(np.uint8), CAMERA,
                source.view.pose)
    assert (surface[window] == 1).all()
    exemplar = find_exemplar(PLANES[1], 1, (Source(view, surface),), PLANES[0], 0)
    assert 0.02 < np.mean(exemplar.known & ~exemplar.measured)
    texture = make_texture(PLANES[1], exemplar, 3)
    grid, seen = texture.grid, exemplar.grid
    rows, columns = np.meshgrid(np.arange(grid.rows), np.arange(grid.columns), indexing='ij')
    where = np.stack([(columns + grid.column + 0.5) * grid.cell,
                      (rows + grid.row + 0.5) * grid.cell], -1).reshape(-1, 2)
    colour, _ = look_up(texture, where, np.full(len(where), grid.cell), np.zeros_like(where), 1.0)
    blue = (colour[:, 2] - colour[:, 0] > 100).reshape(rows.shape)
    inside = np.zeros(blue.shape, bool)
    top, left = seen.row - grid.row, seen.column - grid.column
    inside[top:top + seen.rows, left:left + seen.columns] = True
    assert blue[inside].mean() > 0.02
    assert blue[~inside].mean() < 3e-3
