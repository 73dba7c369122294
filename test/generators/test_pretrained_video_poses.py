# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The real SanaWMPipeline on a tiny checkpoint that the test makes and saves."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from synthetic import CAMERA, pose_at, room_view

from geo_world_model.generators import create_generator
from geo_world_model.generators.interface import Request
from geo_world_model.generators.pretrained.drift import measure_drift
from geo_world_model.geometry.view import OBSERVED, View
from geo_world_model.testing import check, scenes, Subject

SIZE = (96, 64)


@pytest.fixture(scope='module')
def filler(tmp_path_factory):
    for name in ('torch', 'diffusers', 'transformers'):
        pytest.importorskip(name, reason='needs the extra pretrained')
    import tiny_video_checkpoints
    return create_generator('sana_wm', model=tiny_video_checkpoints.sana_wm(
        tmp_path_factory.mktemp('sana_wm')), size=list(SIZE), steps=1, depth='classical',
        offline=True)


class Recorder:
    """The pipeline, or what answers instead of it, and what it was called with."""

    def __init__(self, pipeline):
        self._pipeline, self.calls = pipeline, []

    def __call__(self, **options):
        self.calls.append(options)
        return self._pipeline(**options)


def room(pose):
    rgb, depth = room_view(pose)
    return View(rgb, depth, np.full(depth.shape, OBSERVED, np.uint8), CAMERA, pose)


def path(count):
    holes = scenes.block((CAMERA.width, CAMERA.height))
    return tuple(scenes.with_hole(room(pose_at(0.03 * i, 0.0, yaw_deg=4 * i)), holes)
                 for i in range(count))


def true_frames(right=0.0, down=0.0, turn=0.0):
    """A model that knows the room and drifts by pixels of the view, or looks aside."""
    def answer(**options):
        frames = []
        for c2w in options['c2w']:
            yaw = np.degrees(np.arctan2(c2w[1, 2], c2w[0, 2])) + turn
            rgb = room_view(pose_at(*c2w[:3, 3], yaw_deg=yaw))[0]
            rgb = cv2.warpAffine(rgb, np.float32([[1, 0, right], [0, 1, down]]),
                                 rgb.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
            # 160x120 in 96x64: 85x64 from column 5
            frames.append(cv2.copyMakeBorder(cv2.resize(
                rgb, (85, 64), interpolation=cv2.INTER_AREA), 0, 0, 5, 6, cv2.BORDER_REPLICATE))
        return SimpleNamespace(frames=np.stack(frames) / 255)
    return Recorder(answer)


@pytest.mark.parametrize('count, frames', [(2, 9), (5, 9), (9, 9), (10, 17)])
def test_poses_and_k_are_those_of_the_views_held_to_8_k_and_1(
        filler, monkeypatch, count, frames):
    recorder = Recorder(filler._pipeline)
    monkeypatch.setattr(filler, '_pipeline', recorder)
    requests = path(count)
    assert len(filler.complete_window(requests)) == count
    call = recorder.calls[0]
    assert call['num_frames'] == len(call['c2w']) == len(call['intrinsics']) == frames
    for i, matrix in enumerate(call['c2w']):
        np.testing.assert_array_equal(matrix, requests[min(i, count - 1)].view.pose.matrix)
    # 160x120 in 96x64: 85x64 from column 5; (80, 60) is the middle of the view's area
    fx, fy, cx, cy = call['intrinsics'][0]
    assert (fx, fy) == pytest.approx((90 * 85 / 160, 90 * 64 / 120))
    assert (cx, cy) == pytest.approx((5 + 85 / 2, 32))
    assert call['image'].size == SIZE


def test_it_has_every_property_of_a_generator(filler):
    measured = check(Subject(filler, size=SIZE))
    assert {name for name, why in measured.items() if why} == {
        'same_in_another_process', 'unknown_parameter'}


def test_only_holes_are_taken_and_a_small_drift_is_undone_and_reported(filler, monkeypatch):
    monkeypatch.setattr(filler, '_pipeline', true_frames(right=3.0, down=-1.5))
    requests = path(3)
    for request, answer in zip(requests, filler.complete_window(requests)):
        hole, truth = request.view.provenance == 0, room_view(request.view.pose)[0]
        np.testing.assert_array_equal(answer.rgb[~hole], request.view.rgb[~hole])
        right, down, agreement = answer.notes['drift']
        assert abs(right - 3) < 0.4 and abs(down + 1.5) < 0.4 and agreement > 0.8
        error = np.abs(answer.rgb[hole].astype(int) - truth[hole]).mean()
        left = np.abs(np.roll(truth, (-2, 3), (0, 1))[hole].astype(int) - truth[hole]).mean()
        assert error < 0.7 * left


def test_a_frame_of_another_place_is_not_taken_and_trusted_little(filler, monkeypatch):
    monkeypatch.setattr(filler, '_pipeline', true_frames(turn=150))
    requests = path(2)
    base = create_generator('classical').complete(requests[1])
    answer = filler.complete_window(requests)[1]
    hole = requests[1].view.provenance == 0
    assert answer.notes['drift'][2] < 0.3
    np.testing.assert_array_equal(answer.rgb, base.rgb)
    assert np.all(answer.confidence[hole] <= 0.3)


def test_a_view_alone_is_the_end_of_a_way_from_what_was_seen(filler, monkeypatch):
    recorder = true_frames()
    monkeypatch.setattr(filler, '_pipeline', recorder)
    target, seen = path(5)[4], room(pose_at(yaw_deg=-10))
    answer = filler.complete(replace(target, references=(seen,)))
    call = recorder.calls[0]
    np.testing.assert_array_equal(call['c2w'][0], seen.pose.matrix)
    np.testing.assert_array_equal(call['c2w'][-1], target.view.pose.matrix)
    assert len(call['c2w']) == 9
    assert answer.notes['drift'][2] > 0.8
    # without a reference the way stays where it is
    filler.complete(target)
    assert np.ptp(recorder.calls[1]['c2w'], axis=0).max() == 0


def test_drift_needs_something_to_compare():
    view = room_view(pose_at())[0]
    nothing, everything = np.zeros(view.shape[:2], bool), np.ones(view.shape[:2], bool)
    assert measure_drift(view, view, nothing).agreement == 0
    assert measure_drift(np.full_like(view, 90), view, everything).agreement == 0
    same = measure_drift(view, view, everything)
    assert abs(same.right) < 0.01 and same.agreement > 0.99


def test_a_lifter_sees_the_painted_frame(filler, monkeypatch):
    class Lifter:
        abilities = SimpleNamespace(tasks=('lift',), references=0)

        def complete(self, request):
            assert isinstance(request, Request) and request.task == 'lift'
            shown.append(request.view.rgb)
            return create_generator('classical').complete(replace(request, task='complete'))
    shown = []
    monkeypatch.setattr(filler, '_depth', Lifter())
    monkeypatch.setattr(filler, '_pipeline', true_frames())
    answers = filler.complete_window(path(2))
    for answer, rgb in zip(answers, shown):
        np.testing.assert_array_equal(answer.rgb, rgb)
