# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The seed of the demonstration, and its robot's way: out through the room, looking around."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import read_rgb
from geo_world_model.generators.tilt import estimate_tilt
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.trajectory import StampedPose, write_tum

_SAMPLES = Path(__file__).resolve().parent.parent / 'samples'
_CAMERA = PinholeCamera(720.0, 720.0, 479.5, 359.5, 960, 720)
_HEIGHT = 1.37
_PERIOD_NS = 125_000_000
_START_NS = 10 ** 10

_METRES_BACK = 1.2
_METRES_ASIDE = 0.7
_DEGREES_ASIDE = 38.0


@dataclass(frozen=True)
class Seed:
    """The sample photograph: files of colour and measured depth, its camera, where it stood."""

    rgb: Path
    depth: Path
    camera: PinholeCamera
    pose: Pose


def sample_seed():
    """Return the Seed that ships with the package, held as its upright edges say."""
    rgb = _SAMPLES / 'library.jpg'
    matrix = Pose.level(_HEIGHT).matrix
    matrix[:3, :3] = estimate_tilt(read_rgb(rgb), _CAMERA).rotation
    return Seed(rgb, _SAMPLES / 'library_depth.png', _CAMERA, Pose.from_matrix(matrix))


def write_way(path, seed, count, back=False):
    """Write `count` poses outward from a seed as a TUM file, and the same way back when asked."""
    poses = outward_path(seed.pose, count)
    poses += poses[::-1] if back else []
    write_tum(path, [StampedPose(_START_NS + i * _PERIOD_NS, pose)
                     for i, pose in enumerate(poses)])
    return poses


def outward_path(start, count):
    """
    Poses of a robot that backs away from `start`, drifting and looking to one side and the other.

    start: Pose of the seed camera (pitch and roll are kept); count: how many. Returns a list of
    Pose that begins at `start`.
    """
    poses = []
    for share in np.linspace(0.0, 1.0, count):
        yaw = np.radians(_DEGREES_ASIDE) * np.sin(1.5 * np.pi * share)
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0.0], [np.sin(yaw), np.cos(yaw), 0.0],
                         [0.0, 0.0, 1.0]])
        matrix = start.matrix
        forward = matrix[:3, 2] * [1.0, 1.0, 0.0]
        forward /= np.linalg.norm(forward)
        left = np.array([-forward[1], forward[0], 0.0])
        matrix[:3, :3] = turn @ matrix[:3, :3]
        matrix[:3, 3] += (-_METRES_BACK * share * forward
                          + _METRES_ASIDE * np.sin(2.0 * np.pi * share) * left * 0.5)
        poses.append(Pose.from_matrix(matrix))
    return poses
