# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from geo_world_model.export.hidden_space import FREE, HIDDEN, look_at, UNSEEN
from geo_world_model.export.keyframe_views import SurfaceView
from synthetic import CAMERA, pose_at, room_view


class Views(list):
    def view(self, index):
        return self[index]


def made_up_views():
    """A room seen twice, with a patch of nothing in the first view."""
    views = Views()
    for pose in (pose_at(), pose_at(-1.0, 1.0, yaw_deg=-50)):
        rgb, depth = room_view(pose)
        views.append(SurfaceView(CAMERA, pose, rgb, depth))
    views[0].depth[40:60, 50:70] = 0
    return views


def slowly(place, views):
    """What look_at says, one place at a time."""
    said = UNSEEN
    for view in views:
        matrix = view.pose.matrix
        local = matrix[:3, :3].T @ (place - matrix[:3, 3])
        if local[2] < 0.05:
            continue
        (u, v), z = view.camera.project(local)
        column, row = int(np.floor(u + 0.5)), int(np.floor(v + 0.5))
        if not (0 <= column < CAMERA.width and 0 <= row < CAMERA.height):
            continue
        seen = view.depth[row, column]
        if seen > 0:
            if z < seen:
                return FREE
            said = HIDDEN
    return said


def test_places_are_what_the_views_say_of_them():
    views = made_up_views()
    rng = np.random.default_rng(4)
    places = rng.uniform([-3, -4, -1], [6, 4, 4], (3000, 3)).astype(np.float32)
    state = look_at(places, views)
    expected = np.array([slowly(place.astype(np.float64), views) for place in places])
    # places on the border between two pixels may fall to either side
    assert np.mean(state == expected) > 0.998
    assert all(np.sum(state == kind) > 100 for kind in (UNSEEN, HIDDEN, FREE))


def test_seen_to_be_free_once_is_free_in_any_order():
    views = made_up_views()
    places = np.random.default_rng(5).uniform([-3, -4, -1], [6, 4, 4], (500, 3)).astype(np.float32)
    np.testing.assert_array_equal(look_at(places, views), look_at(places, Views(views[::-1])))
