# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth as the networks see it: the logarithm of metres, in which equal ratios are equal steps."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

#: Metres: what is coded as 0, the nearest and the farthest that can be told apart. Sky = FARTHEST.
UNIT, NEAREST, FARTHEST = 3.0, 0.15, 40.0


def encode_depth(depth: Tensor) -> Tensor:
    """Code z-depth, any shape, metres (+Inf = sky), as log(d / 3 m) with d in 0.15..40 m.

    NaN (unknown) stays NaN, so that forgetting a mask shows at once.
    """
    return torch.log(depth.clamp(NEAREST, FARTHEST) / UNIT)


def decode_depth(code: Tensor, sky: bool = False) -> Tensor:
    """Metres of a code, within 0.15..40 m; with `sky`, what lies beyond 95 % of it is +Inf."""
    depth = UNIT * torch.exp(code.clamp(log(NEAREST / UNIT), log(FARTHEST / UNIT)))
    return torch.where(depth > 0.95 * FARTHEST, torch.inf, depth) if sky else depth
