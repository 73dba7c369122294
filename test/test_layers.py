# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Imports go downward only, heavy packages stay where they belong, and lines fit the page."""

import ast
from pathlib import Path

import geo_world_model

ROOT = Path(geo_world_model.__file__).parent
REPOSITORY = Path(__file__).resolve().parents[1]
#: The limit of ament_flake8, in characters.
LONGEST = 99
#: A module may import from its own layer and from later ones in this list.
LAYERS = [['demo'], ['cli'], ['evaluation', 'testing'], ['training'], ['nodes'], ['export'],
          ['warmup'], ['world'],
          ['panorama', 'seed', 'config', 'look', 'notes', 'rim', 'entry', 'undo', 'clearing',
           'merging', 'asking', 'health', 'window', 'seeding', 'refusals'],
          ['generators'], ['networks'], ['storage'], ['cache'], ['datasets'], ['geometry'],
          ['errors', '__init__']]
ONLY = {'torch': {'generators', 'networks', 'training', 'evaluation', 'datasets'},
        'rclpy': {'nodes', 'demo', 'evaluation'}, 'open3d': {'evaluation', 'export', 'merging'}}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ''


def part(path):
    relative = path.relative_to(ROOT)
    return relative.parts[0].removesuffix('.py')


def level(name):
    return next(i for i, layer in enumerate(LAYERS) if name in layer)


def test_every_import_goes_downward_or_stays():
    upward = []
    for path in ROOT.rglob('*.py'):
        for name in imports(path):
            if name.startswith('geo_world_model.'):
                target = name.split('.')[1]
                # the command line starts what it is asked for, the demonstration uses the nodes
                if level(target) < level(part(path)):
                    upward.append(f'{path.relative_to(ROOT)} imports {name}')
    assert not upward


def test_heavy_packages_are_imported_only_where_they_belong():
    wrong = [f'{path.relative_to(ROOT)} imports {name}' for path in ROOT.rglob('*.py')
             for name in imports(path)
             for package, allowed in ONLY.items()
             if name.split('.')[0] == package and part(path) not in allowed]
    assert not wrong


def test_data_sets_need_torch_only_where_a_file_is_named_for_it():
    found = [path for path in (ROOT / 'datasets').rglob('*.py')
             for name in imports(path) if name.split('.')[0] == 'torch'
             or name.rsplit('.')[-1].startswith('torch_')]
    assert found and all(path.stem.startswith('torch_') for path in found)


def test_no_file_has_a_name_that_says_nothing():
    assert not [p for p in ROOT.rglob('*.py')
                if p.stem.split('_')[-1] in ('utils', 'helpers', 'common', 'misc')]


def test_no_line_is_longer_than_ros_allows():
    long = []
    for folder in (ROOT, REPOSITORY / 'test', REPOSITORY / 'launch'):
        paths = sorted(folder.rglob('*.py'))
        assert paths, f'no Python file in {folder}'
        long += [f'{path}:{number}: {len(line)} characters' for path in paths
                 for number, line in enumerate(path.read_text('utf-8').split('\n'), 1)
                 if len(line) > LONGEST]
    assert not long
