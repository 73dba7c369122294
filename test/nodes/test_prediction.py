# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from synthetic import CAMERA, pose_at

from geo_world_model.nodes.items import PoseItem
from geo_world_model.nodes.prediction import Predictor


def item(milliseconds, pose, source=''):
    return PoseItem(milliseconds * 10 ** 6, pose, CAMERA, source)


def test_a_steady_turn_is_carried_on_by_the_horizon():
    predictor = Predictor()
    assert predictor.ahead(item(0, pose_at()), 1.0) is None
    found = predictor.ahead(item(100, pose_at(0.1, yaw_deg=3)), 1.0)
    assert found.camera == CAMERA
    assert found.pose.distance_to(pose_at(1.1, yaw_deg=33))[0] < 1e-3
    assert found.pose.distance_to(pose_at(1.1, yaw_deg=33))[1] < 1e-4


def test_speed_is_measured_over_long_enough_whatever_the_rate():
    predictor = Predictor()
    found = [predictor.ahead(item(ms, pose_at(ms * 1e-3)), 1.0) for ms in range(0, 100, 10)]
    assert [i for i, errand in enumerate(found) if errand] == [5]
    assert abs(found[5].pose.translation[0] - 1.05) < 1e-3


def test_a_prediction_is_renewed_only_as_the_camera_comes_nearer():
    predictor = Predictor()
    found = [predictor.ahead(item(ms, pose_at(ms * 1e-3)), 1.0) for ms in range(0, 1000, 100)]
    assert [i for i, errand in enumerate(found) if errand] == [1, 4, 7]


def test_nothing_lies_ahead_of_a_camera_that_stands_jumps_or_came_back_in_time():
    predictor = Predictor()
    for ms, pose in ((0, pose_at()), (100, pose_at()), (5000, pose_at(1.0)), (200, pose_at(2.0))):
        assert predictor.ahead(item(ms, pose), 1.0) is None
    # after the jump it goes on from there
    assert predictor.ahead(item(300, pose_at(2.1)), 1.0) is not None


def test_a_camera_that_is_thrown_is_not_followed_far():
    predictor = Predictor()
    predictor.ahead(item(0, pose_at()), 60.0)
    found = predictor.ahead(item(100, pose_at(50.0)), 60.0)
    assert found.pose.distance_to(pose_at(50.0))[0] <= 5.001


def test_cameras_are_followed_each_by_itself():
    predictor = Predictor()
    for source, x in (('a', 0.0), ('b', 5.0)):
        predictor.ahead(item(0, pose_at(x), source), 1.0)
    found = {source: predictor.ahead(item(100, pose_at(x), source), 1.0)
             for source, x in (('a', 0.1), ('b', 4.9))}
    assert abs(found['a'].pose.translation[0] - 1.1) < 1e-3
    assert abs(found['b'].pose.translation[0] - 3.9) < 1e-3


def test_the_way_to_what_lies_ahead_leads_there_in_even_steps():
    predictor = Predictor()
    predictor.ahead(item(0, pose_at()), 1.0)
    found = predictor.ahead(item(100, pose_at(0.09)), 1.0)
    places = [pose.translation[0] for pose in (*found.path, found.pose)]
    assert len(places) % 4 == 1
    assert all(abs(step - 0.1) < 1e-3 for step in (b - a for a, b in zip(places, places[1:])))
    assert abs(places[0] - 0.19) < 1e-3
