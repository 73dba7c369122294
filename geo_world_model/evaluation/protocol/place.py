# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Places that protocols measure at: frames with truth, and truth at any pose where it is known."""

from functools import cached_property

import numpy as np

from geo_world_model.datasets.procedural.recording import (kind_of_scene, posed_scene,
                                                           scene_camera)
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.ground_level import ground_level
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import OBSERVED, View


class RecordedPlace:
    """
    Some frames of a recording.

    recording: what open_recording returned; frames: indices, the seed first; name: unlike that of
    any other place of the recording. The truth is known at the frames' poses alone.
    """

    def __init__(self, recording, frames, name):
        self.camera, self.name = recording.camera, name
        self._recording, self._frames = recording, frames

    def __len__(self):
        return len(self._frames)

    def frame(self, index):
        """Return the View of a frame; depth NaN where nothing was measured."""
        index = self._frames[index]
        return true_view(self._recording.rgb(index), self._recording.depth(index), self.camera,
                         self._recording.pose(index))

    def pose(self, index):
        """Return the Pose of a frame."""
        return self._recording.pose(self._frames[index])

    def truth(self, pose):
        """Return what a camera at a pose would see: None, nobody knows."""
        return None

    @cached_property
    def ground(self):
        """World z of the ground, m."""
        return ground_level(self._recording)


class ProceduralPlace:
    """
    A procedural scene: the truth is known at every pose.

    renderer: its Renderer; camera; poses: of the frames, the seed's first; name.
    """

    ground = 0.0

    def __init__(self, renderer, camera, poses, name):
        self.camera, self.name = camera, name
        self._renderer, self._poses = renderer, poses
        self._exposure = renderer.exposure(camera, poses[0])

    def __len__(self):
        return len(self._poses)

    def frame(self, index):
        """Return the View of a frame, exact."""
        return self.truth(self._poses[index])

    def pose(self, index):
        """Return the Pose of a frame."""
        return self._poses[index]

    def truth(self, pose):
        """Return what a camera at a pose sees."""
        rgb, depth = self._renderer.view(self.camera, pose, self._exposure)
        return true_view(rgb, depth, self.camera, pose)

    def free_way(self, pose, direction):
        """Metres from a pose to the first surface along a world direction (3,)."""
        forward = np.asarray(direction, np.float64) / np.linalg.norm(direction)
        side = np.cross(forward, [0.0, 0.0, 1.0] if abs(forward[2]) < 0.9 else [1.0, 0.0, 0.0])
        side /= np.linalg.norm(side)
        matrix = np.eye(4)
        matrix[:3, :3] = np.stack([side, np.cross(forward, side), forward], 1)
        matrix[:3, 3] = pose.translation
        # a narrow look, so that nothing thin is missed
        narrow = PinholeCamera(20.0, 20.0, 3.5, 3.5, 8, 8)
        depth, _ = self._renderer.depth_and_shape(narrow, Pose.from_matrix(matrix))
        return float(depth.min())


def true_view(rgb, depth, camera, pose):
    """Return a View of what was measured, all of it marked as observed."""
    return View(rgb, depth, np.full(depth.shape, OBSERVED, np.uint8), camera, pose)


def recorded_places(recording, count, views):
    """
    Yield up to `count` RecordedPlace of `views` frames each.

    Of a recording of scenes, one from each scene, its first frames; otherwise from seeds at even
    steps, with frames that follow at even steps over a quarter of the recording (at least
    consecutive ones). ConfigError when it is too short.
    """
    if recording.scenes is not None:
        groups = {}
        for index, scene in enumerate(recording.scenes):
            groups.setdefault(scene, []).append(index)
        groups = [(f'scene {scene}', frames) for scene, frames in groups.items()
                  if len(frames) >= 2][:count]
        if not groups:
            raise ConfigError(f'{recording.path}: no scene has two frames; nothing was measured')
        for name, frames in groups:
            yield RecordedPlace(recording, frames[:views], name)
        return
    if len(recording) < views:
        raise ConfigError(f'{recording.path} has {len(recording)} frames: expected at least '
                          f'{views}; nothing was measured')
    step = max(1, len(recording) // 4 // (views - 1)) if views > 1 else 1
    step = min(step, (len(recording) - 1) // max(views - 1, 1))
    starts = np.linspace(0, len(recording) - 1 - step * (views - 1), count).round().astype(int)
    for start in np.unique(starts).tolist():
        yield RecordedPlace(recording, [start + step * k for k in range(views)], f'frame {start}')


def procedural_places(seed, count, views, size, kind='mixed'):
    """
    Yield `count` ProceduralPlace: the scenes that `dataset procedural` writes of this seed.

    views: frames of each; size: width, height (px); kind: one of grammar.MIXTURES or KINDS.
    ConfigError for a kind that is none.
    """
    kind_of_scene(seed, 0, kind)
    camera = scene_camera(seed, size)
    for number in range(count):
        own = kind_of_scene(seed, number, kind)
        renderer, poses, _ = posed_scene(own, seed, number, views, camera)
        yield ProceduralPlace(renderer, camera, poses, f'{own} {number}')
