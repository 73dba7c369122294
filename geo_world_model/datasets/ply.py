# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Point clouds as binary PLY, with provenance and operation as fields."""

import numpy as np

from geo_world_model.datasets.whole_file import whole_file

_TYPES = {'<f4': 'float', 'u1': 'uchar', '<u4': 'uint'}


def ply_fields():
    """Fields of a vertex: (name, numpy type) in file order."""
    return ([(name, '<f4') for name in ('x', 'y', 'z', 'nx', 'ny', 'nz')]
            + [(name, 'u1') for name in ('red', 'green', 'blue', 'provenance')]
            + [('operation', '<u4')])


def write_ply(path, count, pieces):
    """
    Write a cloud piece by piece; the file appears whole.

    count: of all points; pieces: iterable of CloudPoints.
    """
    fields = ply_fields()
    header = ['ply', 'format binary_little_endian 1.0',
              'comment provenance: 1 observed, 2 lifted, 3 generated',
              f'element vertex {count}']
    header += [f'property {_TYPES[kind]} {name}' for name, kind in fields]
    with whole_file(path) as file:
        file.write('\n'.join(header + ['end_header', '']).encode())
        for piece in pieces:
            vertex = np.empty(len(piece), fields)
            for names, values in ((('x', 'y', 'z'), piece.xyz),
                                  (('nx', 'ny', 'nz'), piece.normals),
                                  (('red', 'green', 'blue'), piece.rgb)):
                for column, name in enumerate(names):
                    vertex[name] = values[:, column]
            vertex['provenance'], vertex['operation'] = piece.provenance, piece.operation
            file.write(vertex.tobytes())
