# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from clouds import made_up_cloud, open3d_or_skip
from geo_world_model.datasets.ply import write_ply


def test_open3d_reads_what_was_written(tmp_path):
    open3d = open3d_or_skip()
    cloud = made_up_cloud(50)
    write_ply(tmp_path / 'a.ply', 50, [cloud])
    back = open3d.t.io.read_point_cloud(str(tmp_path / 'a.ply'))
    np.testing.assert_array_equal(back.point.positions.numpy(), cloud.xyz)
    np.testing.assert_array_equal(back.point.colors.numpy(), cloud.rgb)
    np.testing.assert_array_equal(back.point.provenance.numpy()[:, 0], cloud.provenance)


def test_the_header_says_how_long_the_file_is(tmp_path):
    write_ply(tmp_path / 'a.ply', 7, [made_up_cloud(4), made_up_cloud(3)])
    data = (tmp_path / 'a.ply').read_bytes()
    header, body = data.split(b'end_header\n', 1)
    assert b'element vertex 7\n' in header and len(body) == 7 * 32
