# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Triangle meshes with coloured vertices as binary PLY."""

import numpy as np

from geo_world_model.datasets.whole_file import whole_file


def write_mesh_ply(path, mesh):
    """Write a TriangleMesh, metres, z up; the file appears whole."""
    header = ['ply', 'format binary_little_endian 1.0', f'element vertex {len(mesh.vertices)}']
    header += [f'property float {name}' for name in ('x', 'y', 'z')]
    header += [f'property uchar {name}' for name in ('red', 'green', 'blue')]
    header += [f'element face {len(mesh.triangles)}',
               'property list uchar int vertex_indices', 'end_header', '']
    vertex = np.empty(len(mesh.vertices), [('xyz', '<f4', 3), ('rgb', 'u1', 3)])
    vertex['xyz'], vertex['rgb'] = mesh.vertices, mesh.colours
    face = np.empty(len(mesh.triangles), [('count', 'u1'), ('corners', '<i4', 3)])
    face['count'], face['corners'] = 3, mesh.triangles
    with whole_file(path) as file:
        file.write('\n'.join(header).encode())
        file.write(vertex.tobytes())
        file.write(face.tobytes())
