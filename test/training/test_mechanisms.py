# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Stages for the papers' mechanisms: what is frozen stays, branches start as nothing and learn."""

import numpy as np
import pytest

for package in ('torch', 'diffusers', 'accelerate'):
    pytest.importorskip(package, reason=f'training needs {package}')
import torch  # noqa: E402

from geo_world_model.errors import ConfigError  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.training.checkpoint import load_checkpoint  # noqa: E402
from geo_world_model.training.losses import completion_loss  # noqa: E402
from geo_world_model.training.objectives import OBJECTIVES  # noqa: E402
from geo_world_model.training.pool import Pool, shard_path, write_shard  # noqa: E402
from geo_world_model.training.recipe import Recipe, Stage  # noqa: E402
from geo_world_model.training.samples import Augmentation, draw_samples  # noqa: E402
from geo_world_model.training.sequences import draw_sequences  # noqa: E402
from geo_world_model.training.trainer import Trainer  # noqa: E402

SIZE = 32, 16
BRANCHES = {'ggm': 'global_memory', 'ssm': 'stereo_memory'}
PLAIN = Augmentation(rectangles=0, colour_only=0, empty=0, reference_dropout=0,
                     geometry_dropout=0, depth_scale=0, exposure=0)


def a_shard(views):
    """Two walls with one gradient each, seen by a camera that goes sideways."""
    width, height = SIZE
    poses = np.tile(np.eye(4), (4, views, 1, 1))
    poses[:, :, 0, 3] = 0.35 * np.arange(views)
    depth = np.linspace(1.5, 3, 4, dtype=np.float32)[:, None, None, None]
    place = np.arange(width) / 20 * depth + poses[:, :, 0, 3][..., None, None]
    red = 127 + 100 * np.sin(np.broadcast_to(place, (4, views, height, width)))
    rgb = np.stack([red, red[:, :, ::-1], 255 - red], -1).astype(np.uint8)
    return {'rgb': rgb, 'depth': np.broadcast_to(depth, rgb.shape[:-1]), 'poses': poses,
            'intrinsics': np.tile([20.0, 20.0, 15.5, 7.5], (4, 1))}


def trainer(folder, train, steps=40, views=4, stages=(), start='', **options):
    stage = Stage(train, 'pool', (SIZE,), 1, 4, steps, lr=3e-3, warmup=2, regression=1.0,
                  grow=False, train=train, views=views, tiled=options.get('tiles', False))
    path = shard_path(folder / stage.folders[0], 0)
    if not path.exists():
        write_shard(path, a_shard(views))
    recipe = Recipe('tiny', (*stages, stage), options, start, augmentation=PLAIN)
    return Trainer(recipe, folder, lambda line: None)


def weights(made):
    return {name: value.clone() for name, value in made.model.named_parameters()}


