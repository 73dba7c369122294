# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Triangle meshes as Wavefront OBJ, with coloured vertices or with pictures beside it."""

from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import write_image
from geo_world_model.datasets.whole_file import whole_file


def write_obj(path, mesh):
    """Write a TriangleMesh, metres, z up, colours as three shares after each place."""
    with whole_file(path) as file:
        file.write(b'# metres, z up\n')
        values = np.concatenate([mesh.vertices, mesh.colours / 255.0], 1)
        _write_rows(file, 'v %.5f %.5f %.5f %.4f %.4f %.4f', values)
        _write_rows(file, 'f %d %d %d', mesh.triangles + 1)


def write_textured_obj(path, textured):
    """
    Write a TexturedMesh: NAME.obj, NAME.mtl and NAME_0.png, NAME_1.png ...; returns their paths.

    Each appears whole, the OBJ last.
    """
    path = Path(path)
    pictures = [path.with_name(f'{path.stem}_{number}.png')
                for number in range(len(textured.pages))]
    for picture, page in zip(pictures, textured.pages):
        write_image(picture, page)
    materials = path.with_suffix('.mtl')
    with whole_file(materials) as file:
        for number, picture in enumerate(pictures):
            # light is in the photographs already
            file.write(f'newmtl page_{number}\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nillum 1\n'
                       f'map_Kd {picture.name}\n'.encode())
    with whole_file(path) as file:
        file.write(f'# metres, z up\nmtllib {materials.name}\n'.encode())
        before = 1
        for number, (_, vertices, uv, triangles) in enumerate(textured.parts()):
            file.write(f'usemtl page_{number}\n'.encode())
            _write_rows(file, 'v %.5f %.5f %.5f', vertices)
            _write_rows(file, 'vt %.6f %.6f', np.stack([uv[:, 0], 1.0 - uv[:, 1]], 1))
            _write_rows(file, 'f %d/%d %d/%d %d/%d', np.repeat(triangles + before, 2, axis=1))
            before += len(vertices)
    return [path, materials, *pictures]


def _write_rows(file, form, values, rows=1 << 14):
    for start in range(0, len(values), rows):
        piece = values[start:start + rows]
        file.write((f'{form}\n' * len(piece) % tuple(piece.reshape(-1).tolist())).encode())
