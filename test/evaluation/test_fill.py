# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import cv2
import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.images import depth_to_millimetres
from geo_world_model.datasets.recording import Recording
from geo_world_model.errors import ConfigError, GeneratorError
from geo_world_model.evaluation import fill
from geo_world_model.evaluation.bootstrap import interval, resample_counts
from geo_world_model.evaluation.depth_picture import depth_picture
from geo_world_model.evaluation.fill_scores import pooled_metrics, score
from geo_world_model.evaluation.metrics.gradient_energy import gradient_energy
from geo_world_model.evaluation.metrics.texture import (
    _directions, patch_places, patch_projections, sliced_wasserstein)
from geo_world_model.evaluation.simple_fills import nearest_depth, plane_depth, telea_colour
from geo_world_model.generators import Abilities, Answer
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View
from synthetic import pose_at, room_view, write_recording

ONCE = np.ones((1, 1))


@pytest.fixture
def recording(tmp_path):
    return write_recording(tmp_path / 'turning',
                           [pose_at(0.05 * i, yaw_deg=12.0 * i) for i in range(6)])


class Truth:
    """Answers what the synthetic room looks like."""

    abilities = Abilities('truth', ('complete',))

    def complete(self, request):
        rgb, depth = room_view(request.view.pose)
        # what a recording in millimetres holds
        depth = depth_to_millimetres(depth).astype(np.float32) / np.float32(1000)
        return Answer(rgb, depth, np.ones_like(depth))


@pytest.fixture
def truth_known(monkeypatch):
    real = fill.create_generator
    monkeypatch.setattr(fill, 'create_generator',
                        lambda name: Truth() if name == 'truth' else real(name))


def view_with_hole(depth, hole):
    height, width = depth.shape
    rgb = np.full((height, width, 3), (200, 100, 50), np.uint8)
    rgb[hole] = 0
    return View(rgb, np.where(hole, np.nan, depth).astype(np.float32),
                np.where(hole, 0, 1).astype(np.uint8),
                PinholeCamera(width, width, width / 2, height / 2, width, height), Pose.level(1.0))


def one_score(rgb, depth, true_rgb, true_depth, mask):
    found = score(rgb, depth, true_rgb, true_depth, mask, [0])
    return {name: value[0] for name, value in pooled_metrics([found], ONCE).items()}


def test_metrics_of_a_hand_worked_hole():
    true_rgb = np.zeros((1, 5, 3), np.uint8)
    rgb = true_rgb.copy()
    rgb[0, 0] = 51
    rgb[0, 4] = 255
    truth = np.array([[1.0, 2.0, np.nan, 4.0, 1.0]], np.float32)
    depth = np.array([[1.5, 2.0, 9.0, 3.0, 7.0]], np.float32)
    mask = np.array([[True, True, True, True, False]])
    found = one_score(rgb, depth, true_rgb, truth, mask)
    decibel = 10 * np.log10(255 ** 2 / (51 ** 2 / 4))
    assert found['psnr'] == found['psnr_mean'] == pytest.approx(decibel)
    assert found['abs_rel'] == pytest.approx((0.5 + 0.0 + 0.25) / 3)
    assert found['median'] == pytest.approx(0.25, rel=0.01)
    assert found['rmse'] == pytest.approx(np.sqrt((0.25 + 0.0 + 1.0) / 3))
    assert found['delta'] == pytest.approx(1 / 3)
    assert np.isnan(found['texture'])  # no whole patch lies inside


def test_an_answer_beyond_range_is_no_way_out_of_the_depth_errors():
    truth = np.array([[2.0, 2.0]], np.float32)
    depth = np.array([[np.inf, 2.0]], np.float32)
    rgb = np.zeros((1, 2, 3), np.uint8)
    found = one_score(rgb, depth, rgb, truth, np.ones((1, 2), bool))
    assert found['delta'] == 0.5
    assert found['abs_rel'] == pytest.approx((100 - 2) / 2 / 2)


