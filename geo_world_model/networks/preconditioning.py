# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What of a noisy estimate may enter the network: its linear posterior mean."""

from __future__ import annotations

from torch import Tensor


def posterior_share(timestep: Tensor) -> Tensor:
    """a(t) = t / (t^2 + (1 - t)^2), any shape, t in 0..1.

    With x_t = (1 - t) x_0 + t x_1, and x_0 and x_1 independent about the base with one variance,
    E[x_1 | x_t] = base + a(t) (x_t - base): at t = 0 none of the noise, at t = 1 all of x_t.
    """
    return timestep / (timestep ** 2 + (1 - timestep) ** 2)


def precondition(estimate: Tensor, base: Tensor, timestep: Tensor) -> Tensor:
    """base + a(t) (estimate - base): input and skip of the network, (B, C, H, W).

    timestep: (B,). At t = 0 it is the base exactly, so one step is plain regression and the same
    weights serve it and the sampler.
    """
    share = posterior_share(timestep)[:, None, None, None].to(base.dtype)
    return base + share * (estimate - base)
