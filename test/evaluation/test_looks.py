# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import cv2
import numpy as np
import pytest

from geo_world_model.cache.points import PointCloud
from geo_world_model.cache.renderer import render
from geo_world_model.datasets.recording import Recording
from geo_world_model.evaluation import looks
from geo_world_model.evaluation.simple_looks import blend, one_pixel_points
from geo_world_model.geometry.view import OBSERVED
from geo_world_model.seed import make_keyframe
from synthetic import pose_at, write_recording


def box_before_a_wall(grown=0):
    thing = np.zeros((80, 100), np.uint8)
    thing[20:60, 30:70] = 1
    size = 2 * abs(grown) + 1
    change = cv2.dilate if grown > 0 else cv2.erode
    return np.where(change(thing, np.ones((size, size), np.uint8)), 1.0, 2.0).astype(np.float32)


def test_silhouettes_tell_growing_from_shrinking():
    truth, counted = box_before_a_wall(), np.ones((80, 100), bool)
    assert looks.silhouettes(truth, truth, counted) == (0, 0)
    grown, shrunk = looks.silhouettes(box_before_a_wall(2), truth, counted)
    assert 0.3 < grown < 0.5 and shrunk == 0
    grown, shrunk = looks.silhouettes(box_before_a_wall(-2), truth, counted)
    assert grown == 0 and 0.3 < shrunk < 0.5


def test_all_ways_are_judged_on_the_pixels_that_all_of_them_know():
    rgb, depth = np.full((80, 100, 3), 90, np.uint8), box_before_a_wall()
    half = depth.copy()
    half[:, 50:] = np.nan
    wrong = np.where(np.arange(100) < 50, depth, 9).astype(np.float32)
    rows = looks.compare({'half': (rgb, half), 'wrong': (rgb + np.uint8(10), wrong)}, (rgb, depth))
    assert rows['half']['known'] == 0.5 and rows['wrong']['known'] == 1
    assert (rows['wrong']['depth_right'] == 1
            and rows['wrong']['psnr'] == pytest.approx(28.13, abs=.01))


def two_observations(recording, shift):
    """The first frame twice, the second time with other colours and a little farther."""
    rgb, depth = recording.rgb(0), recording.depth(0)
    known = np.full(depth.shape, OBSERVED, np.uint8)
    cloud = PointCloud()
    for number, (colour, far) in enumerate(((rgb // 2, 1.0), (rgb // 2 + 100, shift)), 1):
        cloud.add(number, make_keyframe(colour, (depth * far).astype(np.float32), known,
                                        recording.camera, recording.pose(0)))
    return cloud


@pytest.mark.parametrize('shift, added', [(1.02, 50), (1.2, 0)])
def test_the_blend_mixes_what_lies_on_one_surface_and_nothing_behind(tmp_path, shift, added):
    recording = Recording(write_recording(tmp_path / 'room', [pose_at(0, 0)]))
    cloud, view = two_observations(recording, shift), (recording.camera, recording.pose(0))
    shown = render(cloud, *view, 2)
    mixed = blend(cloud, *view, shown)
    points, depth = one_pixel_points(cloud, *view)
    assert np.mean(points == shown.rgb) > 0.99 and np.nanmax(abs(depth - shown.depth)) < 0.01
    # a third of the weight is that of the front point as the rendering, a third as a point
    expected = shown.rgb + round(added * 2 / 3)
    assert np.mean(abs(mixed.astype(int) - expected.astype(int)) <= 1) > 0.99


def test_a_recording_is_drawn_in_four_ways(tmp_path):
    pytest.importorskip('open3d')
    recording = write_recording(tmp_path / 'room', [
        pose_at(0.06 * i, 0.03 * i, yaw_deg=3 * i) for i in range(6)])
    result = looks.run(recording, tmp_path, tmp_path / 'sheet.png')
    assert result['held_out'] == 1 and result['observed'] == 5 and result['common'] > 0.5
    for way in ('one_pixel', 'rendering', 'blend', 'tsdf'):
        assert result[way]['depth_error_median'] < 0.02 and result[way]['psnr'] > 15
    assert result['rendering']['known'] >= result['one_pixel']['known']
    assert (tmp_path / 'sheet.png').stat().st_size > 1000
    json.dumps(result)
