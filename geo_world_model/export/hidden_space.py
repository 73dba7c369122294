# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Which places no view has seen to be free, though some have looked that way.

A shelf seen from the front has no surface on the sides of its boards: where the depth jumps there
is a crack, and a robot's wheel would go through it. What is hidden in every view that looks there
counts as solid for whoever must not bump into things; what no view looks at stays open.
"""

import numpy as np
from numba import njit, prange

#: What the views say of a place.
UNSEEN, HIDDEN, FREE = 0, 1, 2


def look_at(places, views, progress=iter):
    """
    Return what views say of places.

    places (N, 3) float32, metres, map frame; views: KeyframeViews. Returns (N,) uint8: FREE when a
    view sees past the place, else HIDDEN when a view sees something before it, else UNSEEN.
    """
    state = np.full(len(places), UNSEEN, np.uint8)
    for index in progress(range(len(views))):
        view = views.view(index)
        camera, matrix = view.camera, view.pose.matrix
        _look(places, np.ascontiguousarray(matrix[:3, :3].T.astype(np.float32)),
              matrix[:3, 3].astype(np.float32),
              np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32),
              np.ascontiguousarray(view.depth), state)
    return state


@njit(nogil=True, cache=True, parallel=True, error_model='numpy')
def _look(places, rotation, centre, lens, depth, state):
    height, width = depth.shape
    for i in prange(len(places)):
        if state[i] == FREE:
            continue
        a, b, c = places[i, 0] - centre[0], places[i, 1] - centre[1], places[i, 2] - centre[2]
        z = rotation[2, 0] * a + rotation[2, 1] * b + rotation[2, 2] * c
        if z < np.float32(0.05):
            continue
        x = rotation[0, 0] * a + rotation[0, 1] * b + rotation[0, 2] * c
        y = rotation[1, 0] * a + rotation[1, 1] * b + rotation[1, 2] * c
        column = int(np.floor(lens[0] * x / z + lens[2] + np.float32(0.5)))
        row = int(np.floor(lens[1] * y / z + lens[3] + np.float32(0.5)))
        if 0 <= column < width and 0 <= row < height and depth[row, column] > 0:
            state[i] = FREE if z < depth[row, column] else HIDDEN
