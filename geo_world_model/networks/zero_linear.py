# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Joins of branches and trunk: linear layers that start at zero (Zhang et al., ICCV 2023)."""

from torch import nn


def zero_linear(width: int) -> nn.Linear:
    """Return a layer from width to width that answers zero until it has been trained."""
    layer = nn.Linear(width, width)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
