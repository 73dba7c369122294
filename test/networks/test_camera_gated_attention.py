# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""GaC's camera gated attention against its equations worked out in numpy."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='networks need torch')

from geo_world_model.networks.camera_gated_attention import CameraGatedAttention  # noqa: E402


def _filled(module, seed=0):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return module


def _normalised(x, gain):
    return x / np.sqrt((x ** 2).mean(-1, keepdims=True) + 1e-6) * gain


@torch.no_grad()
def test_follows_the_equations_worked_by_hand():
    layer = _filled(CameraGatedAttention(4, 1)).double()
    x, ray = (np.random.default_rng(seed).normal(size=(3, 4)) for seed in (1, 2))
    weights = {name: value.numpy() for name, value in layer.state_dict().items()}

    def linear(name, value):
        return value @ weights[f'{name}.weight'].T + weights[f'{name}.bias']

    q, k, v = np.split(linear('query_key_value', x), 3, -1)
    q_res, gate = np.split(linear('camera', q + ray), 2, -1)
    q = _normalised(q + q_res, weights['query_norm.gain'])
    k = _normalised(k, weights['key_norm.gain'])
    scores = np.exp(q @ k.T / np.sqrt(4))
    seen = scores / scores.sum(-1, keepdims=True) @ v
    expected = linear('out', seen / (1 + np.exp(-gate)))
    found = layer(torch.from_numpy(x)[None], torch.from_numpy(ray)[None])[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


@torch.no_grad()
def test_a_closed_gate_leaves_only_the_bias():
    layer = _filled(CameraGatedAttention(8, 2))
    layer.camera.weight.zero_()
    layer.camera.bias[8:] = -1e4
    tokens = torch.randn(1, 5, 8, generator=torch.Generator().manual_seed(0))
    found = layer(tokens, tokens)
    assert torch.allclose(found, layer.out.bias.expand_as(found))


@torch.no_grad()
def test_the_pose_matters_only_when_gated():
    tokens, ray, other = torch.randn(3, 1, 5, 8, generator=torch.Generator().manual_seed(0))
    plain, gated = (_filled(CameraGatedAttention(8, 2, gated)) for gated in (False, True))
    assert torch.equal(plain(tokens, ray), plain(tokens, other))
    assert not torch.allclose(gated(tokens, ray), gated(tokens, other))
