# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.recording import Recording
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation import fill, fill_pairs
from geo_world_model.evaluation.altered_recording import AlteredRecording
from geo_world_model.evaluation.fill_pairs import draw_pairs, Pair
from geo_world_model.generators import Request
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.view import View
from synthetic import CAMERA, pose_at, room_view, write_recording


@pytest.fixture
def recording(tmp_path):
    return write_recording(tmp_path / 'turning',
                           [pose_at(0.05 * i, yaw_deg=12.0 * i) for i in range(6)])


@pytest.fixture
def every_pair_fits(monkeypatch):
    """Draw pairs without looking at the frames."""
    monkeypatch.setattr(fill_pairs, '_pair',
                        lambda recording, source, target, references: (source, target))


def give_scenes(folder, scenes):
    (folder / 'frames.json').write_text(json.dumps([{'scene': scene} for scene in scenes]))
    return Recording(folder)


def test_the_order_without_scenes_is_that_of_one_permutation(recording, every_pair_fits):
    expected = []
    for number in np.random.RandomState(7).permutation(6 * 5).tolist():
        source, target = divmod(number, 5)
        expected.append((source, target + (target >= source)))
    assert list(draw_pairs(Recording(recording), 30, 7)) == expected


def test_pairs_lie_within_a_scene_and_all_are_drawn(recording, every_pair_fits):
    source = give_scenes(recording, [4, 4, 4, 9, 2, 2])
    pairs = list(draw_pairs(source, 30, 5))
    assert sorted(pairs) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1), (4, 5), (5, 4)]
    assert list(draw_pairs(source, 30, 5)) == pairs != list(draw_pairs(source, 30, 6))
    assert list(draw_pairs(source, 3, 5)) == pairs[:3]


def test_halves_are_frames_or_scenes_and_share_nothing(recording, every_pair_fits):
    plain = Recording(recording)
    odd, even = (list(draw_pairs(plain, 30, 5, half=half)) for half in ('odd', 'even'))
    assert {frame for pair in odd for frame in pair} == {1, 3, 5}
    assert {frame for pair in even for frame in pair} == {0, 2, 4}
    scenes = give_scenes(recording, [1, 1, 2, 2, 3, 3])
    assert sorted(draw_pairs(scenes, 30, 5, half='odd')) == [(0, 1), (1, 0), (4, 5), (5, 4)]
    assert sorted(draw_pairs(scenes, 30, 5, half='even')) == [(2, 3), (3, 2)]


def test_a_half_without_frames_is_said(recording):
    give_scenes(recording, [2] * 6)
    with pytest.raises(ConfigError, match='no pair'):
        fill.run(recording, pairs=2, half='odd')
    with pytest.raises(ConfigError, match='half'):
        fill.run(recording, pairs=2, half='upper')


def pair_of(source_pose, target_pose, depth, camera=CAMERA):
    rgb = np.zeros((camera.height, camera.width, 3), np.uint8)
    nothing = View(rgb, np.full(rgb.shape[:2], np.nan, np.float32),
                   np.zeros(rgb.shape[:2], np.uint8), camera, target_pose)
    request = Request('complete', nothing, np.full(rgb.shape[:2], np.inf, np.float32))
    return Pair(0, 1, source_pose, request, rgb, depth)


def test_what_the_source_picture_holds_is_inside():
    depth = room_view(pose_at())[1]
    # the same place: all inside; turned by the whole field of view: nothing
    assert pair_of(pose_at(), pose_at(), depth).zones()['inside'].all()
    turned = pose_at(yaw_deg=CAMERA.fov_deg[0] + 1)
    zones = pair_of(turned, pose_at(), depth).zones()
    assert not zones['inside'].any() and zones['outside'].all()
    assert not pair_of(pose_at(yaw_deg=180), pose_at(), depth).zones()['inside'].any()


