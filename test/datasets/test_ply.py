# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from geo_world_model.datasets.ply import write_ply


def cloud(count=50):
    rng = np.random.default_rng(1)
    return (rng.normal(size=(count, 3)).astype(np.float32),
            rng.normal(size=(count, 3)).astype(np.float32),
            rng.integers(0, 256, (count, 3)).astype(np.uint8),
            rng.integers(1, 4, count).astype(np.uint8), rng.integers(1, 99, count))


def test_open3d_reads_what_was_written(tmp_path):
    try:
        import open3d
    except (ImportError, OSError) as error:
        pytest.skip(f'the oracle, Open3D, cannot be imported: {error}')
    xyz, normals, rgb, provenance, operation = cloud()
    write_ply(tmp_path / 'a.ply', xyz, normals, rgb, provenance, operation)
    back = open3d.t.io.read_point_cloud(str(tmp_path / 'a.ply'))
    np.testing.assert_array_equal(back.point.positions.numpy(), xyz)
    np.testing.assert_array_equal(back.point.colors.numpy(), rgb)
    np.testing.assert_array_equal(back.point.provenance.numpy()[:, 0], provenance)


def test_the_header_says_how_long_the_file_is(tmp_path):
    write_ply(tmp_path / 'a.ply', *cloud(7))
    data = (tmp_path / 'a.ply').read_bytes()
    header, body = data.split(b'end_header\n', 1)
    assert b'element vertex 7\n' in header and len(body) == 7 * 32
