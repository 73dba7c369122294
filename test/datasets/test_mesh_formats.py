# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
import struct

import numpy as np
import pytest

from clouds import open3d_or_skip
from geo_world_model.datasets.gltf import write_glb
from geo_world_model.datasets.mesh_ply import write_mesh_ply
from geo_world_model.datasets.obj import write_obj
from meshes import wedge


def same_shape(vertices, triangles, mesh):
    """The triangles as a set of places of their corners are those of the mesh, turned as there."""
    def rows(corners):
        corners = np.round(np.asarray(corners, np.float64), 4)
        turns = [np.roll(corners, k, 1).reshape(len(corners), -1) for k in range(3)]
        return sorted(map(tuple, np.stack(turns, 1)[np.arange(len(corners)), [
            min(range(3), key=lambda k: tuple(t[k])) for t in np.stack(turns, 1)]]))
    return rows(vertices[triangles]) == rows(mesh.corners())


@pytest.mark.parametrize('name, write', [('a.ply', write_mesh_ply), ('a.obj', write_obj)])
def test_open3d_reads_the_mesh_with_its_colours(tmp_path, name, write):
    open3d = open3d_or_skip()
    mesh = wedge()
    write(tmp_path / name, mesh)
    back = open3d.io.read_triangle_mesh(str(tmp_path / name))
    vertices = np.asarray(back.vertices)
    assert same_shape(vertices, np.asarray(back.triangles), mesh)
    order = [int(np.argmin(np.abs(vertices - v).sum(1))) for v in mesh.vertices]
    np.testing.assert_allclose(np.asarray(back.vertex_colors)[order] * 255, mesh.colours, atol=0.51)
    assert back.get_volume() == pytest.approx(1.0)


def parse_glb(path):
    """Read a GLB by nothing but the specification; returns its JSON and a reader of accessors."""
    data = path.read_bytes()
    magic, version, length = struct.unpack_from('<4sII', data)
    assert magic == b'glTF' and version == 2 and length == len(data)
    size, kind = struct.unpack_from('<I4s', data, 12)
    assert kind == b'JSON' and size % 4 == 0
    facts = json.loads(data[20:20 + size])
    rest, kind = struct.unpack_from('<I4s', data, 20 + size)
    assert kind == b'BIN\0' and rest == facts['buffers'][0]['byteLength'] == length - size - 28
    body = data[28 + size:]

    def array(number):
        accessor = facts['accessors'][number]
        view = facts['bufferViews'][accessor['bufferView']]
        dtype = {5126: '<f4', 5125: '<u4', 5121: 'u1'}[accessor['componentType']]
        width = {'SCALAR': 1, 'VEC2': 2, 'VEC3': 3, 'VEC4': 4}[accessor['type']]
        assert view['byteOffset'] % 4 == 0
        values = np.frombuffer(body[view['byteOffset']:][:view['byteLength']], dtype)
        return values.reshape(accessor['count'], width)
    return facts, array, body


def test_a_glb_has_y_up_and_linear_colours(tmp_path):
    mesh = wedge()
    write_glb(tmp_path / 'a.glb', mesh)
    facts, array, _ = parse_glb(tmp_path / 'a.glb')
    primitive = facts['meshes'][0]['primitives'][0]
    place = array(primitive['attributes']['POSITION'])
    accessor = facts['accessors'][primitive['attributes']['POSITION']]
    assert accessor['min'] == place.min(0).tolist() and accessor['max'] == place.max(0).tolist()
    # up in the map is y here, and the map's y goes away from the viewer
    assert place[:, 1].max() == 3 and place[:, 2].min() == -2
    back = np.stack([place[:, 0], -place[:, 2], place[:, 1]], 1)
    assert same_shape(back, array(primitive['indices']).reshape(-1, 3), mesh)
    colour = array(primitive['attributes']['COLOR_0'])
    np.testing.assert_array_equal(colour[0], [255, 0, 0, 255])
    # half of the sRGB scale is a fifth of the light
    assert colour[1, 1] == round(255 * ((128 / 255 + 0.055) / 1.055) ** 2.4) == 55


def test_other_programs_read_the_glb(tmp_path):
    trimesh = pytest.importorskip('trimesh', reason='trimesh, which reads GLB, is not installed')
    mesh = wedge()
    write_glb(tmp_path / 'a.glb', mesh)
    back = trimesh.load(tmp_path / 'a.glb', force='mesh')
    assert back.is_watertight and back.volume == pytest.approx(1.0)
    np.testing.assert_allclose(back.extents, [1, 3, 2])
