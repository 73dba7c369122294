# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of cache_node and of its cameras, and what they say: cameras, poses."""

from geo_world_model.errors import ConfigError, GeoWorldModelError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.nodes.declaring import declare, refuse_unknown
from geo_world_model.nodes.parameters import CacheNodeParameters, CameraParameters, NO_POSE


def declare_cache_node(node):
    """
    Declare the parameters of cache_node. ConfigError.

    Returns CacheNodeParameters, and CameraParameters by the name of the camera; the only camera of
    a node has none, and parameters of its own.
    """
    given = node._parameter_overrides.get('cameras')
    names = [name for name in (given.value if given else ()) if name]
    if not all(name.isidentifier() for name in names) or len(set(names)) < len(names):
        raise ConfigError(f'parameter "cameras" is {names}: expected different names of letters, '
                          'digits and underscores')
    refuse_unknown(node, {'': CacheNodeParameters,
                          **{f'{name}.': CameraParameters for name in names}})
    settings = declare(node, CacheNodeParameters)
    return settings, {name: declare(node, CameraParameters, f'{name}.')
                      for name in names} or {'': settings_of(settings)}


def settings_of(s):
    """CameraParameters of the only camera, from CacheNodeParameters."""
    return CameraParameters(s.camera_frame, s.camera_mount, s.camera_width, s.camera_height,
                            s.camera_fx, s.camera_fy, s.camera_cx, s.camera_cy)


def camera_of(s):
    """Camera of parameters: fy 0 is fx, a principal point of -1 is the middle. CameraError."""
    return PinholeCamera(s.fx, s.fy or s.fx, (s.width - 1) / 2 if s.cx == -1.0 else s.cx,
                         (s.height - 1) / 2 if s.cy == -1.0 else s.cy, s.width, s.height)


def pose_of(numbers, name):
    """Pose of seven parameters, None when they are left out. ConfigError."""
    if tuple(numbers) == NO_POSE:
        return None
    try:
        return Pose.from_quaternion(numbers[:3], numbers[3:])
    except GeoWorldModelError as error:
        raise ConfigError(f'parameter "{name}": {error}') from error
