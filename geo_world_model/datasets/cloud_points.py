# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The points of a cloud on their way into a file."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class CloudPoints:
    """
    A piece of a cloud.

    xyz (N, 3) float32, metres, map frame; normals (N, 3) float32, unit, towards the camera that
    saw the point; rgb (N, 3) uint8; provenance (N,) uint8: 1 observed, 2 lifted, 3 generated;
    operation (N,) uint32: which one added it.
    """

    xyz: np.ndarray
    normals: np.ndarray
    rgb: np.ndarray
    provenance: np.ndarray
    operation: np.ndarray

    def __len__(self):
        return len(self.xyz)
