# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Point clouds as binary PCD 0.7, as PCL and Open3D read them."""

import numpy as np

from geo_world_model.datasets.whole_file import whole_file


def pcd_fields():
    """
    Fields of a point: (name, numpy type) in file order, without padding.

    `rgb` holds 0x00RRGGBB; PCL wants these bits declared as a float.
    """
    return ([(name, '<f4') for name in ('x', 'y', 'z')] + [('rgb', '<u4')]
            + [(f'normal_{axis}', '<f4') for axis in 'xyz']
            + [('provenance', 'u1'), ('operation', '<u4')])


def write_pcd(path, count, pieces):
    """
    Write a cloud piece by piece; the file appears whole.

    count: of all points; pieces: iterable of CloudPoints.
    """
    fields = pcd_fields()
    sizes = [np.dtype(kind).itemsize for _, kind in fields]
    kinds = ['F' if kind == '<f4' or name == 'rgb' else 'U' for name, kind in fields]
    header = ['# .PCD v0.7 - Point Cloud Data file format', 'VERSION 0.7',
              'FIELDS ' + ' '.join(name for name, _ in fields),
              'SIZE ' + ' '.join(map(str, sizes)), 'TYPE ' + ' '.join(kinds),
              'COUNT ' + ' '.join('1' for _ in fields), f'WIDTH {count}', 'HEIGHT 1',
              'VIEWPOINT 0 0 0 1 0 0 0', f'POINTS {count}', 'DATA binary', '']
    with whole_file(path) as file:
        file.write('\n'.join(header).encode())
        for piece in pieces:
            point = np.empty(len(piece), fields)
            for column, axis in enumerate('xyz'):
                point[axis] = piece.xyz[:, column]
                point[f'normal_{axis}'] = piece.normals[:, column]
            rgb = piece.rgb.astype(np.uint32)
            point['rgb'] = rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
            point['provenance'], point['operation'] = piece.provenance, piece.operation
            file.write(point.tobytes())
