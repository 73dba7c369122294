# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What several commands read from their arguments."""

import re
from pathlib import Path

from geo_world_model.errors import CameraError, ConfigError, PoseError, WorldFileError


def with_negative_lists(arguments):
    """Join options with lists that begin with a minus, which argparse takes for an option."""
    joined = []
    for word in arguments:
        if joined and joined[-1].startswith('--') and re.match(r'-[\d.]\S*,', word):
            joined[-1] += f'={word}'
        else:
            joined.append(word)
    return joined


def require_world(path):
    """Raise WorldFileError unless a world file is there."""
    if Path(path).is_dir():
        raise WorldFileError(f'{path} is a folder: expected a world file in it (NAME.gwm)')
    if not Path(path).is_file():
        raise WorldFileError(f'{path} does not exist; "geo-world-model seed" makes a world')


def check_folder_of(path):
    """Raise ConfigError when a file could not be written later; None is no file."""
    if path and not Path(path).absolute().parent.is_dir():
        raise ConfigError(f'the folder of {path} does not exist; nothing was measured')


def camera_of(intrinsics, width, height):
    """PinholeCamera of "fx,fy,cx,cy" and a size in pixels; CameraError."""
    from geo_world_model.geometry.camera import PinholeCamera
    return PinholeCamera(*numbers_of(intrinsics, 4, '--intrinsics', CameraError), width, height)


def pose_of(text):
    """Pose of "tx ty tz qx qy qz qw"; PoseError."""
    from geo_world_model.geometry.pose import Pose
    values = numbers_of(text, 7, '--pose', PoseError)
    return Pose.from_quaternion(values[:3], values[3:])


def size_of(text):
    """(width, height) of "WxH"; CameraError."""
    width, x, height = text.lower().partition('x')
    if not (x and width.isdecimal() and height.isdecimal()):
        raise CameraError(f'--size "{text}": expected WIDTHxHEIGHT, for example 640x352')
    return int(width), int(height)


def numbers_of(text, count, what, error):
    """Read `count` numbers, between commas or blanks, of the option `what`; raises `error`."""
    try:
        values = [float(part) for part in text.replace(',', ' ').split()]
    except ValueError:
        values = []
    if len(values) != count:
        raise error(f'{what} "{text}": expected {count} numbers')
    return values