def test_pooled_and_mean_psnr_weigh_small_holes_differently():
    truth = np.zeros((10, 10, 3), np.uint8)
    bad, good = np.full_like(truth, 51), np.full_like(truth, 5)
    depth = np.ones((10, 10), np.float32)
    small = np.zeros((10, 10), bool)
    small[0, 0] = True
    scores = [score(bad, depth, truth, depth, small, [0]),
              score(good, depth, truth, depth, ~small, [0])]
    found = pooled_metrics(scores, np.array([[1.0, 1.0], [2.0, 0.0]]))
    decibel = [20 * np.log10(255 / 51), 20 * np.log10(255 / 5)]
    assert found['psnr'] == pytest.approx(
        [10 * np.log10(255 ** 2 / ((51 ** 2 + 99 * 25) / 100)), decibel[0]])
    assert found['psnr_mean'] == pytest.approx([np.mean(decibel), decibel[0]])


def test_the_median_is_that_of_all_pixels_of_all_pairs():
    random = np.random.RandomState(3)
    truth = np.full((30, 40), 2.0, np.float32)
    rgb = np.zeros((30, 40, 3), np.uint8)
    depths = [(2 * np.exp(random.randn(30, 40) * s)).astype(np.float32) for s in (0.02, 0.5)]
    errors = [np.abs(d / 2 - 1) for d in depths]
    scores = [score(rgb, d, rgb, truth, truth > 0, [0]) for d in depths]
    found = pooled_metrics(scores, np.array([[1, 1], [0, 1], [3, 1]]))['median']
    expected = [np.median(errors), np.median(errors[1]), np.median([errors[0]] * 3 + errors[1:])]
    assert found == pytest.approx(expected, rel=0.02)


def test_texture_distance_agrees_with_sorting_the_projections():
    random = np.random.RandomState(1)
    images = [np.clip(128 + random.randn(60, 80, 3) * contrast, 0, 255).astype(np.uint8)
              for contrast in (4, 25)]
    rows, columns = patch_places(np.ones((60, 80), bool), 300, random)

    def sorted_projections(image):
        patches = np.stack([image[r - 3:r + 4, c - 3:c + 4] for r, c in zip(rows, columns)]) / 255
        patches = patches - patches.mean((1, 2), keepdims=True)
        return np.sort(patches.reshape(len(rows), -1) @ _directions(147), 0)

    expected = np.abs(sorted_projections(images[0]) - sorted_projections(images[1])).mean()
    histograms = [patch_projections(image, rows, columns)[None] for image in images]
    assert sliced_wasserstein(*histograms, ONCE) == pytest.approx([expected], rel=0.01)
    assert sliced_wasserstein(histograms[0], histograms[0], ONCE) == [0]


def test_texture_distance_does_not_see_the_mean_colour():
    grey = np.full((20, 20, 3), 90, np.uint8)
    places = patch_places(np.ones((20, 20), bool), 300, np.random.RandomState(0))
    histograms = [patch_projections(image, *places)[None] for image in (grey, grey + 100)]
    assert sliced_wasserstein(*histograms, ONCE) == pytest.approx([0], abs=1e-4)


def test_patches_lie_fully_inside_the_mask():
    mask = np.zeros((40, 60), bool)
    mask[5:25, 10:40] = True
    rows, columns = patch_places(mask, 500, np.random.RandomState(0))
    assert (rows.min(), rows.max()) == (8, 21) and (columns.min(), columns.max()) == (13, 36)
    mask[:, 18:] = False
    assert patch_places(mask, 500, np.random.RandomState(0))[0].size == 0  # 28 places: too few


def test_gradient_energy_of_a_step():
    image = np.zeros((12, 12, 3), np.uint8)
    image[:, 6:] = 40
    mask = np.zeros((12, 12), bool)
    mask[2:9, 2:11] = True
    # of the seven rows of the mask the inner five count, each crosses the step once
    assert gradient_energy(image, mask) == 5 * 40
    assert gradient_energy(image, np.zeros((12, 12), bool)) == 0


def test_resamples_draw_every_sample_equally_often_and_repeat():
    counts = resample_counts(8, 4000)
    assert (counts.sum(1) == 8).all()
    assert counts.mean(0) == pytest.approx(np.ones(8), abs=0.06)
    assert np.array_equal(counts, resample_counts(8, 4000))


