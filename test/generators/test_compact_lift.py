# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The scale of an estimated depth: from readings, a known size, or the camera's height."""

from dataclasses import replace

import numpy as np
import pytest
from room import camera, lift_request, pose, render_room

from geo_world_model.errors import GeneratorError
from geo_world_model.generators.compact.metric_scale import (
    scale_of_height, scale_of_readings, scale_of_size)


def room(pitch=15, height=1.2, ground=0.0):
    cam, at = camera(), pose(pitch, 0, height + ground)
    rgb, depth = render_room(cam, pose(pitch, 0, height))
    return cam, lift_request(rgb, cam, at, ground=ground), depth


@pytest.mark.parametrize('ground', [0.0, 1.5])
def test_the_floor_at_the_cameras_height_gives_the_scale(ground):
    _, request, depth = room(ground=ground)
    assert scale_of_height(depth / 2.5, request.view, ground) == pytest.approx(2.5, rel=0.03)


def test_a_picture_without_floor_or_height_gives_none():
    cam, request, depth = room(pitch=-40)
    assert scale_of_height(depth, request.view, 0.0) is None
    _, request, depth = room()
    assert scale_of_height(depth, request.view, request.view.pose.matrix[2, 3]) is None


def test_readings_give_the_median_ratio_whatever_one_of_them_says():
    _, _, depth = room()
    readings = np.full(depth.shape, np.nan, np.float32)
    assert scale_of_readings(depth, readings) is None
    readings[100:105, 50] = 1.7 * depth[100:105, 50]
    readings[104, 50] = 90
    assert scale_of_readings(depth, readings) == pytest.approx(1.7, rel=1e-5)
    depth[100:104, 50] = np.inf  # an estimate of sky has no scale
    readings[104, 50] = 1.5 * depth[104, 50]
    assert scale_of_readings(depth, readings) == pytest.approx(1.5, rel=1e-5)
    readings[104, 50] = np.inf
    assert scale_of_readings(depth, readings) is None


def test_two_points_a_known_distance_apart_give_the_scale():
    cam, _, depth = room()
    points = cam.unproject(depth)
    apart = np.linalg.norm(points[200, 80] - points[150, 240])
    factor = scale_of_size(depth / 3, cam, [80, 200, 240, 150, apart])
    assert factor == pytest.approx(3, rel=1e-4)


@pytest.mark.parametrize('size, said', [
    ([1, 2, 3], 'five numbers'), ([0, 0, 400, 0, 1.0], 'two pixels'), ([0, 0, 5, 5, 0], 'above 0'),
    ([9, 9, 9, 9, 1.0], 'one place'), (['a', 0, 1, 1, 1], 'five numbers')])
def test_a_known_size_that_is_none_is_refused(size, said):
    cam, _, depth = room()
    with pytest.raises(GeneratorError, match=said):
        scale_of_size(depth, cam, size)


def test_the_network_lifts_a_photograph_and_its_answer_takes_each_scale():
    pytest.importorskip('torch')
    pytest.importorskip('diffusers')
    from geo_world_model.generators import create_generator
    cam, request, truth = room()
    lifter = create_generator('compact', lift=True)
    answer = lifter.complete(request)
    answer.check_fits(request)
    assert not answer.notes['no_scale'][0]
    assert scale_of_height(answer.depth, request.view, 0.0) == pytest.approx(1, rel=1e-3)
    depth = np.full(truth.shape, np.nan, np.float32)
    depth[120, 160] = 7.5
    read = lifter.complete(replace(request, view=replace(request.view, depth=depth)))
    assert read.depth[120, 160] == 7.5 and read.confidence[120, 160] == 1
    beside = np.isfinite(read.depth) & (depth != 7.5)
    assert np.ptp(np.log(read.depth / answer.depth)[beside]) < 1e-3
    depth[120, 160] = np.inf  # beyond range: the scale is the floor's
    beyond = lifter.complete(replace(request, view=replace(request.view, depth=depth)))
    assert np.isinf(beyond.depth[120, 160]) and not beyond.notes['no_scale'][0]
    assert np.array_equal(beyond.depth[depth != depth], answer.depth[depth != depth])
    sized = create_generator('compact', lift=True, known_size=[80, 200, 240, 150, 2.0])
    points = cam.unproject(sized.complete(request).depth)
    assert np.linalg.norm(points[200, 80] - points[150, 240]) == pytest.approx(2.0, rel=1e-3)