def test_inside_follows_the_point_and_not_the_ray():
    camera = PinholeCamera(100.0, 100.0, 49.5, 19.5, 100, 40)
    step = pose_at(y=1.0)  # a metre to the left: near points leave its picture to the right
    depth = np.full((40, 100), 2.0, np.float32)
    inside = pair_of(step, pose_at(), depth, camera).zones()['inside']
    assert inside[20].sum() == 50 and inside[20, :50].all()
    depth[:] = np.inf  # the sky does not move
    assert pair_of(step, pose_at(), depth, camera).zones()['inside'].all()


def test_pixels_without_truth_are_neither_inside_nor_outside():
    depth = room_view(pose_at())[1]
    depth[:60] = np.nan
    zones = pair_of(pose_at(yaw_deg=30), pose_at(), depth).zones()
    assert not (zones['inside'] | zones['outside'])[:60].any()
    assert (zones['inside'] ^ zones['outside'])[60:].all()
    assert zones['inside'].any() and zones['outside'].any()


def test_an_altered_recording_shows_the_same_pictures(recording):
    plain = Recording(recording)
    altered = AlteredRecording(plain, 2.5, 10.0)
    assert len(altered) == 6 and altered.camera == plain.camera and altered.scenes is None
    assert np.array_equal(altered.depth(1), plain.depth(1) * np.float32(2.5))

    def seen_from(source, other, index):
        """Points of a frame in the axes of another."""
        m = np.linalg.inv(source.pose(other).matrix) @ source.pose(index).matrix
        return source.camera.unproject(source.depth(index)) @ m[:3, :3].T + m[:3, 3]

    assert seen_from(altered, 0, 3) == pytest.approx(2.5 * seen_from(plain, 0, 3), abs=1e-4)
    up = altered.pose(0).matrix[:3, :3] @ plain.pose(0).matrix[:3, :3].T @ [0, 0, 1]
    assert np.degrees(np.arccos(up[2])) == pytest.approx(10.0, abs=1e-4)
    assert AlteredRecording(plain).pose(2) == plain.pose(2)
    assert np.array_equal(AlteredRecording(plain).depth(2), plain.depth(2), equal_nan=True)


@pytest.mark.parametrize('scale, tilt', [(0.0, 0), (-1, 0), (float('nan'), 0), (1, float('inf'))])
def test_impossible_alterations_are_refused(recording, scale, tilt):
    with pytest.raises(ConfigError, match='expected'):
        AlteredRecording(Recording(recording), scale, tilt)


def test_the_command_measures_a_half_that_is_larger_and_leans(recording, tmp_path, capsys):
    arguments = ['evaluate', 'fill', '--data', str(recording), '--pairs', '1', '--half', 'even',
                 '--json', str(tmp_path / 'a.json')]
    assert main(arguments) == 0
    assert main([*arguments[:-1], str(tmp_path / 'b.json'), '--scale', '2', '--tilt-gravity',
                 '5']) == 0
    assert 'inside the source picture' in capsys.readouterr().out
    plain, altered = (json.loads((tmp_path / name).read_text()) for name in ('a.json', 'b.json'))
    assert (altered['configuration']['scale'], altered['configuration']['tilt_deg']) == (2, 5)
    row, other = plain['pairs'][0], altered['pairs'][0]
    assert (row['source'] % 2, row['target'] % 2) == (0, 0)
    # what is twice as large is as wrong, relatively, and twice as wrong in metres
    assert (other['source'], other['target']) == (row['source'], row['target'])
    one, two = (pair['telea_nearest']['all'] for pair in (row, other))
    assert two['abs_rel'] == pytest.approx(one['abs_rel'], rel=0.05)
    assert two['rmse'] == pytest.approx(2 * one['rmse'], rel=0.05)


def test_true_surfaces_are_level_or_upright():
    at = pose_at()
    depth = room_view(at)[1]
    zones = pair_of(pose_at(yaw_deg=30), at, depth).zones()
    points = CAMERA.unproject(depth) @ at.matrix[:3, :3].T + at.matrix[:3, 3]
    flat = (points[..., 2] < 0.02) | (points[..., 2] > 2.58)
    assert np.mean(zones['level'][flat]) > 0.9 and np.mean(zones['upright'][~flat]) > 0.9
    parts = sum(zones[name].astype(int) for name in ('level', 'upright', 'other'))
    assert np.all(parts == 1)
