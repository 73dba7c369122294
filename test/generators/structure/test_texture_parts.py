# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The parts of the painter: periods, material, membrane, growth, stacking, shuffling, memory."""

import numpy as np
import pytest

from geo_world_model.generators.structure.texture import memory
from geo_world_model.generators.structure.texture.borrowing import shuffled
from geo_world_model.generators.structure.texture.grid import BLOCK, Grid, TILE
from geo_world_model.generators.structure.texture.growth import (
    Cloth, grow, laid_means, numbered, Pieces)
from geo_world_model.generators.structure.texture.membrane import block_means, continued
from geo_world_model.generators.structure.texture.periods import find_period
from geo_world_model.generators.structure.texture.plain import material_cells, odd_blocks
from geo_world_model.generators.structure.texture.seam import rim_correction, spread_seam
from geo_world_model.generators.structure.texture.stacking import (
    FOOT, seen_rows, stack, whole_skirting)


def striped_cloth(rows=20, columns=30, period=48, axis=1):
    where = np.indices((rows * BLOCK, columns * BLOCK))[axis]
    wave = 50 * np.sin(2 * np.pi * where / period)
    detail = np.repeat(wave[..., None], 3, -1).astype(np.float32)
    means = block_means(detail, np.ones(wave.shape, bool), BLOCK)[0]
    return Cloth(detail, np.ones(wave.shape, bool), means, np.ones((rows, columns), bool))


def seen_in_the_middle(cloth, margin):
    rows, columns = cloth.usable.shape
    label = np.full((rows + 2 * margin, columns + 2 * margin), -1, np.int16)
    label[margin:-margin, margin:-margin] = 0
    return Pieces(label, np.zeros((1, 2), np.int32), np.ones(label.shape, np.float32))


@pytest.mark.parametrize('period', [40, 66, 91])
def test_the_period_of_a_pattern_is_found_to_the_cell(period):
    detail = np.sin(2 * np.pi * np.arange(360) / period)[:, None] * np.ones((1, 120))
    known = np.ones(detail.shape, np.float32)
    known[:, ::3] = 0
    assert abs(find_period(detail.astype(np.float32), known, BLOCK) - period) <= 1


def test_what_has_no_period_gets_half_its_extent():
    nothing = np.zeros((120, 60), np.float32)
    assert find_period(nothing, np.ones_like(nothing), BLOCK) == 60
    assert find_period(nothing, np.zeros_like(nothing), BLOCK) >= BLOCK


def test_things_on_a_floor_are_no_material_but_its_shades_are():
    colour = np.full((60, 80, 3), 120, np.float32)
    colour[:, 60:] = 90
    colour[10:20, 10:20] = (40, 60, 200)
    known = np.ones((60, 80), bool)
    material = material_cells(colour, known)
    assert material[:, 60:].all() and material[40:, :50].all()
    assert not material[12:18, 12:18].any()


def test_things_that_cover_a_table_belong_to_it():
    r = np.random.RandomState(1)
    colour = r.uniform(90, 110, (60, 60, 1)).astype(np.float32) * np.ones(3, np.float32)
    known = np.ones((60, 60), bool)
    for k in range(12):
        y, x = r.randint(0, 48, 2)
        colour[y:y + 8, x:x + 8] = r.uniform(0, 255, 3)
    assert material_cells(colour, known) is known


def test_blocks_that_stick_out_are_odd():
    means = np.random.RandomState(1).uniform(-2, 2, (20, 20, 3)).astype(np.float32)
    means[7, 9] = 60
    odd = odd_blocks(means, np.ones((20, 20), bool), True)
    assert odd[6:9, 8:11].all() and odd.sum() < 20


def test_the_smooth_part_goes_on_without_a_streak():
    mean = np.full((20, 30, 3), 100, np.float32)
    share = np.zeros((20, 30), np.float32)
    share[5:15, 5:15] = 1
    mean[:, 14] = 200
    whole = continued(mean * share[..., None], share, 2.0)
    assert whole.min() > 95 and whole[10, 29].max() < 160
    assert np.array_equal(continued(mean * 0, share * 0, 2.0), np.zeros_like(mean))


def test_pieces_grow_over_everything_in_step_with_the_pattern():
    cloth = striped_cloth()
    margin = 16
    start = seen_in_the_middle(cloth, margin)
    shift = (-margin * BLOCK, -margin * BLOCK)
    for level in (True, False):
        rows = slice(None) if level else slice(margin, -margin)
        part = Pieces(start.label[rows], start.offsets, start.fit[rows])
        at = shift if level else (0, shift[1])
        pieces = grow(cloth, at, part, np.zeros(part.label.shape, bool), level, 3)
        assert (pieces.label >= 0).all()
        laid = laid_means(cloth, at, pieces)[..., 0]
        centre = (np.arange(laid.shape[1]) + 0.5) * BLOCK + at[1] - 0.5
        truth = 50 * np.sin(2 * np.pi * centre / 48)
        assert np.abs(laid - truth).mean() < 6
        if not level:
            assert np.abs(pieces.offsets[:, 0]).max() < 2 * BLOCK