def test_interval_of_the_mean_is_that_of_its_standard_error():
    values = np.random.RandomState(0).randn(400)
    low, high = interval(resample_counts(400) @ values / 400)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert interval(np.array([np.nan, 3.0])) == (3.0, 3.0)
    assert np.isnan(interval(np.array([np.nan]))[0])


def test_simple_fills_of_a_hand_worked_row():
    depth = np.full((24, 40), 2.0)
    depth[:, 20:] = 4.0
    hole = np.zeros((24, 40), bool)
    hole[:, 14:26] = True
    view = view_with_hole(depth, hole)
    assert np.array_equal(nearest_depth(view), depth)
    colour = telea_colour(view)
    assert np.abs(colour.astype(int) - (200, 100, 50)).max() <= 5
    assert np.array_equal(colour[~hole], view.rgb[~hole])


@pytest.mark.parametrize('share', [0.002, 0.1, 0.9])
def test_nearest_depth_agrees_with_trying_every_known_pixel(share):
    random = np.random.RandomState(2)
    known = random.rand(37, 53) < share
    known[20, 30] = True
    # every depth says which pixel it came from
    view = view_with_hole(np.arange(1.0, 37 * 53 + 1).reshape(37, 53), ~known)
    filled = nearest_depth(view)
    places = np.argwhere(known)
    for place in np.argwhere(~known):
        origin = np.array(divmod(int(filled[tuple(place)]) - 1, 53))
        assert known[tuple(origin)]
        assert ((origin - place) ** 2).sum() == ((places - place) ** 2).sum(1).min()


def test_nearest_depth_of_nothing_stays_unknown():
    view = view_with_hole(np.ones((4, 5)), np.ones((4, 5), bool))
    assert np.isnan(nearest_depth(view)).all()


def test_planes_go_on_where_the_nearest_depth_stays():
    v, u = np.mgrid[:60, :80]
    depth = 1 / (0.2 + 0.002 * u + 0.001 * v)
    hole = u > 60
    view = view_with_hole(depth, hole)
    assert plane_depth(view)[hole] == pytest.approx(depth[hole], rel=0.01)
    assert nearest_depth(view)[30, 79] == pytest.approx(depth[30, 60], rel=1e-5)
    assert np.array_equal(plane_depth(view)[~hole], view.depth[~hole])


def test_depth_pictures_run_from_near_to_far_with_black_unknown_and_white_sky():
    picture = depth_picture(np.array([[1.0, 4.0, np.inf, np.nan]]), 1.0, 4.0)
    assert picture[0, 0, 0] > picture[0, 0, 2]
    assert picture[0, 2].tolist() == [255, 255, 255]
    assert picture[0, 3].tolist() == [0, 0, 0] and picture[0, 1].max() > 0


def test_pairs_fit_are_ordered_by_the_seed_and_none_comes_twice(recording):
    source = Recording(recording)
    pairs = list(fill.draw_pairs(source, 8, 5))
    names = [(pair.source, pair.target) for pair in pairs]
    assert len(set(names)) == 8 and all(a != b for a, b in names)
    for pair in pairs:
        assert 0.2 < pair.hole.mean() < 0.6
        assert np.array_equal(pair.rgb, source.rgb(pair.target))
        assert pair.request.view.pose == source.pose(pair.target)
        assert np.array_equal(np.isnan(pair.request.view.depth), pair.hole)
    assert [(p.source, p.target) for p in fill.draw_pairs(source, 3, 5)] == names[:3]
    assert [(p.source, p.target) for p in fill.draw_pairs(source, 8, 6)] != names


def test_zones_part_the_hole_at_ten_pixels_from_the_known(recording):
    pair = next(fill.draw_pairs(Recording(recording), 1, 5))
    zones = pair.zones()
    assert np.array_equal(zones['rim'] | zones['beyond'], pair.hole)
    assert not (zones['rim'] & zones['beyond']).any()
    known = np.argwhere(~pair.hole)
    for zone, near in (('rim', True), ('beyond', False)):
        for place in np.argwhere(zones[zone])[::97]:
            distance = np.sqrt(((known - place) ** 2).sum(1).min())
            assert (distance <= 10 + 1e-4) == near


