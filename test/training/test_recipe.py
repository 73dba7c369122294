# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes that ship can be read, and wrong ones are refused by name."""

from pathlib import Path

import pytest

pytest.importorskip('torch', reason='training needs torch')
pytest.importorskip('diffusers', reason='training needs diffusers')
from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from geo_world_model.training.recipe_file import read_recipe  # noqa: E402

SHIPPED = sorted((Path(__file__).parents[2] / 'config' / 'training').glob('*.yaml'))
STAGE = '{name: a, pool: p, sizes: [[64, 32]], shards: 1, batch: 2, steps: 3'


@pytest.mark.parametrize('path', SHIPPED, ids=lambda path: path.name)
def test_a_shipped_recipe_can_be_read(path):
    recipe = read_recipe(path)
    assert recipe.model in CONFIGURATIONS and recipe.stages[0].steps > 0


@pytest.mark.parametrize('text, said', [
    ('model: small', '"stages"'), ('model: small\nstages: 3', '"stages"'),
    ('model: small\nstages: [3]', 'a stage is 3: expected names'),
    (f'model: small\nstages: [{STAGE}}}]\naugmentation: none', 'augmentation is'),
    (f'model: small\nstages: [{STAGE}, views: 1}}]', '2 or more'),
    (f'model: small\nstages: [{STAGE}}}]\noptions: 3', 'options is 3'),
    (f'model: small\nstages: [{STAGE.replace("steps: 3", "steps: many")}}}]', 'positive batch'),
    ('[1', 'cannot be read'),
    (f'model: small\nstages: [{STAGE}, pace: 3}}]', 'unknown pace'),
    (f'model: small\nstages: [{STAGE}}}]\nprecision: fp8', 'no or bf16'),
    (f'model: small\nstages: [{STAGE.replace("64", "60")}}}]', 'multiples of 8'),
    (f'model: small\nstages: [{STAGE.replace("[[64, 32]]", "[64, 32]")}}}]', 'sizes'),
    (f'model: small\nstages: [{STAGE}}}]\nscenes: moon', 'mixed, varied'),
    (f'model: huge\nstages: [{STAGE}}}]', 'model is .huge.: expected one of tiny'),
    (f'model: small\nstages: [{STAGE}, lr: 1e-3}}]', "lr is '1e-3': expected a number"),
    (f'model: small\nstages: [{STAGE}, regression: 2}}]', 'regression is 2'),
    (f'model: small\nstages: [{STAGE}, train: ssm}}]\noptions: {{stereo_blocks: 1}}\n'
     'references: 0', 'takes references'),
    (f'model: small\nstages: [{STAGE}, train: interleaved, views: 9}}]\n'
     'options: {modalities: 2}', 'at most 8'),
    (f'model: small\nstages: [{STAGE}, train: interleaved, tiled: true}}]\n'
     'options: {modalities: 2}', 'tiles: true'),
    (f'model: small\nstages: [{STAGE}, train: interleaved}}]\n'
     'options: {modalities: 2, references: false}', 'with references'),
    (f'model: small\nstages: [{STAGE}}}]\naugmentation: {{sources: [0.5, 0.4]}}', 'sum is 1'),
    (f'model: small\nstages: [{STAGE}}}]\naugmentation: {{empty: 5}}', 'empty is 5'),
    (f'model: small\nstages: [{STAGE.replace(", shards: 1", "")}}}]', 'shards')])
def test_what_is_no_recipe_is_refused_with_the_reason(tmp_path, text, said):
    (tmp_path / 'r.yaml').write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_recipe(tmp_path / 'r.yaml')
