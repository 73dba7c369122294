# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='completion networks need torch')
pytest.importorskip('diffusers', reason='completion networks need diffusers')
from geo_world_model.errors import ConfigError, NetworkError  # noqa: E402
from geo_world_model.evaluation import completion  # noqa: E402
from geo_world_model.evaluation.completion_set import completion_samples  # noqa: E402
from geo_world_model.networks.completion_model import CompletionModel  # noqa: E402
from geo_world_model.networks.depth_coding import encode_depth  # noqa: E402
from geo_world_model.training.pool import shard_path, write_shard  # noqa: E402
from geo_world_model.training.samples import build_samples  # noqa: E402

SIZE = (32, 16)


@pytest.fixture
def walls():
    """Two views each of three walls at 2 m; the second camera stands 0.5 m to the right."""
    rng = np.random.default_rng(3)
    poses = np.tile(np.eye(4), (3, 2, 1, 1))
    poses[:, 1, 0, 3] = 0.5
    return {'rgb': rng.integers(0, 256, (3, 2, 16, 32, 3), np.uint8),
            'depth': np.full((3, 2, 16, 32), 2, np.float32), 'poses': poses,
            'intrinsics': np.tile([20.0, 20.0, 15.5, 7.5], (3, 1))}


@pytest.fixture
def samples(walls):
    return build_samples(*walls.values(), np.ones(3, int), references=1)


def test_the_truth_itself_scores_best_and_misses_nothing(samples):
    completions = completion.classical_completions(samples) | {'truth': samples.truth}
    result = completion.compare(samples, completions)
    assert result['truth']['hole_psnr_pooled'] == pytest.approx(80)
    assert result['truth']['hole_abs_rel'] == pytest.approx(0, abs=1e-6)
    for name in ('Telea + nearest', 'push-pull', 'planes', 'base'):
        assert result[name]['hole_psnr_pooled'] < 30


def test_every_fill_continues_a_wall_and_keeps_what_is_known(samples):
    known = (samples.known > 0).numpy()
    assert 1 - known.mean() == 5 / 32     # 0.5 m at 2 m with 20 px: the left five columns
    code = float(encode_depth(torch.tensor(2.0)))
    for name, view in completion.classical_completions(samples).items():
        assert np.abs(view[:, 3].numpy() - code).max() < 0.01, name
        kept = (view[:, :3] == samples.rendering[:, :3]).all(1).numpy()
        assert kept[known[:, 0]].all(), name


def test_texture_of_the_truth_is_that_of_the_truth(walls):
    walls['poses'][:, 1, 0, 3] = 2.0  # 20 columns of 32 are unknown
    samples = build_samples(*walls.values(), np.ones(3, int), references=1)
    completions = {'base': samples.base, 'truth': samples.truth}
    result = completion.compare(samples, completions)
    assert result['truth']['texture_swd'] == 0 < result['base']['texture_swd']


def test_steps_move_colour_in_holes_and_never_depth(samples):
    torch.manual_seed(0)
    model = CompletionModel((16, 16, 32), 1, 2).eval()
    with torch.no_grad():
        model.trunk.out.weight += 0.1 * torch.randn(model.trunk.out.weight.shape)
    one, three = (completion.network_completion(model, samples, steps) for steps in (1, 3))
    assert not torch.equal(one[:, :3], three[:, :3]) and torch.equal(one[:, 3:], three[:, 3:])
    assert torch.equal(three, completion.network_completion(model, samples, 3))


def test_a_new_network_answers_with_the_base(samples):
    torch.manual_seed(0)
    model = CompletionModel((16, 16, 32), 1, 2).eval()
    assert torch.allclose(completion.network_completion(model, samples), samples.base, atol=1e-5)


def test_a_photograph_knows_its_colour_and_no_depth_and_the_set_is_read_again(walls, tmp_path):
    write_shard(shard_path(tmp_path / '32x16', 0), walls)
    photograph = completion_samples(tmp_path, 3, SIZE, colour_only=True)
    assert (photograph.known[:, 0] == 1).all() and (photograph.known[:, 1] == 0).all()
    assert photograph.references is None
    once, again = (completion_samples(tmp_path, 3, SIZE) for _ in range(2))
    assert torch.equal(once.rendering, again.rendering)


def test_the_sheet_has_a_row_of_colour_and_one_of_depth_for_each_view(samples):
    picture = completion.sheet(samples, {'base': samples.base}, rows=2)
    assert picture.shape == (22 + 2 * 2 * 120, 3 * 240, 3)


def test_a_table_says_dash_where_nothing_was_compared():
    table = completion.markdown({'base': {'views': 1, 'hole_abs_rel': None, 'ssim': 0.5}})
    assert table.splitlines()[-1] == '| base | - | 0.500 |'


def test_no_views_are_refused(tmp_path):
    with pytest.raises(ConfigError, match='expected 1 or more'):
        completion_samples(tmp_path, 0, SIZE)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(NetworkError, match='holds no completion model'):
        completion.run([str(tmp_path / 'nothing')], tmp_path, 1, SIZE)
