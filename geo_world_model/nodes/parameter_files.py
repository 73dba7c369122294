# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters as text: config/all_parameters.yaml, and what --help prints."""

from dataclasses import fields

from geo_world_model.nodes.parameters import (CacheNodeParameters, CameraParameters,
                                              WorldModelNodeParameters)


def help_text(name, kind):
    """What NAME --help prints: how to run the node, and every parameter of dataclass `kind`."""
    lines = [f'usage: {name} [--ros-args -p NAME:=VALUE ... | --ros-args --params-file FILE]', '',
             kind.__doc__.strip(), 'Those with a * may be set while the node runs.']
    for f in fields(kind):
        if f.metadata['group']:
            lines += ['', f'{f.metadata["group"]}:']
        star = '*' if f.metadata['live'] else ' '
        lines.append(f' {star}{f.name:26} {f.metadata["description"]} '
                     f'(default {_yaml(f.default)})')
    if kind is CacheNodeParameters:
        lines += ['', CameraParameters.__doc__.strip()]
        lines += [f'  NAME.{f.name:21} {f.metadata["description"]}'
                  for f in fields(CameraParameters)]
    return '\n'.join(lines)


def yaml_text():
    """Text of config/all_parameters.yaml: every parameter of both nodes with its meaning."""
    lines = ['# Every parameter with its default; written by python -m '
             'geo_world_model.nodes.parameter_files.',
             '# Those with a * may be set while the node runs (ros2 param set).']
    for node, kind in (('cache_node', CacheNodeParameters),
                       ('world_model_node', WorldModelNodeParameters)):
        lines += [f'/**/{node}:', '  ros__parameters:']
        for f in fields(kind):
            if f.metadata['group']:
                lines += ['', f'    # --- {f.metadata["group"]} ---']
            extra = f.metadata['choices']
            extra = f' [{", ".join(extra)}]' if extra else ''
            star = '* ' if f.metadata['live'] else ''
            lines += [f'    # {star}{f.metadata["description"]}{extra}',
                      f'    {f.name}: {_yaml(f.default)}']
        if kind is CacheNodeParameters:
            lines += ['', '    # --- Each of several cameras, for instance cameras: [front] ---',
                      '    # front:']
            for f in fields(CameraParameters):
                lines += [f'    #   # {f.metadata["description"]}',
                          f'    #   {f.name}: {_yaml(f.default)}']
    return '\n'.join(lines + [''])


def _yaml(value):
    if isinstance(value, tuple):
        return f'[{", ".join(map(_yaml, value))}]'
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


if __name__ == '__main__':
    print(yaml_text(), end='')
