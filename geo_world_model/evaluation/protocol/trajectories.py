# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Up, left, right and around from one seed: the ways that cross-trajectory memory is tested on."""

import numpy as np

from geo_world_model.geometry.pose import Pose

WAYS = ('up', 'left', 'right', 'orbit')
#: Rise, sidestep (shares of the median depth), turn while stepping aside and angle of
#: the orbit (deg).
_RISE, _ASIDE, _TURN, _AROUND = 0.15, 0.25, 35.0, 30.0
_FARTHEST = 6.0
#: Share of the free way that is gone at most.
_FREE = 0.6


def trajectories(place, steps):
    """
    Ways from a place's first frame: name -> list of true Views.

    steps: poses of each. Where the truth is known everywhere: WAYS, as long as nothing stands in
    the way, in units of the seed's median depth (6 m at most). Of a recording: its frames after
    the seed in four parts, 'part 1' to 'part 4'.
    """
    seed = place.frame(0)
    if place.truth(seed.pose) is None:
        frames = np.array_split(np.arange(1, len(place)), len(WAYS))
        return {f'part {number + 1}': [place.frame(index) for index in part.tolist()]
                for number, part in enumerate(frames) if len(part)}
    unit = median_depth(seed)
    return {way: [place.truth(pose) for pose in _poses(place, seed.pose, way, unit, steps)]
            for way in WAYS}


def median_depth(view):
    """Median of a view's finite depth, at most 6 m; 1 when there is none."""
    finite = view.depth[np.isfinite(view.depth)]
    return min(float(np.median(finite)), _FARTHEST) if finite.size else 1.0


def _poses(place, start, way, unit, steps):
    matrix = start.matrix
    forward = matrix[:3, 2] * [1.0, 1.0, 0.0]
    forward /= np.linalg.norm(forward)
    left, up = np.cross([0.0, 0.0, 1.0], forward), np.array([0.0, 0.0, 1.0])
    towards = {'up': up, 'left': left, 'right': -left, 'orbit': left}[way]
    free = _FREE * place.free_way(start, towards)
    poses = []
    for share in np.arange(1, steps + 1) / steps:
        moved = np.array(matrix)
        if way == 'orbit':
            angle = np.radians(_AROUND) * share * min(1.0, free / (unit * np.radians(_AROUND)))
            middle = matrix[:3, 3] + unit * forward
            # against the clock from above: the camera goes left when it looks at the middle
            moved[:3] = _about(-angle) @ matrix[:3]
            moved[:3, 3] = middle + _about(-angle) @ (matrix[:3, 3] - middle)
        elif way == 'up':
            rise = share * min(_RISE * unit, free)
            moved[:3, 3] += rise * up
            tilt = np.arctan2(rise, unit)
            c, s = np.cos(tilt), np.sin(tilt)
            moved[:3, :3] = matrix[:3, :3] @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        else:
            moved[:3, 3] += share * min(_ASIDE * unit, free) * towards
            turn = np.radians(_TURN) * share * (1 if way == 'left' else -1)
            moved[:3, :3] = _about(turn) @ matrix[:3, :3]
        poses.append(Pose.from_matrix(moved))
    return poses


def _about(angle):
    """Rotation (3, 3) about the vertical, to the left from above for positive angles."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
