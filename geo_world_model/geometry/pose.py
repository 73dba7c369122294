# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Canonical poses: camera to world on a fixed fine grid, so that equal poses are equal bytes."""

import struct
from dataclasses import dataclass
from math import acos, sqrt

import numpy as np

from geo_world_model.errors import PoseError

#: Metres of one translation tick and quaternion units of one rotation tick.
TRANSLATION_TICK = 2.0 ** -20
ROTATION_TICK = 2.0 ** -30

_FARTHEST = 1e6
_LAYOUT = '<3q4i'

#: Rotation from optical axes (x right, y down, z forward) to body axes (x forward, y left, z up).
OPTICAL_FROM_BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])


@dataclass(frozen=True)
class Pose:
    """
    A camera's place in the world: the only value that is rendered, logged and hashed.

    translation_ticks: x, y, z in units of 2**-20 m; rotation_ticks: quaternion x, y, z, w in units
    of 2**-30, w >= 0. Camera to world, OpenCV optical axes, world z up.
    """

    translation_ticks: tuple[int, int, int]
    rotation_ticks: tuple[int, int, int, int]

    def __post_init__(self):
        ticks = (*self.translation_ticks, *self.rotation_ticks)
        if (len(self.translation_ticks), len(self.rotation_ticks)) != (3, 4) \
                or not all(type(tick) is int for tick in ticks):
            raise PoseError(f'pose ticks {ticks}: expected 3 and 4 int')
        norm = sqrt(sum(tick * tick for tick in self.rotation_ticks)) * ROTATION_TICK
        leading = next((tick for tick in (ticks[6], *ticks[3:6]) if tick != 0), 0)
        if leading <= 0 or abs(norm - 1.0) > 1e-8:
            raise PoseError(f'rotation ticks {self.rotation_ticks}: expected a unit quaternion '
                            'with w >= 0; make poses by from_quaternion or from_matrix')

    @classmethod
    def from_quaternion(cls, translation, quaternion):
        """
        Make a pose canonical.

        translation (3,) metres; quaternion (4,) x, y, z, w. Values that lie on the grid already
        are kept as they are, so that what was published or written maps to itself. PoseError when
        not finite, not a unit quaternion within 1 %, or farther than 1000 km.
        """
        try:
            t = [float(value) for value in translation]
            q = [float(value) for value in quaternion]
        except (TypeError, ValueError) as error:
            raise PoseError(f'pose {translation!r} {quaternion!r}: expected numbers') from error
        if len(t) != 3 or len(q) != 4:
            raise PoseError(f'a pose of {len(t)} and {len(q)} numbers: expected 3 and 4')
        if not np.all(np.isfinite(t + q)):
            raise PoseError(f'pose {t} {q} is not finite')
        if max(abs(value) for value in t) > _FARTHEST:
            raise PoseError(f'position {t} is farther than {_FARTHEST:g} m from the origin')
        norm = sqrt(sum(value * value for value in q))
        if abs(norm - 1.0) > 1e-2:
            raise PoseError(f'quaternion {q} has length {norm:.6g}: expected 1')
        on_grid = all((value / ROTATION_TICK).is_integer() for value in q)
        if not (on_grid and abs(norm - 1.0) < 1e-8):
            q = [value / norm for value in q]
        rotation = [round(value / ROTATION_TICK) for value in q]
        leading = next(value for value in (rotation[3], *rotation[:3]) if value != 0)
        if leading < 0:
            rotation = [-value for value in rotation]
        return cls(tuple(round(value / TRANSLATION_TICK) for value in t), tuple(rotation))

    @classmethod
    def from_matrix(cls, matrix):
        """Make a pose from (4, 4) camera-to-world; PoseError unless it is a rigid transform."""
        m = np.asarray(matrix, np.float64)
        if m.shape != (4, 4) or not np.all(np.isfinite(m)):
            raise PoseError(f'a pose matrix of shape {m.shape}: expected finite (4, 4)')
        if np.abs(m[3] - [0, 0, 0, 1]).max() > 1e-6:
            raise PoseError(f'the last row of a pose matrix is {m[3].tolist()}: expected 0 0 0 1')
        r = m[:3, :3]
        if np.abs(r @ r.T - np.eye(3)).max() > 1e-2 or np.linalg.det(r) < 0:
            raise PoseError('the rotation of a pose matrix is not a rotation within 1 %')
        return cls.from_quaternion(m[:3, 3], _quaternion(r))

    @classmethod
    def level(cls, height):
        """Return the default seed pose: at (0, 0, height), level, looking along +x."""
        return cls.from_quaternion((0.0, 0.0, height), (-0.5, 0.5, -0.5, 0.5))

    @classmethod
    def from_bytes(cls, data):
        """Read what to_bytes wrote; PoseError when it is not a canonical pose."""
        if len(data) != struct.calcsize(_LAYOUT):
            raise PoseError(f'a stored pose has {len(data)} bytes: expected 40')
        values = struct.unpack(_LAYOUT, data)
        translation = [value * TRANSLATION_TICK for value in values[:3]]
        pose = cls.from_quaternion(translation, [value * ROTATION_TICK for value in values[3:]])
        if pose.translation_ticks + pose.rotation_ticks != values:
            raise PoseError('a stored pose is not canonical')
        return pose

    def to_bytes(self):
        """Return 40 bytes: three int64 and four int32, little endian."""
        return struct.pack(_LAYOUT, *self.translation_ticks, *self.rotation_ticks)

    @property
    def translation(self):
        """Position of the camera in the world, (3,) float64 metres."""
        return np.array(self.translation_ticks) * TRANSLATION_TICK

    @property
    def quaternion(self):
        """Rotation camera to world x, y, z, w, (4,) float64 exactly on the grid."""
        return np.array(self.rotation_ticks) * ROTATION_TICK

    @property
    def matrix(self):
        """Camera to world, (4, 4) float64."""
        q = [tick * ROTATION_TICK for tick in self.rotation_ticks]
        norm = sqrt(sum(value * value for value in q))
        x, y, z, w = (value / norm for value in q)
        m = np.eye(4)
        m[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]]
        m[:3, 3] = self.translation
        return m

    def distance_to(self, other):
        """Distance (m) and angle (rad) to another pose."""
        metres = float(np.sqrt(((self.translation - other.translation) ** 2).sum()))
        a, b = self.quaternion, other.quaternion
        cosine = abs(float((a * b).sum())) / sqrt(float((a * a).sum() * (b * b).sum()))
        return metres, 2.0 * acos(min(1.0, cosine))

    def __str__(self):
        position = ' '.join(f'{value:.3f}' for value in self.translation)
        rotation = ' '.join(f'{value:.4f}' for value in self.quaternion)
        return f'({position}) m q ({rotation})'


def body_to_optical(pose):
    """Pose of the optical frame of a camera whose body frame (x forward, z up) is at `pose`."""
    m = pose.matrix
    m[:3, :3] = m[:3, :3] @ OPTICAL_FROM_BODY.T
    return Pose.from_matrix(m)


def optical_to_body(pose):
    """Pose of the body frame (x forward, z up) of a camera whose optical frame is at `pose`."""
    m = pose.matrix
    m[:3, :3] = m[:3, :3] @ OPTICAL_FROM_BODY
    return Pose.from_matrix(m)


def _quaternion(r):
    """Quaternion x, y, z, w of a rotation matrix by its largest component (Shepperd 1978)."""
    trace = r[0, 0] + r[1, 1] + r[2, 2]
    squares = [r[0, 0], r[1, 1], r[2, 2], trace]
    i = int(np.argmax(squares))
    q = np.empty(4)
    if i == 3:
        q[:] = [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], 1.0 + trace]
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        q[i] = 1.0 + r[i, i] - r[j, j] - r[k, k]
        q[j] = r[j, i] + r[i, j]
        q[k] = r[k, i] + r[i, k]
        q[3] = r[k, j] - r[j, k]
    return q / np.sqrt((q * q).sum())
