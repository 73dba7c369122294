# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Processes whose clocks differ train together: they save and stop at the same step."""

import os
import socket
import subprocess
import sys

import pytest

for package in ('torch', 'diffusers', 'accelerate'):
    pytest.importorskip(package, reason=f'training needs {package}')
from geo_world_model.training.pool import shard_path, write_shard  # noqa: E402
from geo_world_model.training.scene_shards import procedural_shard  # noqa: E402

#: The second process's clock runs three times as fast; checkpoints are many, the end is by clock.
TRAIN = """
import sys, time
from types import SimpleNamespace
from geo_world_model.training import together, trainer
from geo_world_model.training.recipe import Recipe, Stage
rank, out = int(sys.argv[1]), sys.argv[2]
if rank:
    fast = SimpleNamespace(monotonic=lambda: 3 * time.monotonic(), sleep=time.sleep)
    together.time = trainer.time = fast
stage = Stage('one', 'pool', ((64, 32),), 1, 2, 100_000, warmup=2)
made = trainer.Trainer(Recipe('tiny', (stage,), checkpoint_s=0.3), out, lambda line: None)
assert made.accelerator.num_processes == 2
assert not made.run(minutes=0.05)
weights = sum(float(weight.double().sum()) for weight in made.model.parameters())
print('result', made.step, repr(weights))
"""


@pytest.mark.slow
def test_processes_with_other_clocks_stop_at_one_step_with_the_same_weights(tmp_path):
    write_shard(shard_path(tmp_path / 'pool_64x32', 0), procedural_shard(3, 0, (64, 32), scenes=2))
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    processes = [subprocess.Popen(
        [sys.executable, '-c', TRAIN, str(rank), str(tmp_path)], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
        env={**os.environ, 'RANK': str(rank), 'LOCAL_RANK': str(rank), 'WORLD_SIZE': '2',
             'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(port), 'OMP_NUM_THREADS': '1',
             'ACCELERATE_USE_CPU': 'true'}) for rank in range(2)]
    try:
        said = [process.communicate(timeout=180)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    results = [[line for line in text.splitlines() if line.startswith('result')] for text in said]
    assert [process.returncode for process in processes] == [0, 0], said
    assert results[0] and results[0] == results[1]
    assert int(results[0][0].split()[1]) > 0
