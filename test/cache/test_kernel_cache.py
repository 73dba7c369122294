# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import geo_world_model
from geo_world_model.cache.kernel_cache import kernel_files

CODE = """
import numpy as np
from geo_world_model.cache import landing
print(landing.measure_footprints._cache._impl.locator.get_cache_path())
landing.occupied(np.zeros(4, np.uint64), np.empty(4, np.int32))
print(sum(landing.occupied.stats.cache_hits.values()))
"""


def test_a_change_in_one_file_compiles_the_kernels_of_the_others_again(tmp_path):
    package = tmp_path / 'geo_world_model'
    (package / 'cache').mkdir(parents=True)
    source = Path(geo_world_model.__file__).parent
    for path in (source / '__init__.py', *(source / 'cache').glob('*.py')):
        shutil.copy(path, package / path.relative_to(source))

    def run():
        environment = {k: v for k, v in os.environ.items() if k != 'NUMBA_CACHE_DIR'}
        found = subprocess.run([sys.executable, '-c', CODE], cwd=tmp_path, capture_output=True,
                               text=True, check=True, env=dict(environment, PYTHONPATH=''))
        path, hits = found.stdout.split()
        assert Path(path).parent == package / 'cache' / '__pycache__'
        return int(hits)

    def change(name):
        path = package / 'cache' / name
        before = path.read_text()
        path.write_text(before + '# changed\n')
        return lambda: path.write_text(before)

    assert run() == 0
    assert run() == 1
    change_back = change('footprint.py')
    assert run() == 0
    assert run() == 1
    change_back()
    assert run() == 1
    change('log.py')
    assert run() == 1


def test_kernels_depend_on_all_that_their_files_import():
    folder = Path(geo_world_model.__file__).parent / 'cache'
    known = {path.stem for path in folder.glob('*.py')}

    def imports(path):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or '').startswith(
                    'geo_world_model.cache'):
                yield node.module.rsplit('.')[-1]
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from (alias.name.rsplit('.')[-1] for alias in node.names)

    paths = kernel_files(folder)
    names = {path.stem for path in paths}
    assert {'passes', 'landing', 'yielding', 'blocks', 'depth_code'} <= names < known
    for path in folder.glob('*.py'):
        wanted = set(imports(path)) & known
        assert '@njit' not in path.read_text() or path.stem in names
        assert path.stem not in names or wanted <= names
