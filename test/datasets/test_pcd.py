# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from clouds import made_up_cloud, open3d_or_skip
from geo_world_model.datasets.pcd import write_pcd


def parse(path):
    """Read a binary PCD by nothing but its own header; returns the header and the points."""
    header, _, body = path.read_bytes().partition(b'DATA binary\n')
    facts = {line.split()[0]: line.split()[1:] for line in header.decode().splitlines()
             if not line.startswith('#')}
    kinds = {('F', '4'): '<f4', ('U', '1'): 'u1', ('U', '4'): '<u4'}
    dtype = np.dtype([(name, kinds[kind, size]) for name, kind, size in
                      zip(facts['FIELDS'], facts['TYPE'], facts['SIZE'])])
    return facts, np.frombuffer(body, dtype)


def test_the_header_alone_gives_every_field_back(tmp_path):
    first, second = made_up_cloud(5, 1), made_up_cloud(3, 2)
    write_pcd(tmp_path / 'a.pcd', 8, iter([first, second]))
    facts, points = parse(tmp_path / 'a.pcd')
    assert facts['POINTS'] == facts['WIDTH'] == ['8'] and facts['HEIGHT'] == ['1']
    assert facts['TYPE'][facts['FIELDS'].index('rgb')] == 'F'
    for piece, back in ((first, points[:5]), (second, points[5:])):
        np.testing.assert_array_equal(np.stack([back['x'], back['y'], back['z']], 1), piece.xyz)
        normals = np.stack([back[f'normal_{axis}'] for axis in 'xyz'], 1)
        np.testing.assert_array_equal(normals, piece.normals)
        packed = np.ascontiguousarray(back['rgb']).view(np.uint32)
        np.testing.assert_array_equal(packed >> 16 & 255, piece.rgb[:, 0])
        np.testing.assert_array_equal(packed >> 8 & 255, piece.rgb[:, 1])
        np.testing.assert_array_equal(packed & 255, piece.rgb[:, 2])
        np.testing.assert_array_equal(back['provenance'], piece.provenance)
        np.testing.assert_array_equal(back['operation'], piece.operation)


def test_open3d_reads_what_was_written(tmp_path):
    open3d = open3d_or_skip()
    cloud = made_up_cloud(50)
    write_pcd(tmp_path / 'a.pcd', 50, [cloud])
    back = open3d.t.io.read_point_cloud(str(tmp_path / 'a.pcd'))
    np.testing.assert_array_equal(back.point.positions.numpy(), cloud.xyz)
    np.testing.assert_array_equal(back.point.normals.numpy(), cloud.normals)
    np.testing.assert_array_equal(back.point.colors.numpy(), cloud.rgb)
    np.testing.assert_array_equal(back.point.provenance.numpy()[:, 0], cloud.provenance)
    np.testing.assert_array_equal(back.point.operation.numpy()[:, 0], cloud.operation)
    legacy = open3d.io.read_point_cloud(str(tmp_path / 'a.pcd'))
    np.testing.assert_allclose(np.asarray(legacy.colors) * 255, cloud.rgb, atol=1e-6)