def test_growth_depends_on_its_seed_alone():
    cloth = striped_cloth()
    noise = np.random.RandomState(0).uniform(-40, 40, cloth.means.shape).astype(np.float32)
    cloth = Cloth(cloth.detail, cloth.sharp, noise, cloth.usable)
    start = seen_in_the_middle(cloth, 12)
    aside = np.zeros(start.label.shape, bool)
    one, same, other = (grow(cloth, (-72, -72), start, aside, True, seed) for seed in (3, 3, 4))
    assert np.array_equal(one.label, same.label) and np.array_equal(one.offsets, same.offsets)
    assert not (np.array_equal(one.label, other.label)
                and np.array_equal(one.offsets, other.offsets))


def test_a_wall_is_stacked_by_whole_periods_without_its_skirting():
    cloth = striped_cloth(rows=24, period=36, axis=0)
    margin = 12
    start = seen_in_the_middle(cloth, margin)
    columns = slice(margin, -margin)
    start = Pieces(start.label[:, columns], start.offsets, start.fit[:, columns])
    band = Pieces(start.label[margin:-margin], start.offsets, start.fit[margin:-margin])
    whole = stack(band, start, margin, cloth, 24)
    shift = np.take(whole.offsets[:, 0], whole.label[:, 0])
    assert (shift[margin:-margin] == 0).all()
    assert (shift[-margin:] < 0).all() and (shift[-margin:] % 36 == 0).all()
    assert (shift[margin - FOOT:margin] == FOOT * BLOCK).all()


def test_a_skirting_is_copied_whole_or_not_at_all():
    usable = np.zeros((30, 40), bool)
    usable[10:25] = True
    usable[8:10, 5:15] = True
    usable[9, 20:38:2] = True
    usable[2, 3] = True
    kept = whole_skirting(usable)
    assert kept[8:10, 5:15].all() and kept[:10].sum() == 20
    assert seen_rows(kept) == (8, 24)
    assert seen_rows(np.zeros((5, 5), bool)) == (0, 4)


def test_strips_come_from_elsewhere_but_never_go_on_as_they_were():
    pattern = np.random.RandomState(2).uniform(-50, 50, (10, 80, 3)).astype(np.float32)
    taken = shuffled(pattern, np.ones(40, bool), 20, 30, True, 5)
    assert np.array_equal(taken[:38], np.arange(38))
    cuts = np.flatnonzero(np.diff(taken) != 1)
    assert len(cuts) >= 2 and np.diff(cuts).max() <= 12
    assert ((taken >= 0) & (taken < 80)).all()
    assert np.array_equal(taken, shuffled(pattern, np.ones(40, bool), 20, 30, True, 5))


def test_offsets_and_pieces_are_the_same_thing():
    offsets = np.random.RandomState(3).randint(-500, 500, (6, 7, 2))
    laid = np.ones((6, 7), bool)
    laid[2, 3] = False
    pieces = numbered(offsets, laid, np.ones((6, 7)))
    assert np.array_equal(pieces.offsets[pieces.label][laid], offsets[laid])
    assert pieces.label[2, 3] == -1


def test_means_meet_at_the_rim_and_only_near_it():
    laid = np.zeros((20, 60, 3), np.float32)
    seen = np.zeros((20, 60), bool)
    seen[:, :20] = True
    laid[:, :20] = 30
    correction = rim_correction(laid, seen, 1.2)
    assert not correction[seen].any()
    assert correction[:, 20].min() > 20 and correction[:, 59].max() < 5
    assert not rim_correction(laid, np.zeros_like(seen), 1.2).any()


def test_a_seam_fades_and_is_bounded():
    difference = np.full((10, 50, 3), 200, np.float32)
    weight = np.zeros((10, 50), np.float32)
    weight[:, :10] = 1
    seam = spread_seam(difference * weight[..., None], weight, 200)
    assert seam[:, 10].min() > 30 and seam.max() <= 60.001
    assert seam[:, 49].max() < 0.2 * seam[:, 10].min()


def test_grids_of_whole_tiles_share_their_cells():
    one = Grid.covering(0.01, (-0.3, 0.2), (1.0, 2.0))
    two = Grid.covering(0.01, (-1.3, 0.9), (0.4, 2.4))
    for grid in (one, two, one.widened(3 * TILE + 5, TILE)):
        assert grid.rows % TILE == 0 and grid.columns % TILE == 0
        assert grid.row % TILE == 0 and grid.column % TILE == 0
    assert one.column * 0.01 <= -0.3 and (one.column + one.columns) * 0.01 >= 1.0


def test_memory_forgets_the_oldest():
    kept, made = memory.Memory(1000), []

    def ask(key, size):
        return kept.remembered(bytes([key]),
                               lambda: made.append(key) or [np.zeros(size, np.uint8)])
    for key in range(4):
        ask(key, 300)
    assert ask(3, 300)[0].size == 300 and made == [0, 1, 2, 3] and kept.bytes == 900
    ask(0, 300)
    assert made[-1] == 0 and kept.bytes == 900
    ask(9, 5000)
    assert kept.bytes == 0 and ask(3, 300)[0].size == 300 and made[-1] == 3
