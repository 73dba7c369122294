# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import json
import struct

import cv2
import numpy as np
import pytest

from clouds import open3d_or_skip
from geo_world_model.datasets.gltf import write_glb, write_textured_glb
from geo_world_model.datasets.images import read_rgb
from geo_world_model.datasets.mesh_ply import write_mesh_ply
from geo_world_model.datasets.obj import write_obj, write_textured_obj
from geo_world_model.datasets.stl import write_stl
from geo_world_model.datasets.triangle_mesh import TexturedMesh
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
    np.testing.assert_allclose(np.asarray(back.vertex_colors)[order] * 255, mesh.colours,
                               atol=0.51)
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


def painted():
    """A wedge with two pages, each corner of a triangle on a pixel of a colour of its own."""
    mesh = wedge()
    rng = np.random.default_rng(1)
    pages = [np.repeat(np.repeat(rng.integers(0, 256, (4, 6, 3)).astype(np.uint8), 8, 0), 8, 1)
             for _ in range(2)]
    uv = np.array([[[0, 0], [5, 0], [0, 3]], [[1, 1], [4, 1], [2, 3]],
                   [[0, 0], [0, 3], [5, 3]], [[2, 0], [3, 2], [5, 1]]], np.float32) * 8 + 3.5
    return TexturedMesh(mesh, pages, np.array([0, 1, 0, 1], np.int32), uv)


def corner_colours(textured):
    """Colour of each corner by triangle's places: {nine numbers: (3, 3) uint8}."""
    out = {}
    for corners, page, uv in zip(textured.mesh.corners(), textured.page, textured.uv):
        column, row = np.floor(uv + 0.5).astype(int).T
        out[tuple(corners.reshape(-1).round(4))] = textured.pages[page][row, column]
    return out


def test_a_textured_obj_shows_every_corner_in_its_colour(tmp_path):
    textured = painted()
    files = write_textured_obj(tmp_path / 'a.obj', textured)
    assert {f.name for f in files} == {'a.obj', 'a.mtl', 'a_0.png', 'a_1.png'} \
        == {f.name for f in tmp_path.iterdir()}
    materials, name = {}, None
    for line in (tmp_path / 'a.mtl').read_text().splitlines():
        word, *rest = line.split()
        name = rest[0] if word == 'newmtl' else name
        if word == 'map_Kd':
            materials[name] = read_rgb(tmp_path / rest[0])
    v, vt, found, image = [], [], {}, None
    for line in (tmp_path / 'a.obj').read_text().splitlines():
        word, *rest = line.split()
        if word == 'v':
            v.append([float(x) for x in rest])
        elif word == 'vt':
            vt.append([float(x) for x in rest])
        elif word == 'usemtl':
            image = materials[rest[0]]
        elif word == 'f':
            corners = [[int(n) - 1 for n in part.split('/')] for part in rest]
            uv = np.array([vt[t] for _, t in corners])
            # OBJ counts from the bottom-left corner of the picture
            column = (uv[:, 0] * image.shape[1]).astype(int)
            row = ((1 - uv[:, 1]) * image.shape[0]).astype(int)
            found[tuple(np.round([v[p] for p, _ in corners], 4).reshape(-1))] = image[row, column]
    expected = corner_colours(textured)
    assert set(found) == set(expected)
    for key, colours in expected.items():
        np.testing.assert_array_equal(found[key], colours)


def test_a_textured_glb_shows_every_corner_in_its_colour(tmp_path):
    textured = painted()
    write_textured_glb(tmp_path / 'a.glb', textured)
    facts, array, body = parse_glb(tmp_path / 'a.glb')
    found = {}
    for primitive in facts['meshes'][0]['primitives']:
        surface = facts['materials'][primitive['material']]['pbrMetallicRoughness']
        source = facts['textures'][surface['baseColorTexture']['index']]['source']
        view = facts['bufferViews'][facts['images'][source]['bufferView']]
        data = np.frombuffer(body[view['byteOffset']:][:view['byteLength']], np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
        place = array(primitive['attributes']['POSITION'])
        back = np.stack([place[:, 0], -place[:, 2], place[:, 1]], 1)
        # glTF counts from the top-left corner of the picture
        uv = (array(primitive['attributes']['TEXCOORD_0']) * image.shape[1::-1]).astype(int)
        for corner in array(primitive['indices']).reshape(-1, 3):
            key = tuple(back[corner].astype(np.float64).reshape(-1).round(4))
            found[key] = image[uv[corner, 1], uv[corner, 0]]
    expected = corner_colours(textured)
    assert set(found) == set(expected)
    for key, colours in expected.items():
        np.testing.assert_allclose(found[key].astype(int), colours.astype(int), atol=40)


def test_one_page_of_a_mesh_is_a_mesh(tmp_path):
    textured = painted()
    both = {**corner_colours(textured.of_page(0)), **corner_colours(textured.of_page(1))}
    expected = corner_colours(textured)
    assert set(both) == set(expected)
    assert len(list(textured.of_page(1).parts())) == 1


def test_an_stl_is_the_solid(tmp_path):
    open3d = open3d_or_skip()
    write_stl(tmp_path / 'a.stl', wedge().corners().astype(np.float32))
    assert (tmp_path / 'a.stl').stat().st_size == 84 + 50 * 4
    back = open3d.io.read_triangle_mesh(str(tmp_path / 'a.stl'))
    back.merge_close_vertices(1e-6)
    assert back.get_volume() == pytest.approx(1.0)
