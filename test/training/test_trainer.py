# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Training that is killed goes on as if it had not been."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

for package in ('torch', 'diffusers', 'accelerate'):
    pytest.importorskip(package, reason=f'training needs {package}')
import torch  # noqa: E402

from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.training.checkpoint import load_checkpoint, save_checkpoint  # noqa: E402
from geo_world_model.training.pool import Pool, shard_path, write_shard  # noqa: E402
from geo_world_model.datasets.procedural.recording import write_procedural  # noqa: E402
from geo_world_model.training.recipe import Recipe, Stage  # noqa: E402
from geo_world_model.training.samples import Augmentation, draw_samples  # noqa: E402
from geo_world_model.training.scene_shards import procedural_shard, recording_shard  # noqa: E402
from geo_world_model.training.trainer import Trainer  # noqa: E402

RECIPE = """
model: tiny
checkpoint_s: {every}
stages:
  - {{name: one, pool: pool, sizes: [[64, 32], [48, 40]], shards: 1, batch: 2, steps: 12,
     grow: false, warmup: 2}}
  - {{name: two, pool: pool, sizes: [[64, 32]], shards: 1, batch: 2, steps: 8, grow: false,
     regression: 1.0}}
"""


@pytest.fixture(scope='module')
def shard():
    return procedural_shard(3, 0, (64, 32), scenes=3)


@pytest.fixture(scope='module')
def tall_shard():
    return procedural_shard(3, 0, (48, 40), scenes=2, mixture='varied')


def start(folder, every):
    (folder / 'r.yaml').write_text(RECIPE.format(every=every))
    return subprocess.Popen(
        [sys.executable, '-m', 'geo_world_model.training', str(folder / 'r.yaml'), '--out',
         str(folder), '--writers', '0'], env={**os.environ, 'OMP_NUM_THREADS': '1'},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_killed_training_gives_the_weights_of_one_that_was_not(tmp_path, shard, tall_shard):
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    for folder in (whole, killed):
        write_shard(shard_path(folder / 'pool_64x32', 0), shard)
        write_shard(shard_path(folder / 'pool_48x40', 0), tall_shard)
    process = start(whole, 1000)
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0, said
    process = start(killed, 0)  # a checkpoint before every step
    end = time.monotonic() + 200
    while step_of(killed) < 5:
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 5 <= step_of(killed) < 20
    process = start(killed, 0)
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0 and 'goes on at stage' in said, said
    (tensors, state), (others, _) = (load_checkpoint(folder / 'checkpoint')
                                     for folder in (whole, killed))
    assert state['stage'] == 2 and state['samples'] == 40
    assert set(tensors) == set(others)
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)
    assert (whole / 'weights' / 'config.json').exists()


def step_of(folder):
    try:
        state = json.loads((folder / 'checkpoint' / 'state.json').read_text())
    except (OSError, ValueError):
        return 0
    return state['step'] + 12 * state['stage']


def test_a_checkpoint_replaces_the_one_before_whole_and_is_split_into_small_files(tmp_path):
    big = {str(k): torch.full((1_000_000,), float(k)) for k in range(6)}
    save_checkpoint(tmp_path / 'c', {'a': torch.ones(2)}, {'step': 1})
    save_checkpoint(tmp_path / 'c', big, {'step': 2})
    tensors, state = load_checkpoint(tmp_path / 'c')
    assert state == {'step': 2} and all(torch.equal(tensors[name], big[name]) for name in big)
    assert all(path.stat().st_size < 16_000_000 for path in (tmp_path / 'c').iterdir())
    (tmp_path / 'c').rename(tmp_path / 'c.old')  # as a kill between two renamings leaves it
    assert load_checkpoint(tmp_path / 'c')[1] == {'step': 2}


def test_a_damaged_checkpoint_is_refused_with_its_name(tmp_path):
    save_checkpoint(tmp_path / 'c', {'a': torch.ones(2)}, {'step': 1})
    (tmp_path / 'c' / '0000.safetensors').write_bytes(b'x' * 40)
    with pytest.raises(ConfigError, match='no whole checkpoint'):
        load_checkpoint(tmp_path / 'c')


def test_shards_that_come_later_are_seen_and_wrong_ones_refused(tmp_path, shard):
    pool = Pool(tmp_path)
    assert len(pool) == 0
    write_shard(shard_path(tmp_path, 0), shard)
    assert pool.refresh() == 3
    scenes = pool.scenes(np.array([2, 0, 2]))
    assert np.array_equal(scenes['rgb'][0], shard['rgb'][2])
    shard_path(tmp_path, 1).write_bytes(b'no shard')
    with pytest.raises(ConfigError, match='no shard of pictures'):
        pool.refresh()


def test_a_shard_of_a_seed_is_always_the_same(shard):
    again = procedural_shard(3, 0, (64, 32), scenes=3)
    assert all(np.array_equal(again[name], shard[name]) for name in shard)


def test_a_recording_is_cut_to_the_shape_of_the_pool_and_drawn_from(tmp_path):
    write_procedural(tmp_path / 'recording', scenes=1, views=6, size=(96, 80), kind='room')
    shard = recording_shard(tmp_path / 'recording', (64, 32))
    assert shard['rgb'].shape == (2, 4, 32, 64, 3) and shard['depth'].dtype == np.float32
    # the middle 96x48 of the image, two thirds as large
    camera = json.loads((tmp_path / 'recording' / 'intrinsics.json').read_text())
    assert shard['intrinsics'][0, 0] == pytest.approx(camera['fx'] * 2 / 3)
    assert shard['intrinsics'][0, 3] == pytest.approx((camera['cy'] - 16 + 0.5) * 2 / 3 - 0.5)
    shard['depth'][:, :, :8] = np.nan
    write_shard(shard_path(tmp_path, 0), shard)
    samples = draw_samples(Pool(tmp_path), 4, 1, Augmentation())
    assert samples.base.isfinite().all() and samples.truth.isfinite().all()
    assert (samples.measured[:, :, :8] == 0).all() and samples.measured[:, :, 8:].any()
    with pytest.raises(ConfigError, match='expected 40'):
        recording_shard(tmp_path / 'recording', (64, 32), stride=10)


def test_training_starts_from_given_weights_and_refuses_those_of_another_network(tmp_path, shard):
    write_shard(shard_path(tmp_path / 'a' / 'pool_64x32', 0), shard)
    stage = Stage('one', 'pool', ((64, 32),), 1, 2, 2)
    first = Trainer(Recipe('tiny', (stage,)), tmp_path / 'a', lambda line: None)
    assert first.run()
    again = Recipe('tiny', (stage,), seed=12, start=str(tmp_path / 'a' / 'weights'))
    second = Trainer(again, tmp_path / 'b', lambda line: None)
    for average, weight in zip(first.ema.shadow_params, second.model.parameters()):
        assert torch.equal(average.to(torch.bfloat16).float(), weight)
    assert all(torch.equal(average, weight) for average, weight in zip(
        second.ema.shadow_params, second.model.parameters()))
    with pytest.raises(ConfigError, match='cannot start from'):
        Trainer(replace(again, model='small'), tmp_path / 'c', lambda line: None)
    with pytest.raises(ConfigError, match='cannot start from'):
        Trainer(replace(again, start=str(tmp_path)), tmp_path / 'd', lambda line: None)


def test_options_that_no_network_has_are_refused(tmp_path):
    stage = Stage('one', 'pool', ((64, 32),), 1, 2, 2)
    with pytest.raises(ConfigError, match="options .*'colour'"):
        Trainer(Recipe('tiny', (stage,), {'colour': 1}), tmp_path, lambda line: None)
