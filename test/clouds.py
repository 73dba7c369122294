# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Made-up clouds for the tests of formats, and the programs that read them."""

import numpy as np
import pytest

from geo_world_model.datasets.cloud_points import CloudPoints


def made_up_cloud(count, seed=1):
    """Points of no shape with every field filled."""
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(count, 3)).astype(np.float32)
    return CloudPoints(rng.normal(size=(count, 3)).astype(np.float32),
                       normals / np.linalg.norm(normals, axis=1, keepdims=True),
                       rng.integers(0, 256, (count, 3)).astype(np.uint8),
                       rng.integers(1, 4, count).astype(np.uint8),
                       rng.integers(1, 99, count).astype(np.uint32))


def open3d_or_skip():
    """Open3D, the oracle; where it cannot be imported the test is skipped and says so."""
    try:
        import open3d
    except (ImportError, OSError) as error:
        pytest.skip(f'the oracle, Open3D, cannot be imported: {error}')
    return open3d
