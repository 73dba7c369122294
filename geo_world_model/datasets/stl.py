# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Triangle meshes without colours as binary STL, as every simulator reads it."""

import numpy as np

from geo_world_model.datasets.whole_file import whole_file


def write_stl(path, corners):
    """Write triangles, corners (T, 3, 3) float32, metres; the file appears whole."""
    with whole_file(path) as file:
        file.write(stl_bytes(corners))


def stl_bytes(corners):
    """Triangles, corners (T, 3, 3) float32, metres, as the bytes of a file."""
    facet = np.zeros(len(corners), [('normal', '<f4', 3), ('corners', '<f4', (3, 3)),
                                    ('attribute', '<u2')])
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    facet['normal'] = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    facet['corners'] = corners
    return (b'metres, z up'.ljust(80) + np.uint32(len(corners)).astype('<u4').tobytes()
            + facet.tobytes())
