# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The classical generator fills every hole, touches nothing that is known, and always answers."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room import camera, complete_request, pose, render_room

from geo_world_model.generators import create_generator
from geo_world_model.generators.push_pull import push_pull

GENERATOR = create_generator('classical')
NAN = np.float32(np.nan)


def room_request(hole_from=0.6, size=(160, 120), **more):
    """The room with its right part unknown; (request, true rgb, true depth, hole)."""
    cam, at = camera(*size), pose(15)
    rgb, depth = render_room(cam, at)
    hole = np.zeros(depth.shape, bool)
    hole[:, int(hole_from * size[0]):] = True
    return complete_request(rgb, depth, hole, cam, at, **more), rgb, depth, hole


def assert_keeps_what_is_known(answer, request):
    answer.check_fits(request)
    view = request.view
    coloured, measured = view.provenance != 0, ~np.isnan(view.depth)
    assert answer.rgb[coloured].tobytes() == view.rgb[coloured].tobytes()
    assert answer.depth[measured].tobytes() == view.depth[measured].tobytes()
    bounded = ~measured & np.isfinite(request.bound)
    assert np.all(answer.depth[bounded] < request.bound[bounded])


def test_floor_and_walls_go_on_in_colour_and_depth():
    request, rgb, depth, hole = room_request()
    answer = GENERATOR.complete(request)
    assert_keeps_what_is_known(answer, request)
    error = np.abs(answer.depth - depth)[hole] / depth[hole]
    assert np.median(error) < 0.05
    floor = hole & (np.arange(120)[:, None] > 100)
    assert np.abs(answer.rgb[floor].astype(int) - rgb[floor]).mean() < 12


def test_nothing_is_put_below_a_known_floor():
    request, _, _, hole = room_request()
    answer = GENERATOR.complete(request)
    matrix = request.view.pose.matrix
    z = (request.view.camera.unproject(answer.depth) @ matrix[:3, :3].T + matrix[:3, 3])[..., 2]
    assert z[hole].min() > -0.03


def test_hole_colours_stay_within_the_known_ones():
    request, rgb, _, hole = room_request()
    answer = create_generator('classical', texture=0.0).complete(request)
    low, high = rgb[~hole].min(0).astype(int) - 1, rgb[~hole].max(0).astype(int) + 1
    assert np.all(answer.rgb[hole] >= low) and np.all(answer.rgb[hole] <= high)


def test_confidence_is_full_where_known_and_falls_with_the_distance():
    request, _, _, hole = room_request()
    confidence = GENERATOR.complete(request).confidence
    assert np.all(confidence[~hole] == 1)
    columns = confidence.mean(0)[96:]
    assert np.all(np.diff(columns) <= 1e-6) and columns[-1] < 0.3 * columns[0]


def test_what_is_uncovered_takes_the_background_colour():
    cam, at = camera(120, 90), pose()
    rgb = np.full((90, 120, 3), (60, 160, 60), np.uint8)
    depth = np.full((90, 120), 6, np.float32)
    rgb[:, :40] = (220, 30, 30)
    depth[:, :40] = 1.5
    hole = np.zeros(depth.shape, bool)
    hole[:, 40:52] = True
    answer = GENERATOR.complete(complete_request(rgb, depth, hole, cam, at, ground=-9.0))
    red = answer.rgb[:, 46:52, 0].astype(int)
    assert red.max() < 100


def test_depth_stays_before_its_bound():
    bound = np.full((120, 160), np.inf, np.float32)
    bound[:, 100:] = 1.3
    bound[:, 130:] = 0.05
    request, *_ = room_request(bound=bound)
    answer = GENERATOR.complete(request)
    assert_keeps_what_is_known(answer, request)
    assert np.all(answer.depth[:, 130:] > 0)


def test_sky_goes_on_as_sky_only_where_it_looks_like_it():
    cam, at = camera(160, 120), pose()
    rgb = np.full((120, 160, 3), (120, 170, 230), np.uint8)
    depth = np.full((120, 160), np.inf, np.float32)
    rgb[60:], depth[60:] = (90, 80, 60), 4.0
    hole = np.zeros(depth.shape, bool)
    hole[:, 90:] = True
    answer = GENERATOR.complete(complete_request(rgb, depth, hole, cam, at))
    assert np.all(np.isinf(answer.depth[:40, 90:]))
    assert np.all(np.isfinite(answer.depth[75:, 90:]))


def test_without_known_sky_nothing_is_infinite():
    request, *_ = room_request()
    assert np.all(np.isfinite(GENERATOR.complete(request).depth))


