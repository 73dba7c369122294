# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The ablation trains each variant once, judges it on the same views, and says what is apart."""

import numpy as np
import pytest

for package in ('torch', 'diffusers', 'accelerate'):
    pytest.importorskip(package, reason=f'the ablation needs {package}')
import torch  # noqa: E402

from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.evaluation import ablation  # noqa: E402
from geo_world_model.evaluation.ablation_scores import (  # noqa: E402
    difference, evidence, metrics, separable)
from geo_world_model.training.pool import shard_path, write_shard  # noqa: E402


def views_of(errors, pixels=100.0):
    """Evidence of views whose colour has these squared errors and depth these ratios."""
    errors = np.asarray(errors, float)
    return np.stack([errors * pixels, np.full(len(errors), pixels), errors * pixels,
                     (errors < 0.25) * pixels, np.log1p(errors) ** 2 * pixels,
                     np.full(len(errors), pixels)], 1)


def test_evidence_counts_holes_only_and_metrics_are_what_they_say():
    true_colour, true_code = torch.zeros(2, 3, 4, 4), torch.zeros(2, 1, 4, 4)
    hole = torch.zeros(2, 1, 4, 4)
    hole[0, 0, 0] = 1
    colour = torch.full((2, 3, 4, 4), 0.2)
    code = torch.full((2, 1, 4, 4), float(np.log(2)))
    code[1] = torch.nan
    found = evidence(colour, code, true_colour, true_code, hole, hole)
    psnr, abs_rel, close, log_rmse = metrics(found, np.ones((1, 2)))[0]
    assert psnr == pytest.approx(20) and abs_rel == pytest.approx(1) and close == 0
    assert log_rmse == pytest.approx(np.log(2)) and (found[1] == 0).all()


def test_what_two_seeds_agree_on_is_separable_and_what_they_do_not_is_not():
    rng = np.random.default_rng(0)
    peer = np.stack([views_of(rng.uniform(0.1, 0.2, 40)) for _ in range(2)])
    better = np.stack([views_of(each[:, 0] / 100 * 0.8) for each in peer])
    apart = difference(better, peer)
    assert all(separable(apart[name]) for name in ('psnr', 'abs_rel', 'log_rmse'))
    assert apart['psnr']['value'] == pytest.approx(10 * np.log10(1.25), abs=1e-3)
    mixed = difference(np.stack([better[0], peer[1]]), np.stack([peer[0], better[1]]))
    assert not separable(mixed['psnr']) and mixed['psnr']['seeds'][0] > 0
    same = difference(peer, peer)
    assert same['psnr'] == {'value': 0, 'low': 0, 'high': 0, 'seeds': [0, 0]}
    assert not separable(same['psnr'])


def a_shard(scenes):
    rng = np.random.default_rng(5)
    width, height = ablation.SIZE
    poses = np.tile(np.eye(4), (scenes, 4, 1, 1))
    poses[:, :, 0, 3] = np.linspace(0, 0.6, 4)
    return {'rgb': rng.integers(0, 256, (scenes, 4, height, width, 3), np.uint8),
            'depth': np.full((scenes, 4, height, width), 2, np.float32), 'poses': poses,
            'intrinsics': np.tile([width / 2, width / 2, width / 2, height / 2], (scenes, 1))}


def test_variants_are_trained_once_and_compared_with_their_peers(tmp_path):
    write_shard(shard_path(tmp_path / 'pool_64x32', 0), a_shard(2))
    write_shard(shard_path(tmp_path / 'evaluation' / '64x32_4', 0), a_shard(64))
    names = ['all', 'trunk trained longer', 'SSM', 'interleaved', 'interleaved, no geometry']
    options = {'seeds': (1,), 'samples': 16, 'sequences': 4, 'views': 2, 'shards': 1,
               'only': names}
    result = ablation.run(tmp_path, **options)
    assert list(result['scores']) == names
    assert result['difference']['SSM']['peer'] == 'trunk trained longer'
    assert result['scores']['interleaved, no geometry']['abs_rel'] is None
    assert result['scores']['interleaved']['abs_rel'] > 0
    table = ablation.markdown(result)
    assert table.count('\n') == 3 + len(names) and '| SSM |' in table
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob('*.safetensors')}
    assert ablation.run(tmp_path, **options) == result
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob('*.safetensors')}
    with pytest.raises(ConfigError, match='another budget'):
        ablation.run(tmp_path, **{**options, 'samples': 32})


def test_an_unknown_variant_is_refused(tmp_path):
    with pytest.raises(ConfigError, match='no memory'):
        ablation.run(tmp_path, only=['no memory'])
