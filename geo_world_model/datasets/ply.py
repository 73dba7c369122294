# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Point clouds as binary PLY, with provenance and operation as fields."""

import numpy as np

from geo_world_model.datasets.images import write_whole

_TYPES = {'<f4': 'float', 'u1': 'uchar', '<u4': 'uint'}


def ply_fields():
    """Fields of a vertex: (name, numpy type) in file order."""
    return ([(name, '<f4') for name in ('x', 'y', 'z', 'nx', 'ny', 'nz')]
            + [(name, 'u1') for name in ('red', 'green', 'blue', 'provenance')]
            + [('operation', '<u4')])


def write_ply(path, xyz, normals, rgb, provenance, operation):
    """
    Write a cloud; the file appears whole.

    xyz, normals (N, 3) float32 (metres, world frame); rgb (N, 3) uint8; provenance (N,) uint8;
    operation (N,) uint32.
    """
    fields = ply_fields()
    vertex = np.empty(len(xyz), fields)
    for names, values in ((('x', 'y', 'z'), xyz), (('nx', 'ny', 'nz'), normals),
                          (('red', 'green', 'blue'), rgb)):
        for column, name in enumerate(names):
            vertex[name] = values[:, column]
    vertex['provenance'], vertex['operation'] = provenance, operation
    header = ['ply', 'format binary_little_endian 1.0',
              'comment provenance: 1 observed, 2 lifted, 3 generated',
              f'element vertex {len(vertex)}']
    header += [f'property {_TYPES[kind]} {name}' for name, kind in fields]
    write_whole(path, '\n'.join(header + ['end_header', '']).encode() + vertex.tobytes())
