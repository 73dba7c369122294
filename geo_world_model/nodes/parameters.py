# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of both nodes: dataclasses are the one source, ROS and the YAML files follow."""

import difflib
from dataclasses import dataclass, field, fields

from geo_world_model.errors import ConfigError

#: Parameters that rclpy itself declares or reads.
_RCLPY = ('use_sim_time', 'start_type_description_service')


def parameter(default, description, low=None, high=None, choices=None):
    """A dataclass field with what ros2 param describe shows and what is refused."""
    return field(default=default, metadata=dict(description=description, low=low, high=high,
                                                choices=choices))


@dataclass(frozen=True)
class CacheNodeParameters:
    """Parameters of cache_node."""

    world_file: str = parameter('world.gwm', 'the world: one file, created when absent')
    mode: str = parameter('realtime', 'realtime: newest pose wins, holes are marked; lockstep: '
                          'every pose is answered, in order, complete',
                          choices=('realtime', 'lockstep'))
    map_frame: str = parameter('map', 'frame_id that poses must carry, and of ~/map')
    camera_frame: str = parameter('camera_optical_frame', 'frame_id of every view')
    publish_tf: bool = parameter(True, 'publish the transform from map_frame to camera_frame on '
                                 '/tf (where tf2_msgs is installed)')
    pose_axes: str = parameter('optical', 'axes of camera/pose: optical (z forward) or body '
                               '(x forward, z up)', choices=('optical', 'body'))
    camera_width: int = parameter(0, 'width of the views (px); 0: wait for camera/camera_info',
                                  0, 16384)
    camera_height: int = parameter(0, 'height of the views (px)', 0, 16384)
    camera_fx: float = parameter(0.0, 'focal length of the views (px)', 0.0, 1e6)
    camera_fy: float = parameter(0.0, 'focal length of the views (px); 0: camera_fx', 0.0, 1e6)
    camera_cx: float = parameter(-1.0, 'principal point (px); -1: the middle', -1e5, 1e5)
    camera_cy: float = parameter(-1.0, 'principal point (px); -1: the middle', -1e5, 1e5)
    seed_image: str = parameter('', 'photograph that starts an empty world; empty: seed/image')
    seed_depth: str = parameter('', 'depth of seed_image (16-bit PNG or .npy); empty: lifted')
    seed_depth_scale: float = parameter(1000.0, 'units of seed_depth per metre', 1e-3, 1e6)
    seed_fx: float = parameter(0.0, 'focal length of seed_image (px)', 0.0, 1e6)
    seed_fy: float = parameter(0.0, 'focal length of seed_image (px); 0: seed_fx', 0.0, 1e6)
    seed_cx: float = parameter(-1.0, 'principal point of seed_image (px); -1: the middle',
                               -1e5, 1e5)
    seed_cy: float = parameter(-1.0, 'principal point of seed_image (px); -1: the middle',
                               -1e5, 1e5)
    seed_camera_height: float = parameter(1.2, 'height of the seed camera above the floor (m)',
                                          0.01, 100.0)
    seed_level: bool = parameter(False, 'a first seed without a pose was held level; false: as '
                                 'its upright edges say')
    seed_wait_s: float = parameter(2.0, 'how long a seed image waits for its depth and pose when '
                                   'somebody publishes them (s)', 0.0, 60.0)
    deadline_ms: float = parameter(200.0, 'realtime: an incomplete view leaves after this long '
                                   '(ms)', 0.0, 60000.0)
    request_timeout_s: float = parameter(10.0, 'an unanswered request is asked again after this '
                                         'long (s)', 0.1, 3600.0)
    refusals_before_classical: int = parameter(3, 'after so many refusals the classical generator '
                                               'completes the view here', 1, 100)
    map_max_points: int = parameter(200000, 'points of ~/map at most', 1000, 10000000)
    map_period_s: float = parameter(3.0, '~/map is published at most this often (s)', 0.1, 3600.0)


@dataclass(frozen=True)
class WorldModelNodeParameters:
    """Parameters of world_model_node."""

    generator: str = parameter('structure', 'what completes views')
    lifter: str = parameter('layout', 'what gives depth to a photograph without')


def declare(node, kind):
    """
    Declare every field of dataclass `kind` on a node and return its values as a `kind`.

    ConfigError for an override that is unknown (with the nearest known name), of another type, or
    outside its range.
    """
    from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
    from rclpy.exceptions import ParameterException
    known = {f.name: f for f in fields(kind)}
    overrides = dict(node._parameter_overrides)
    for name in overrides:
        if name not in known and name not in _RCLPY and not name.startswith('qos_overrides.'):
            near = difflib.get_close_matches(name, known, 1)
            hint = f'; did you mean "{near[0]}"?' if near else ''
            raise ConfigError(f'unknown parameter "{name}" for {node.get_name()}{hint} Known: '
                              f'{", ".join(known)}')
    values = {}
    for name, f in known.items():
        override = overrides.get(name)
        value = f.default if override is None else override.value
        if isinstance(f.default, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(f.default):
            raise ConfigError(f'parameter "{name}" is {value!r}: expected '
                              f'{type(f.default).__name__}')
        low, high, choices = (f.metadata[key] for key in ('low', 'high', 'choices'))
        if choices and value not in choices:
            raise ConfigError(f'parameter "{name}" is "{value}": expected one of '
                              f'{", ".join(choices)}')
        if low is not None and not low <= value <= high:
            raise ConfigError(f'parameter "{name}" is {value}: expected {low}..{high}')
        descriptor = ParameterDescriptor(description=f.metadata['description'], read_only=True)
        if isinstance(f.default, float) and low is not None:
            descriptor.floating_point_range = [FloatingPointRange(
                from_value=float(low), to_value=float(high))]
        elif low is not None:
            descriptor.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
        try:
            node.declare_parameter(name, value, descriptor, ignore_override=True)
        except ParameterException as error:
            raise ConfigError(f'parameter "{name}": {error}') from error
        values[name] = value
    return kind(**values)


def help_text(name, kind):
    """What NAME --help prints: how to run the node, and every parameter of dataclass `kind`."""
    lines = [f'usage: {name} [--ros-args -p NAME:=VALUE ... | --ros-args --params-file FILE]', '',
             kind.__doc__.strip(), '']
    lines += [f'  {f.name:26} {f.metadata["description"]} (default {f.default!r})'
              for f in fields(kind)]
    return '\n'.join(lines)


def yaml_text():
    """Text of config/all_parameters.yaml: every parameter of both nodes with its meaning."""
    lines = ['# Every parameter with its default; generated from geo_world_model/nodes/'
             'parameters.py.']
    for node, kind in (('cache_node', CacheNodeParameters),
                       ('world_model_node', WorldModelNodeParameters)):
        lines += [f'/**/{node}:', '  ros__parameters:']
        for f in fields(kind):
            text = f"'{f.default}'" if isinstance(f.default, str) else str(f.default).lower()
            extra = f.metadata['choices']
            extra = f' [{", ".join(extra)}]' if extra else ''
            lines += [f'    # {f.metadata["description"]}{extra}', f'    {f.name}: {text}']
    return '\n'.join(lines + [''])
