# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The classical fill under the network: known pixels stay, planes go on, nothing is invented."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='networks need torch')
from scipy.ndimage import distance_transform_edt  # noqa: E402

from geo_world_model.networks.base_fill import fill_base, push_pull  # noqa: E402
from geo_world_model.networks.depth_coding import decode_depth, encode_depth  # noqa: E402
from geo_world_model.networks.nearest_pixel import nearest_pixel  # noqa: E402
from geo_world_model.networks.plane_extrapolation import extrapolate_planes  # noqa: E402


def _slanted(height=36, width=64):
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing='ij')
    return (1 / (0.2 + 0.004 * rows + 0.002 * columns))[None, None].float()


def test_known_pixels_stay_exactly_and_unknown_nan_never_shows():
    generator = torch.Generator().manual_seed(0)
    rendering = torch.rand(2, 4, 33, 47, generator=generator)
    known = (torch.rand(2, 2, 33, 47, generator=generator) > 0.5).float()
    mask = torch.cat([known[:, :1].expand(-1, 3, -1, -1), known[:, 1:]], 1) > 0
    filled = fill_base(torch.where(mask, rendering, torch.nan), known)
    assert torch.equal(filled[mask], rendering[mask])
    assert torch.isfinite(filled).all()


def test_a_plane_goes_on_into_the_hole():
    depth = _slanted()
    known = torch.ones_like(depth)
    known[..., 40:] = 0
    known[..., :5, :] = 0
    filled = extrapolate_planes(torch.where(known > 0, depth, torch.nan), known)
    assert ((filled - depth).abs() / depth).max() < 0.01


def test_planes_alone_are_better_than_smooth_depth_on_a_plane():
    depth = _slanted()
    known = torch.ones(1, 2, *depth.shape[-2:])
    known[..., 40:] = 0
    rendering = torch.cat([torch.zeros(1, 3, *depth.shape[-2:]), encode_depth(depth)], 1)
    miss = [(decode_depth(fill_base(rendering, known, share)[:, 3:]) - depth).abs().mean()
            for share in (1.0, 0.5, 0.0)]
    assert miss[0] < miss[1] < miss[2]


def test_an_empty_view_is_grey_and_three_metres():
    filled = fill_base(torch.full((1, 4, 16, 24), torch.nan), torch.zeros(1, 2, 16, 24))
    assert torch.allclose(filled, torch.zeros_like(filled), atol=1e-6)


def test_push_pull_keeps_a_constant_constant():
    weight = (torch.rand(1, 1, 35, 51, generator=torch.Generator().manual_seed(1)) > 0.9).float()
    filled = push_pull(torch.full((1, 3, 35, 51), 0.7) * weight, weight)
    assert torch.allclose(filled, torch.full_like(filled, 0.7), atol=1e-5)


def test_the_nearest_pixel_is_that_of_the_exact_transform():
    marked = np.random.default_rng(0).random((3, 37, 61)) > 0.97
    found = nearest_pixel(torch.from_numpy(marked)).numpy()
    rows, columns = np.mgrid[:37, :61]
    for image, index in zip(marked, found, strict=True):
        exact = distance_transform_edt(~image)
        row, column = index // 61, index % 61
        assert image[row, column].all()
        miss = np.hypot(row - rows, column - columns) - exact
        assert np.mean(miss > 1e-6) < 0.005 and miss.max() < 1


def test_without_any_mark_every_pixel_is_its_own():
    found = nearest_pixel(torch.zeros(1, 5, 7, dtype=torch.bool))
    assert torch.equal(found.flatten(), torch.arange(35))


def test_depth_survives_its_code_and_sky_is_forty_metres():
    depth = torch.tensor([0.15, 1.0, 3.0, 39.0])
    assert torch.allclose(decode_depth(encode_depth(depth)), depth)
    assert encode_depth(torch.tensor(3.0)) == 0
    sky = encode_depth(torch.tensor(torch.inf))
    assert decode_depth(sky) == pytest.approx(40) and decode_depth(sky, sky=True) == torch.inf
