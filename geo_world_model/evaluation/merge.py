# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether two worlds of one recording's halves become what one world of all its frames is."""

from pathlib import Path

import numpy as np

from geo_world_model.datasets.layouts import open_recording
from geo_world_model.errors import AlignmentError
from geo_world_model.evaluation.observe import held_out_errors
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.similarity import Similarity
from geo_world_model.merging.merge import merge
from geo_world_model.world import World

_HELD_OUT = 5
#: How the second half is moved away: axis and degrees of the turn, metres.
_AXIS, _TURN, _SHIFT = np.array([0.2, -0.1, 1.0]), 73.0, np.array([3.1, -2.4, 0.35])


def run(folder, scratch, scale=1.0, other=None):
    """
    Build worlds of the first half, of the second half moved away, and of all frames; merge them.

    scale: of the second half; other: a recording of another place, which must be refused. Every
    fifth frame is held out. Returns the errors of the similarity that was found, those of the
    merged world and of the world of all frames at held-out frames, and what was refused.
    """
    recording, scratch = open_recording(folder), Path(scratch)
    count = len(recording)
    held = list(range(_HELD_OUT // 2 + 1, count, _HELD_OUT))
    shown = [index for index in range(count) if index not in held]
    away = Similarity(scale, _turn(), _SHIFT)
    paths = {name: scratch / f'{name}.gwm' for name in ('first', 'second', 'all', 'merged')}
    _build(paths['first'], recording, [i for i in shown if i < count // 2])
    _build(paths['second'], recording, [i for i in shown if i >= count // 2], away)
    _build(paths['all'], recording, shown)
    result = {'frames': count, 'held_out': len(held), 'scale': scale}
    truth = away.inverse()
    try:
        facts = merge(paths['first'], paths['second'], paths['merged'], any_scale=scale != 1.0)
        result['found'] = {**_errors(facts, truth, recording, away), **facts}
    except AlignmentError as error:
        # then what merging does is measured with the similarity that is known
        result['refused'] = str(error)
        result['stated'] = merge(paths['first'], paths['second'], paths['merged'],
                                 transform=truth)
    for name in ('first', 'merged', 'all'):
        with World.open(paths[name], read_only=True) as world:
            result[name] = held_out_errors(world, recording, held)
    if other is not None:
        elsewhere = open_recording(other)
        _build(scratch / 'other.gwm', elsewhere, range(0, len(elsewhere), 2))
        try:
            result['other'] = merge(paths['first'], scratch / 'other.gwm', scratch / 'wrong.gwm')
        except AlignmentError as error:
            result['other_refused'] = str(error)
    return result


def _build(path, recording, frames, away=None):
    with World.open(path) as world:
        for index in frames:
            pose, depth = recording.pose(index), recording.depth(index)
            if away is not None:
                pose = Pose.from_matrix(away.move(pose.matrix))
                depth = (depth * away.scale).astype(np.float32)
            world.observe(recording.rgb(index), recording.camera, depth, pose)


def _errors(facts, truth, recording, away):
    """Errors of a found similarity: of its scale, its turn, and where cameras come to stand."""
    scale, *pose = map(float, facts['transform'].split())
    matrix = Pose.from_quaternion(pose[:3], pose[3:]).matrix
    found = Similarity(scale, matrix[:3, :3], matrix[:3, 3])
    turn = found.rotation @ truth.rotation.T
    places = away.apply([recording.pose(i).translation for i in range(len(recording))])
    miss = np.sqrt(((found.apply(places) - truth.apply(places)) ** 2).sum(1))
    return {'scale_error': scale / truth.scale - 1,
            'rotation_error_deg': float(np.degrees(np.arccos(
                np.clip((np.trace(turn) - 1) / 2, -1, 1)))),
            'camera_error_mm': float(1e3 * miss.max())}


def _turn():
    axis, angle = _AXIS / np.sqrt(_AXIS @ _AXIS), np.radians(_TURN)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
