# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Scheduler, noise and preconditioning of the completion model."""

import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
pytest.importorskip('diffusers', reason='the scheduler needs diffusers')

from geo_world_model.errors import NetworkError  # noqa: E402
from geo_world_model.networks.coloured_noise import coloured_noise, noisy_source  # noqa: E402
from geo_world_model.networks.geometry_dropout import keep_geometry  # noqa: E402
from geo_world_model.networks.preconditioning import posterior_share, precondition  # noqa: E402
from geo_world_model.networks.scheduler import CompletionScheduler  # noqa: E402


@pytest.mark.parametrize('steps', [1, 2, 7])
@pytest.mark.parametrize('shift', [1.0, 3.0])
def test_a_perfect_prediction_is_reached_and_the_path_is_straight(steps, shift):
    scheduler = CompletionScheduler(shift)
    scheduler.set_timesteps(steps)
    source, truth = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    sample = source
    for time in scheduler.timesteps:
        on_path = scheduler.add_noise(truth, source, time[None])
        assert torch.allclose(sample, on_path, atol=1e-5)
        sample = scheduler.step(truth, time, sample).prev_sample
    assert torch.equal(sample, truth)


def test_times_ascend_from_zero_and_refuse_less_than_one_step():
    scheduler = CompletionScheduler()
    scheduler.set_timesteps(4)
    assert scheduler.timesteps.tolist() == [0, 0.25, 0.5, 0.75]
    with pytest.raises(NetworkError, match='0 steps'):
        scheduler.set_timesteps(0)


def test_settings_come_back_from_a_folder(tmp_path):
    CompletionScheduler(shift=2.0).save_pretrained(tmp_path)
    assert CompletionScheduler.from_pretrained(tmp_path).config.shift == 2.0


def test_the_posterior_share_is_the_regression_of_independent_variables():
    generator = torch.Generator().manual_seed(0)
    source, truth = torch.randn(2, 200_000, generator=generator)
    for time in (0.0, 0.3, 0.5, 0.8, 1.0):
        seen = (1 - time) * source + time * truth
        slope = (seen * truth).mean() / seen.square().mean()
        assert posterior_share(torch.tensor(time)).item() == pytest.approx(slope.item(), abs=0.01)


def test_no_noise_enters_at_the_start_and_all_of_it_at_the_end():
    base, estimate = torch.randn(2, 2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    mixed = precondition(estimate, base, torch.tensor([0.0, 1.0]))
    assert torch.equal(mixed[0], base[0])
    assert torch.allclose(mixed[1], estimate[1], atol=1e-6)


def test_noise_is_in_the_holes_only_and_one_seed_gives_one_noise():
    noise, again = (coloured_noise((2, 4, 24, 40), torch.Generator().manual_seed(5))
                    for _ in range(2))
    assert torch.equal(noise, again)
    known = torch.zeros(2, 2, 24, 40)
    known[:, 0, :, :20] = 1
    known[:, 1, :12] = 1
    source = noisy_source(torch.ones(2, 4, 24, 40), known, noise)
    assert (source[:, :3, :, :20] == 1).all() and (source[:, 3, :12] == 1).all()
    assert (source[:, :3, :, 20:] != 1).all() and (source[:, 3, 12:] != 1).all()


def test_noise_is_coarse_above_all_and_depth_more_so():
    noise = coloured_noise((16, 4, 64, 64), torch.Generator().manual_seed(0))
    power = torch.fft.rfft2(noise).abs().square().mean(0)
    low, high = power[:, 1:4, 1:4].mean((1, 2)), power[:, 28:36, 24:32].mean((1, 2))
    assert (low > 100 * high).all()
    assert 0.2 < noise[:, :3].std() < 0.45
    assert noise[:, 3].std() > 1.2 * noise[:, :3].std()


def test_geometry_is_dropped_at_its_rate():
    generator = torch.Generator().manual_seed(0)
    assert keep_geometry((100, 200), 0.3, generator).float().mean() == pytest.approx(0.7, abs=0.01)
    assert keep_geometry((50,), 0.0).all() and not keep_geometry((50,), 1.0).any()
    with pytest.raises(NetworkError, match='geometry dropout'):
        keep_geometry((5,), 1.5)
