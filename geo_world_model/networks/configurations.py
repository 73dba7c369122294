# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Named sizes of the completion model."""

from __future__ import annotations

#: tiny: for tests. small: 3.6 M parameters, for CPUs. medium: 13 M, for a GPU.
CONFIGURATIONS = {
    'tiny': {'channels': (8, 16, 32), 'blocks': 2, 'heads': 2, 'residual_blocks': (1, 1)},
    'small': {'channels': (48, 96, 160), 'blocks': 4, 'heads': 5, 'residual_blocks': (1, 1)},
    'medium': {'channels': (64, 128, 256), 'blocks': 8, 'heads': 4, 'residual_blocks': (1, 2)},
}