@pytest.mark.parametrize('train', BRANCHES)
def test_a_branch_starts_as_nothing_and_learns_beside_a_frozen_trunk(tmp_path, train):
    options = {'global_blocks': 1, 'stereo_blocks': 1}
    trainer(tmp_path / 'trunk', 'trunk', 10).run()
    made = trainer(tmp_path / 'branch', train, start=str(tmp_path / 'trunk' / 'weights'),
                   **options)
    before = weights(made)
    loss_before, alone = judged(made, train)
    assert loss_before == alone
    made.run()
    after = weights(made)
    changed = {name.split('.')[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {BRANCHES[train]}
    assert not torch.equal(after[f'{BRANCHES[train]}.joins.0.weight'],
                           before[f'{BRANCHES[train]}.joins.0.weight'])
    loss_after, still = judged(made, train)
    # sums are rounded by where in memory their terms lie; the weights above are equal bit for bit
    assert still == pytest.approx(alone, rel=1e-4) and loss_after < 0.95 * loss_before
    saved = CompletionModel.from_pretrained(tmp_path / 'branch' / 'weights')
    assert getattr(saved, BRANCHES[train]).joins[0].weight.abs().sum() > 0


@torch.no_grad()
def judged(made, train):
    """The loss of fixed samples with what the branch is shown, and without."""
    pool = Pool(made.out / 'pool_32x16')
    samples = draw_samples(pool, 16, 3, PLAIN, guide=train == 'ggm')
    time = torch.zeros(16)

    def loss(**shown):
        output = made.model(samples.base, samples.base, samples.known, samples.rays, time,
                            samples.references, **shown)
        return completion_loss(output, samples, time)[1]['loss']

    shown = {'geometry': samples.guide} if train == 'ggm' else {'stereo': samples.references}
    return loss(**shown), loss()


def test_a_branch_stage_goes_on_from_the_averages_of_the_trunks_stage(tmp_path):
    first = Stage('trunk', 'pool', (SIZE,), 1, 4, 6, warmup=2, regression=1.0, grow=False)
    made = trainer(tmp_path, 'ggm', 3, stages=(first,), global_blocks=1)
    averages = []
    begin = made._begin
    made._begin = lambda stage: (begin(stage), averages.append(
        (weights(made), [each.clone() for each in made.ema.shadow_params])))[0]
    assert made.run()
    started, shadow = averages[1]
    assert all(torch.equal(value, mean) for value, mean in zip(started.values(), shadow))
    tensors, state = load_checkpoint(tmp_path / 'checkpoint')
    assert state['stage'] == 2 and state['ema_step'] == 3
    for name, value in started.items():
        if not name.startswith('global_memory'):
            assert torch.equal(tensors[f'ema.{name}'], value)


def test_a_guide_shows_what_the_rendering_does_not_and_own_points_are_dropped(tmp_path):
    write_shard(shard_path(tmp_path, 0), a_shard(4))
    pool = Pool(tmp_path)
    samples = draw_samples(pool, 8, 1, PLAIN, guide=True)
    more = (samples.guide[:, 4:] > 0) & (samples.known[:, 1:] == 0)
    assert more.any()
    assert ((samples.guide[:, 4:] > 0) | (samples.known[:, 1:] == 0)).float().mean() < 1
    whole = Augmentation(**{**PLAIN.__dict__, 'own_dropout': 0.0})
    kept = draw_samples(pool, 8, 1, whole, guide=True)
    assert ((kept.guide[:, 4:] > 0) | (kept.known[:, 1:] == 0)).all()
    write_shard(shard_path(tmp_path / 'two', 0), a_shard(2))
    with pytest.raises(ConfigError, match='3 or more'):
        draw_samples(Pool(tmp_path / 'two'), 2, 1, PLAIN, guide=True)


@pytest.mark.parametrize('views, options', [(4, {'modalities': 2}),
                                            (8, {'modalities': 2, 'tiles': True})],
                         ids=['one by one', 'tiled'])
def test_sequences_are_learned_end_to_end(tmp_path, views, options):
    made = trainer(tmp_path, 'interleaved', 20, views, **options)
    fresh = trainer(tmp_path / 'fresh', 'interleaved', 20, views, **options)
    made.run()
    sequence_loss = OBJECTIVES['interleaved'].loss

    def mean(of):
        with torch.no_grad():
            step = step_of(of, made)
            return np.mean([sequence_loss(of.model, step(seed))[1]['loss'] for seed in range(3)])

    assert mean(made) < 0.8 * mean(fresh)


def step_of(of, made):
    from geo_world_model.training.step import Step
    pool = Pool(made.out / made.recipe.stages[0].folders[0])
    return lambda seed: Step(of.recipe, of.recipe.stages[0], pool, seed,
                             torch.Generator().manual_seed(seed), torch.device('cpu'))


def test_sequences_follow_the_cameras_way_forward_or_backward(tmp_path):
    write_shard(shard_path(tmp_path, 0), a_shard(8))
    drawn = draw_sequences(Pool(tmp_path), 16, 0, 5)
    steps = drawn.camera_to_world[:, 1:, 0, 3] - drawn.camera_to_world[:, :-1, 0, 3]
    assert torch.allclose(steps.abs(), torch.tensor(0.35), atol=1e-5)
    assert (steps.sign() == steps[:, :1].sign()).all() and len(steps[:, 0].sign().unique()) == 2
    with pytest.raises(ConfigError, match='9 or more'):
        draw_sequences(Pool(tmp_path), 2, 0, 9)


@pytest.mark.parametrize('train, options, said', [
    ('ggm', {}, 'global_blocks'), ('ssm', {'global_blocks': 1}, 'stereo_blocks'),
    ('interleaved', {}, 'modalities'), ('trunk', {'modalities': 2}, 'train: interleaved'),
    ('all', {}, 'expected one of trunk')])
def test_a_stage_that_does_not_fit_its_network_is_refused(tmp_path, train, options, said):
    with pytest.raises(ConfigError, match=said):
        trainer(tmp_path, train, **options)


def test_weights_of_another_network_are_refused_as_a_start(tmp_path):
    trainer(tmp_path / 'trunk', 'trunk', 1, references=False).run()
    with pytest.raises(ConfigError, match='cannot start'):
        trainer(tmp_path / 'other', 'ggm', start=str(tmp_path / 'trunk' / 'weights'),
                global_blocks=1)