def test_the_truth_is_found_to_be_true_and_better_than_every_peer(recording, truth_known):
    result = fill.run(recording, 'truth', pairs=5)
    for zone in fill.ZONES:
        whole = result['summary']['truth'][zone]
        if zone == 'inside':
            # a convex room hides nothing from the source
            assert whole['delta']['value'] is None
            continue
        assert whole['delta']['value'] == whole['delta']['low'] == 1
        assert whole['abs_rel']['value'] < 1e-6
        assert whole['gradient']['value'] in (1, None)  # nothing inside a thin zone
        assert whole['texture']['high'] in (0, None)  # rims may be too thin for a patch
        assert whole['psnr']['value'] is None  # infinite
        assert whole['psnr_mean']['value'] == (None if zone in fill.DEPTH_ZONES else 100)
    assert list(result['summary']) == ['telea_nearest', 'telea_planes', 'classical', 'truth']
    for peer in ('telea_nearest', 'telea_planes', 'classical'):
        more = result['difference'][peer]['all']
        assert more['abs_rel']['high'] < 0 and more['texture']['high'] < 0
        own = result['summary'][peer]['all']
        for metric in own.values():
            assert metric['low'] <= metric['value'] <= metric['high']
    nearest, planes = (result['summary'][f'telea_{name}']['all'] for name in ('nearest', 'planes'))
    assert nearest['psnr'] == planes['psnr']
    assert planes['abs_rel']['value'] < nearest['abs_rel']['value']


def test_the_protocol_repeats_itself(recording):
    first, second = (fill.run(recording, pairs=3) for _ in range(2))
    assert first.pop('seconds').keys() == second.pop('seconds').keys() == {'classical'}
    assert first.pop('stages') == second.pop('stages') == {}
    assert json.dumps(first) == json.dumps(second)
    assert [row['classical']['all']['delta'] for row in first['pairs']] != [1, 1, 1]


def test_fewer_pairs_than_asked_for_are_said(recording):
    result = fill.run(recording, pairs=40)
    assert result['configuration']['pairs_asked'] == 40
    assert result['configuration']['pairs'] == len(result['pairs']) < 30
    assert fill.markdown(result).startswith(
        f'turning: {len(result["pairs"])} pairs of 40 asked for')


@pytest.mark.parametrize('wrong', [dict(pairs=0), dict(seed=-1), dict(contact_sheet='sheet.xyz')])
def test_wrong_numbers_are_refused(recording, wrong):
    with pytest.raises(ConfigError, match='expected'):
        fill.run(recording, **wrong)
    with pytest.raises(GeneratorError, match='unknown generator'):
        fill.run(recording, 'nobody')


def test_a_recording_that_stands_still_has_no_pairs(recording):
    for i in range(1, 6):
        for kind in ('color/{:06d}.png', 'depth/{:06d}.png', 'poses/{:06d}.txt'):
            (recording / kind.format(i)).write_bytes((recording / kind.format(0)).read_bytes())
    with pytest.raises(ConfigError, match='no pair'):
        fill.run(recording, pairs=2)


def test_the_command_prints_tables_and_writes_json_and_a_contact_sheet(recording, tmp_path,
                                                                       capsys):
    arguments = ['evaluate', 'fill', '--data', str(recording), '--generator', 'classical',
                 '--pairs', '2', '--seed', '5', '--json', str(tmp_path / 'fill.json'),
                 '--contact-sheet', str(tmp_path / 'sheet.png')]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    result = json.loads((tmp_path / 'fill.json').read_text())
    assert text.strip() == fill.markdown(result)
    rows = [line for line in text.splitlines() if line.startswith('| classical')]
    assert [row.count('|') for row in rows] == [10, 10, 10, 6, 6, 6, 6, 6, 10]
    assert f'{result["summary"]["classical"]["all"]["delta"]["value"]:.3f}' in rows[0]
    sheet = cv2.imread(str(tmp_path / 'sheet.png'))
    assert sheet.shape == (22 + 2 * 2 * 180, 5 * 240, 3)
    assert main([*arguments[:-1], str(tmp_path / 'absent' / 'sheet.png')]) == 2
    assert 'absent' in capsys.readouterr().err
