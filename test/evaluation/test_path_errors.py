# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Views of a path written one after the other: what was committed is seen again as it was."""

import json

import numpy as np
import pytest

for package in ('torch', 'diffusers'):
    pytest.importorskip(package, reason=f'paths need {package}')
import torch  # noqa: E402

from geo_world_model.errors import ConfigError, NetworkError  # noqa: E402
from geo_world_model.evaluation import path_errors  # noqa: E402
from geo_world_model.evaluation.path_writers import (  # noqa: E402
    write_interleaved, write_joint, write_nothing)
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.configurations import CONFIGURATIONS  # noqa: E402
from geo_world_model.training.pool import shard_path, write_shard  # noqa: E402
from geo_world_model.training.sequences import build_sequences  # noqa: E402

WIDTH, HEIGHT, VIEWS = 32, 16, 6
LENS = np.array([20.0, 20.0, 15.5, 7.5])
WRITERS = {'joint': (write_joint, {}), 'interleaved': (write_interleaved, {'modalities': 2})}


def drives(step, scenes=1):
    """A flat wall at 2 m, seen by a camera that goes sideways and comes back."""
    rng = np.random.default_rng(1)
    poses = np.tile(np.eye(4), (scenes, VIEWS, 1, 1))
    poses[:, :, 0, 3] = step * np.array([0, 1, 2, 2, 1, 0])
    return {'rgb': rng.integers(0, 256, (scenes, VIEWS, HEIGHT, WIDTH, 3), np.uint8),
            'depth': np.full((scenes, VIEWS, HEIGHT, WIDTH), 2, np.float32), 'poses': poses,
            'intrinsics': np.tile(LENS, (scenes, 1))}


def network(**options):
    torch.manual_seed(0)
    model = CompletionModel(**CONFIGURATIONS['tiny'], **options)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn(parameter.shape)
    return model.eval()


def written(name, commits, step=0.5):
    made = drives(step)
    write, options = WRITERS[name]
    return write(network(**options), build_sequences(**made),
                 torch.as_tensor(made['intrinsics'], dtype=torch.float32), commits)


@pytest.mark.parametrize('name', WRITERS)
def test_a_committed_view_comes_back_when_the_camera_does(name):
    colour, _ = written(name, True)
    assert torch.equal(colour[:, 5], colour[:, 0])
    # a stray point of a network without training may hide another
    assert (colour[:, 1] == colour[:, 4]).all(1).float().mean() > 0.7


def test_without_commits_the_interleaved_network_forgets():
    colour, _ = written('interleaved', False)
    assert (colour[:, 1] == colour[:, 4]).all(1).float().mean() < 0.01
    assert (colour[:, 5] == colour[:, 0]).all(1).float().mean() < 0.01


def test_without_commits_the_joint_network_knows_the_first_view_only():
    made = drives(0.5)
    lens = torch.as_tensor(made['intrinsics'], dtype=torch.float32)
    base, _ = write_nothing(build_sequences(**made), lens)
    colour, _ = written('joint', False)
    shift = 5  # 20 px * 0.5 m / 2 m
    assert torch.equal(colour[:, 1, :, :, :-shift], colour[:, 0, :, :, shift:])
    assert torch.equal(base[:, 1, :, :, :-shift], colour[:, 0, :, :, shift:])
    assert not torch.equal(colour[:, 1], base[:, 1])


def test_without_geometry_nothing_of_it_is_context_and_depth_is_the_renderings():
    made = drives(0.5)
    truth = build_sequences(**made)
    lens = torch.as_tensor(made['intrinsics'], dtype=torch.float32)
    model = network(modalities=2)
    base = write_nothing(truth, lens)
    colour, code = write_interleaved(model, truth, lens, False, geometry=False)
    assert torch.equal(code, base[1])
    other, _ = write_interleaved(model, truth, lens, False)
    assert not torch.equal(colour[:, 1], other[:, 1])
    committed, depth = write_interleaved(model, truth, lens, True, geometry=False, context=2)
    assert torch.equal(committed[:, 5], committed[:, 0]) and depth.isfinite().all()


def test_the_curves_of_all_writers_are_measured_and_drawn(tmp_path):
    pytest.importorskip('matplotlib')
    write_shard(shard_path(tmp_path / 'path_32x16_6_2', 0), drives(0.3, 2))
    for name, (_, options) in WRITERS.items():
        network(**options).save_pretrained(tmp_path / name / 'weights')
    joint, writes = (str(tmp_path / name / 'weights') for name in WRITERS)
    result = path_errors.run(tmp_path, joint, [writes], [f'never={writes}'], 2, VIEWS,
                             (WIDTH, HEIGHT), json_path=tmp_path / 'a.json',
                             plot_path=tmp_path / 'a.png')
    assert set(result['steps']) == {'first view only', *(
        f'{name}, {commits}' for commits in ('commits', 'no commits') for name in (
            'joint', 'interleaved, geometry', 'interleaved, colour only', 'never, colour only'))}
    for name, curves in result['steps'].items():
        assert len(curves['psnr']) == VIEWS - 1
        assert all(entry['low'] <= entry['value'] <= entry['high'] for entry in curves['psnr'])
        ends = result['accumulated'][name]['psnr']
        assert ends['lost']['value'] == pytest.approx(
            ends['first']['value'] - ends['last']['value'], abs=1e-3)
    # the same weights: never less itself written in the same way
    assert [(each['ours'], each['theirs']) for each in result['difference']] == [
        (f'interleaved, geometry, {commits}', f'{name}, colour only, {commits}')
        for commits in ('commits', 'no commits') for name in ('interleaved', 'never')]
    assert result['difference'][0]['psnr'] == result['difference'][1]['psnr']
    assert json.loads((tmp_path / 'a.json').read_text()) == result
    assert (tmp_path / 'a.png').read_bytes()[:4] == b'\x89PNG'
    assert path_errors.markdown(result).count('\n') == 3 + 9 + 3 + 4


@pytest.mark.parametrize('arguments, said', [
    ({}, '5 views or more'), ({'joint': 'a', 'views': 4}, '5 views or more'),
    ({'interleaved': ['a', 'b/a']}, "called 'a'"), ({'joint': 'a', 'context': 5}, '1..4 views'),
    ({'interleaved': ['a'], 'colour_only': ['a']}, 'one name')])
def test_a_path_that_cannot_be_is_refused(tmp_path, arguments, said):
    with pytest.raises(ConfigError, match=said):
        path_errors.run(tmp_path, **arguments)
    with pytest.raises(NetworkError, match='holds no completion model'):
        path_errors.run(tmp_path, str(tmp_path / 'nothing'), size=(WIDTH, HEIGHT))
