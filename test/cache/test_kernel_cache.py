# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import os
import shutil
import subprocess
import sys
from pathlib import Path

import geo_world_model

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
        assert Path(path) == package / 'cache' / '__pycache__'
        return int(hits)

    assert run() == 0
    assert run() == 1
    with (package / 'cache' / 'footprint.py').open('a') as file:
        file.write('# changed\n')
    assert run() == 0
    assert run() == 1