def hostile_requests():
    cam, at = camera(64, 48), pose(15)
    rgb, depth = render_room(cam, at)
    shape = depth.shape
    everything, nothing = np.ones(shape, bool), np.zeros(shape, bool)
    all_but_one = everything.copy()
    all_but_one[20, 30] = False
    yield 'nothing known', complete_request(rgb, depth, everything, cam, at)
    yield 'one pixel known', complete_request(rgb, depth, all_but_one, cam, at)
    yield 'all known', complete_request(rgb, depth, nothing, cam, at)
    yield 'no depth at all', complete_request(rgb, np.full(shape, NAN), nothing, cam, at)
    half = np.where(np.arange(64) < 30, depth, NAN).astype(np.float32)
    yield 'colour without depth', complete_request(rgb, half, nothing, cam, at)
    yield 'all sky', complete_request(rgb, np.full(shape, np.inf, np.float32), all_but_one, cam,
                                      at)
    yield 'tiny depth', complete_request(rgb, np.full(shape, 1e-6, np.float32), all_but_one, cam,
                                         at)
    yield 'huge depth', complete_request(rgb, np.full(shape, 1e30, np.float32), all_but_one, cam,
                                         at)
    yield 'underground', complete_request(rgb, depth, np.indices(shape)[1] > 30, cam,
                                          pose(15, 0, -3.0))
    for size in ((1, 1), (1, 9), (9, 1), (2, 2)):
        small = camera(*size, focal=1.0)
        plain = np.full((size[1], size[0], 3), 77, np.uint8)
        hole = np.zeros(size[::-1], bool)
        hole[0, 0] = True
        yield f'{size}', complete_request(plain, np.full(size[::-1], 2, np.float32), hole, small,
                                          at)


@pytest.mark.parametrize('request_', [r for _, r in hostile_requests()],
                         ids=[name for name, _ in hostile_requests()])
@pytest.mark.filterwarnings('error')
def test_hostile_requests_end_in_a_valid_answer(request_):
    answer = GENERATOR.complete(request_)
    assert_keeps_what_is_known(answer, request_)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_pattern_of_holes_ends_in_a_valid_answer(data):
    size = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    seed = data.draw(st.integers(0, 2**64 - 1))
    share = data.draw(st.sampled_from([0.02, 0.3, 0.9, 0.999]))
    random = np.random.Generator(np.random.PCG64(seed % 1000))
    cam, shape = camera(*size, focal=1.0), size[::-1]
    rgb = random.integers(0, 256, shape + (3,)).astype(np.uint8)
    depth = np.exp(random.normal(0, 2, shape)).astype(np.float32)
    depth[random.random(shape) < 0.1] = np.inf
    depth[random.random(shape) < 0.1] = np.nan
    bound = np.where(random.random(shape) < 0.5, np.inf, 3.0).astype(np.float32)
    request = complete_request(rgb, depth, random.random(shape) < share, cam, pose(20),
                               bound=bound, noise_seed=seed)
    assert_keeps_what_is_known(GENERATOR.complete(request), request)


def test_same_request_gives_the_same_bytes_with_any_number_of_threads():
    request, *_ = room_request(size=(640, 352), noise_seed=2**64 - 1)
    answers = []
    for threads in (1, 2, 2):
        cv2.setNumThreads(threads)
        answers.append(GENERATOR.complete(request))
    for name in ('rgb', 'depth', 'confidence'):
        assert len({getattr(answer, name).tobytes() for answer in answers}) == 1


def test_the_seed_changes_the_grain_and_nothing_else():
    one = GENERATOR.complete(room_request(noise_seed=1)[0])
    two = GENERATOR.complete(room_request(noise_seed=2)[0])
    assert np.any(one.rgb != two.rgb)
    assert np.abs(one.rgb.astype(int) - two.rgb).max() < 40
    assert one.depth.tobytes() == two.depth.tobytes()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 999), height=st.integers(1, 33), width=st.integers(1, 33))
def test_push_pull_keeps_known_pixels_and_their_range(seed, height, width):
    random = np.random.Generator(np.random.PCG64(seed))
    image = random.random((height, width, 2)).astype(np.float32)
    weight = (random.random((height, width)) < 0.2).astype(np.float32)
    weight[0, 0] = 1
    filled = push_pull(image, weight)
    known = weight > 0
    assert np.array_equal(filled[known], image[known])
    assert np.all(filled >= image[known].min(0) - 1e-5)
    assert np.all(filled <= image[known].max(0) + 1e-5)


@pytest.mark.slow
def test_a_large_hole_takes_less_than_a_quarter_of_a_second_on_one_core():
    cv2.setNumThreads(1)
    request, *_ = room_request(size=(640, 352))
    GENERATOR.complete(request)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        GENERATOR.complete(request)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.25
