# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectories in the TUM format: stamp tx ty tz qx qy qz qw, camera to world, metres, seconds."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from geo_world_model.errors import PoseError, TrajectoryError
from geo_world_model.geometry.pose import Pose


@dataclass(frozen=True)
class StampedPose:
    """A pose and its stamp, nanoseconds."""

    stamp_ns: int
    pose: Pose


def parse_tum_line(line):
    """Read one line; the stamp is exact. TrajectoryError says what is wrong with it."""
    parts = line.split()
    if len(parts) != 8:
        raise TrajectoryError(f'{len(parts)} numbers: expected 8 (stamp tx ty tz qx qy qz qw)')
    try:
        stamp = Decimal(parts[0])
        values = [float(part) for part in parts[1:]]
    except (InvalidOperation, ValueError) as error:
        raise TrajectoryError(f'"{line.strip()}" holds something that is not a number') from error
    if not stamp.is_finite() or not 0 <= stamp < Decimal(2) ** 33:
        raise TrajectoryError(f'stamp {parts[0]}: expected seconds between 0 and 2**33')
    try:
        return StampedPose(int((stamp * 10 ** 9).to_integral_value()),
                           Pose.from_quaternion(values[:3], values[3:]))
    except PoseError as error:
        raise TrajectoryError(str(error)) from error


def format_tum_line(stamp_ns, pose):
    """Write one line; reading it gives the same stamp and the same canonical pose."""
    values = ' '.join(repr(float(value)) for value in (*pose.translation, *pose.quaternion))
    return f'{stamp_ns // 10 ** 9}.{stamp_ns % 10 ** 9:09d} {values}'


def read_tum(path):
    """Read a file: list of StampedPose. TrajectoryError names the file and the line."""
    path = Path(path)
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrajectoryError(f'{path} cannot be read as a trajectory: {error}') from error
    stamped = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        try:
            stamped.append(parse_tum_line(line))
        except TrajectoryError as error:
            raise TrajectoryError(f'{path}, line {number}: {error}') from error
    if not stamped:
        raise TrajectoryError(f'{path} holds no pose')
    return stamped


def write_tum(path, stamped):
    """Write StampedPoses, a line each."""
    lines = [format_tum_line(s.stamp_ns, s.pose) for s in stamped]
    Path(path).write_text('\n'.join(lines + ['']), encoding='utf-8')
