# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('diffusers', reason='training needs diffusers')
pytest.importorskip('accelerate', reason='training needs accelerate')
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.training.pool import shard_path, write_shard  # noqa: E402
from geo_world_model.training.recipe_file import read_recipe  # noqa: E402
from geo_world_model.training.trainer import Trainer  # noqa: E402

RECIPE = Path(__file__).parents[2] / 'config' / 'training' / 'gpu.yaml'


def a_shard(size):
    rng = np.random.default_rng(5)
    width, height = size
    poses = np.tile(np.eye(4), (2, 4, 1, 1))
    poses[:, :, 0, 3] = np.linspace(0, 0.6, 4)
    return {'rgb': rng.integers(0, 256, (2, 4, height, width, 3), np.uint8),
            'depth': np.full((2, 4, height, width), 2, np.float32), 'poses': poses,
            'intrinsics': np.tile([width / 2, width / 2, width / 2, height / 2], (2, 1))}


def test_the_recipe_for_a_gpu_runs_through_all_its_stages_and_leaves_weights(tmp_path):
    recipe = read_recipe(RECIPE)
    sizes = [(32, 16), (48, 32)]
    stages = tuple(replace(stage, sizes=(size,), batch=2, steps=2, shards=1)
                   for stage, size in zip(recipe.stages, sizes, strict=True))
    for stage in stages:
        write_shard(shard_path(tmp_path / stage.folders[0], 0), a_shard(stage.sizes[0]))
    trainer = Trainer(replace(recipe, model='tiny', stages=stages), tmp_path, lambda line: None)
    assert trainer.run()
    assert trainer.samples == 8
    weights = CompletionModel.from_pretrained(tmp_path / 'weights')
    assert all(bool(weight.isfinite().all()) for weight in weights.parameters())
