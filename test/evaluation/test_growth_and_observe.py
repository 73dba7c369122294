# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json

import numpy as np
import pytest

from geo_world_model.cache.points import PointCloud
from geo_world_model.datasets.recording import Recording
from geo_world_model.evaluation import growth, observe
from geo_world_model.evaluation.surface_layers import surface_layers
from geo_world_model.geometry.view import OBSERVED
from geo_world_model.seed import make_keyframe
from synthetic import pose_at, write_recording


@pytest.fixture(scope='module')
def recording(tmp_path_factory):
    return write_recording(tmp_path_factory.mktemp('data') / 'room', [
        pose_at(0.08 * i, 0.04 * i, yaw_deg=6 * i) for i in range(11)])


def test_observed_frames_bring_an_invented_world_to_what_observations_alone_give(recording,
                                                                                tmp_path):
    result = observe.run(recording, tmp_path, 'classical')
    assert result['held_out'] == 2 and result['observed'] == 8
    assert result['seed']['known'] < 0.9 < result['generated']['known']
    after, only = result['generated_then_observed'], result['observed_only']
    assert after['observed'] > 0.9 and after['depth_right'] > result['generated']['depth_right']
    assert abs(after['depth_right'] - only['depth_right']) < 0.03
    assert only['live_points'] < 0.5 * result['everything_kept']['live_points']
    json.dumps(result)


def test_growth_finds_pinned_answers_equal_and_says_what_changed_between(recording, tmp_path):
    result = growth.run(recording, tmp_path, 'classical', poses=6, first=3)
    assert result['pinned_identical'] == result['looked_again'] == 3
    assert result['operations'] > 3 and result['unpinned_psnr_worst'] >= 45
    assert 0 <= result['between_known_depth_changed_worst'] <= 1
    json.dumps(result)


def test_a_wall_of_two_layers_is_found_double_and_thick(recording):
    recording = Recording(recording)
    rgb, depth = recording.rgb(0), recording.depth(0)
    found = []
    for offsets in ([0.0, 0.004], [0.0, 0.05]):
        cloud = PointCloud()
        for number, offset in enumerate(offsets, 1):
            # both cameras see the same pixels, the second everything a little nearer
            cloud.add(number, make_keyframe(
                rgb, (depth - offset).astype(np.float32), np.full(depth.shape, OBSERVED, np.uint8),
                recording.camera, recording.pose(0)))
        found.append(surface_layers(cloud, recording, [0]))
    assert found[0]['double'] < 0.1 < 0.6 < found[1]['double']
    assert found[0]['thickness_mm'] < 8 < 25 < found[1]['thickness_mm']
