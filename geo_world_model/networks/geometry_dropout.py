# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Geometry dropout (GaC, arXiv 2602.21929): depth images are left out of the context at random.

A frame without its geometry makes the step plain image to image, so the network learns to work
with and without, and whoever runs it may skip the writing of depth.
"""

from __future__ import annotations

import torch
from torch import Tensor

from geo_world_model.errors import NetworkError


def keep_geometry(shape: tuple[int, ...], rate: float,
                  generator: torch.Generator | None = None,
                  device: torch.device | str = 'cpu') -> Tensor:
    """Which frames keep their geometry, bool of `shape`, each dropped with probability `rate`.

    rate 0 keeps all, 1 drops all; NetworkError outside 0..1.
    """
    if not 0 <= rate <= 1:
        raise NetworkError(f'geometry dropout {rate!r}: expected a rate in 0..1')
    return (torch.rand(shape, generator=generator) >= rate).to(device)
