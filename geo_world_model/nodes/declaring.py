# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Declaring dataclasses as parameters of a node: described, ranged, unknown ones refused."""

import difflib
from dataclasses import fields, replace

from rcl_interfaces.msg import (FloatingPointRange, IntegerRange, ParameterDescriptor,
                                SetParametersResult)
from rclpy.exceptions import ParameterException

from geo_world_model.errors import ConfigError

#: Parameters that rclpy itself declares or reads.
_RCLPY = ('use_sim_time', 'start_type_description_service')


def refuse_unknown(node, kinds):
    """ConfigError, with the nearest known name, for an override of a node that nobody declares."""
    known = [prefix + f.name for prefix, kind in kinds.items() for f in fields(kind)]
    for name in node._parameter_overrides:
        if name not in known and name not in _RCLPY and not name.startswith('qos_overrides.'):
            near = difflib.get_close_matches(name, known, 1)
            hint = f'; did you mean "{near[0]}"?' if near else ''
            raise ConfigError(f'unknown parameter "{name}" for {node.get_name()}{hint} Known: '
                              f'{", ".join(known)}')


def declare(node, kind, prefix=''):
    """
    Declare every field of dataclass `kind` on a node and return its values as a `kind`.

    prefix: put before the names. ConfigError for an override of another type or out of range.
    """
    values = {}
    for f in fields(kind):
        override = node._parameter_overrides.get(prefix + f.name)
        try:
            values[f.name] = value = _checked(f, f.default if override is None else override.value)
            node.declare_parameter(prefix + f.name, _as_ros(value), _descriptor(f),
                                   ignore_override=True)
        except (ConfigError, ParameterException) as error:
            raise ConfigError(f'parameter "{prefix}{f.name}" {error}') from error
    return kind(**values)


def follow(node, settings, on_change):
    """
    Call on_change(settings) when a parameter that may change was set; the others are refused.

    settings: what declare returned.
    """
    by_name = {f.name: f for f in fields(settings)}
    current = [settings]

    def check(parameters):
        for p in parameters:
            try:
                if p.name in by_name:
                    _checked(by_name[p.name], p.value)
            except ConfigError as error:
                return SetParametersResult(successful=False, reason=f'"{p.name}" {error}')
        return SetParametersResult(successful=True)

    def take(parameters):
        changed = {p.name: _checked(by_name[p.name], p.value) for p in parameters
                   if p.name in by_name}
        if changed:
            current[0] = replace(current[0], **changed)
            on_change(current[0])

    node.add_on_set_parameters_callback(check)
    node.add_post_set_parameters_callback(take)


def _checked(f, value):
    """Return a value as the dataclass has it; ConfigError."""
    default = f.default
    if isinstance(default, tuple):
        return _checked_list(default, value)
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise ConfigError(f'is {value!r}: expected {type(default).__name__}')
    low, high, choices = (f.metadata[key] for key in ('low', 'high', 'choices'))
    if choices and value not in choices:
        raise ConfigError(f'is "{value}": expected one of {", ".join(choices)}')
    if low is not None and not low <= value <= high:
        raise ConfigError(f'is {value}: expected {low}..{high}')
    return value


def _checked_list(default, value):
    kind = type(default[0])
    try:
        values = () if isinstance(value, (str, bytes)) else tuple(value)
    except TypeError:
        values = ()
    if kind is float and all(type(v) in (int, float) for v in values):
        values = tuple(float(v) for v in values)
    if not values or not all(type(v) is kind for v in values):
        raise ConfigError(f'is {value!r}: expected a list of {kind.__name__}')
    if kind is float and len(values) != len(default):
        raise ConfigError(f'has {len(values)} numbers: expected {len(default)}')
    return values


def _as_ros(value):
    return list(value) if isinstance(value, tuple) else value


def _descriptor(f):
    descriptor = ParameterDescriptor(description=f.metadata['description'],
                                     read_only=not f.metadata['live'])
    low, high = f.metadata['low'], f.metadata['high']
    if isinstance(f.default, float) and low is not None:
        descriptor.floating_point_range = [FloatingPointRange(
            from_value=float(low), to_value=float(high))]
    elif low is not None:
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
    return descriptor
