# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What `evaluate lift` measures, on a room whose depth is known."""

import json

import numpy as np
import pytest

from geo_world_model.cli import main
from geo_world_model.datasets.images import depth_to_millimetres
from geo_world_model.datasets.recording import Recording
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation import lift
from geo_world_model.evaluation.ground_level import ground_level
from geo_world_model.evaluation.lift_scores import ALIGNMENTS, mean_metrics, METRICS, score
from geo_world_model.evaluation.simple_lifts import constant_depth, floor_depth
from geo_world_model.generators import Abilities, Answer
from geo_world_model.geometry.view import View
from synthetic import CAMERA, pose_at, room_view, write_recording


@pytest.fixture
def recording(tmp_path):
    return write_recording(tmp_path / 'turning', [pose_at(0.1 * i, yaw_deg=25.0 * i)
                                                  for i in range(6)])


class Doubled:
    """Answers twice the depth of the synthetic room."""

    abilities = Abilities('doubled', ('lift',))

    def complete(self, request):
        rgb, depth = room_view(request.view.pose)
        depth = depth_to_millimetres(depth).astype(np.float32) / np.float32(500)
        return Answer(rgb, depth, np.ones_like(depth))


@pytest.fixture
def doubled_known(monkeypatch):
    real = lift.create_generator
    monkeypatch.setattr(lift, 'create_generator',
                        lambda name: Doubled() if name == 'doubled' else real(name))


def named(table):
    return {(a, m): table[i, j] for i, a in enumerate(ALIGNMENTS) for j, m in enumerate(METRICS)}


def test_metrics_of_a_hand_worked_frame():
    truth = np.array([[1.0, 2.0, np.nan, 4.0, np.inf, 5.0]], np.float32)
    depth = np.array([[1.5, 2.0, 9.0, 3.0, 7.0, 5.0]], np.float32)
    found = named(score(depth, truth))
    assert found['metric', 'abs_rel'] == pytest.approx((0.5 + 0 + 0.25 + 0) / 4)
    assert found['metric', 'median'] == pytest.approx(0.125)
    assert found['metric', 'delta'] == pytest.approx(0.5)


def test_a_wrong_scale_counts_as_metric_error_only():
    truth = np.linspace(1, 4, 400, dtype=np.float32).reshape(20, 20)
    found = named(score(3 * truth, truth))
    assert found['metric', 'abs_rel'] == pytest.approx(2)
    assert found['scaled', 'abs_rel'] == pytest.approx(0, abs=1e-6)
    shifted = named(score((1 / (0.5 / truth + 0.02)).astype(np.float32), truth))
    assert shifted['affine', 'abs_rel'] < 1e-3 < shifted['scaled', 'abs_rel']


def test_frames_without_truth_do_not_count():
    nothing = score(np.ones((2, 2), np.float32), np.full((2, 2), np.nan, np.float32))
    assert np.isnan(nothing).all()
    one = score(np.full((2, 2), 2, np.float32), np.ones((2, 2), np.float32))
    assert mean_metrics(np.array([nothing, one]), np.ones((1, 2)))[0, 0, 0] == pytest.approx(1)
    assert np.isnan(mean_metrics(np.array([nothing]), np.ones((1, 1)))).all()


def test_ground_is_the_lowest_level_that_was_measured(tmp_path):
    for lift_by in (0.0, 0.7):
        folder = tmp_path / str(lift_by)
        write_recording(folder, [pose_at(0.2 * i, yaw_deg=40.0 * i) for i in range(4)])
        for file in (folder / 'poses').iterdir():
            matrix = np.loadtxt(file)
            matrix[2, 3] += lift_by
            np.savetxt(file, matrix)
        assert ground_level(Recording(folder)) == pytest.approx(lift_by, abs=0.01)


def test_simple_lifts_are_what_their_names_say():
    rgb, truth = room_view(pose_at())
    view = View(rgb, np.full_like(truth, np.nan), np.full(truth.shape, 2, np.uint8), CAMERA,
                pose_at())
    depth = floor_depth(view, 0.0)
    on_floor = np.isclose(CAMERA.rays()[..., 1] * truth, 1.2, atol=1e-3)
    assert on_floor.any()
    assert np.allclose(depth[on_floor], truth[on_floor], rtol=1e-3)
    assert depth[0].min() > 10
    assert constant_depth(truth).max() == np.median(truth)
    assert np.all(constant_depth(np.full((2, 2), np.nan)) == 1)


def test_a_lifter_is_compared_with_its_peers(recording, doubled_known):
    result = lift.run(recording, 'doubled', frames=4, seed=1)
    ours = result['summary']['doubled']
    assert ours['metric']['abs_rel']['value'] == pytest.approx(1, abs=1e-3)
    assert ours['scaled']['abs_rel']['value'] == pytest.approx(0, abs=1e-3)
    assert set(result['summary']) == {'constant', 'floor_only', 'ground_plane', 'doubled'}
    assert list(result['summary']['constant']) == ['scaled']
    assert result['difference']['constant']['scaled']['delta']['low'] > 0
    assert len(result['frames']) == 4
    assert result['frames'][0]['camera_height'] == pytest.approx(1.2, abs=0.01)
    text = lift.markdown(result)
    assert '| metric | AbsRel |' in text and 'doubled less' in text


def test_halves_share_no_frame_and_no_scene(recording):
    even = {row['frame'] for row in lift.run(recording, frames=6, half='even')['frames']}
    odd = {row['frame'] for row in lift.run(recording, frames=6, half='odd')['frames']}
    assert even == {0, 2, 4} and odd == {1, 3, 5}
    frames = [{'index': i, 'scene': i // 3} for i in range(6)]
    (recording / 'frames.json').write_text(json.dumps(frames))
    assert {row['frame'] for row in lift.run(recording, frames=6, half='even')['frames']} \
        == {0, 1, 2}


@pytest.mark.parametrize('wrong', [{'frames': 0}, {'seed': -1}, {'contact_sheet': 'a.jpg'},
                                   {'half': 'third'}])
def test_wrong_options_are_said(recording, wrong):
    with pytest.raises(ConfigError):
        lift.run(recording, **wrong)


def test_command_writes_tables_json_and_pictures(recording, tmp_path, capsys):
    sheet, numbers = tmp_path / 'sheet.png', tmp_path / 'numbers.json'
    assert main(['evaluate', 'lift', '--data', str(recording), '--frames', '2',
                 '--contact-sheet', str(sheet), '--json', str(numbers)]) == 0
    assert 'ground_plane' in capsys.readouterr().out
    assert json.loads(numbers.read_text())['configuration']['generator'] == 'layout'
    assert sheet.stat().st_size > 1000
