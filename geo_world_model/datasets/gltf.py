# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Triangle meshes as glTF 2.0 in one binary file (GLB).

glTF has y up: a place (x, y, z) of the map is written as (x, z, -y), so the map's x stays x and
its z points up in every viewer. Surfaces are marked as unlit: the light is in the photographs.
"""

import json
import struct

import cv2
import numpy as np

from geo_world_model.datasets.whole_file import whole_file

_FLOAT, _UINT, _UBYTE = 5126, 5125, 5121
_ARRAYS, _INDICES = 34962, 34963
_JPEG_QUALITY = 95


def write_glb(path, mesh):
    """Write a TriangleMesh with coloured vertices; the file appears whole."""
    gltf = _Document()
    gltf.materials.append(_material())
    # shares of the colour in sRGB become the linear ones that COLOR_0 is said to hold
    share = mesh.colours / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    colours = np.full((len(share), 4), 255, np.uint8)
    colours[:, :3] = np.rint(linear * 255)
    gltf.add_primitive(mesh.vertices, mesh.triangles, 0, COLOR_0=gltf.array(
        colours, _UBYTE, 'VEC4', _ARRAYS, normalized=True))
    gltf.write(path)


def write_textured_glb(path, textured):
    """Write a TexturedMesh with its pictures as JPEG inside; the file appears whole."""
    gltf = _Document()
    for number, (image, vertices, uv, triangles) in enumerate(textured.parts()):
        gltf.materials.append(_material(gltf.add_picture(image)))
        gltf.add_primitive(vertices, triangles, number,
                           TEXCOORD_0=gltf.array(uv, _FLOAT, 'VEC2', _ARRAYS))
    gltf.write(path)


def _material(texture=None):
    surface = {'metallicFactor': 0.0, 'roughnessFactor': 1.0}
    if texture is not None:
        surface['baseColorTexture'] = {'index': texture}
    return {'pbrMetallicRoughness': surface, 'extensions': {'KHR_materials_unlit': {}}}


class _Document:
    """The JSON and the one binary buffer of a file that is being put together."""

    def __init__(self):
        self.binary = bytearray()
        self.views, self.accessors, self.primitives, self.materials = [], [], [], []
        self.images = []

    def _view(self, data, target=None):
        self.binary += b'\0' * (-len(self.binary) % 4)
        view = {'buffer': 0, 'byteOffset': len(self.binary), 'byteLength': len(data)}
        if target is not None:
            view['target'] = target
        self.binary += data
        self.views.append(view)
        return len(self.views) - 1

    def array(self, values, component, kind, target, bounds=False, **more):
        """Add an accessor; returns its number."""
        accessor = {'bufferView': self._view(np.ascontiguousarray(values).tobytes(), target),
                    'componentType': component, 'count': len(values), 'type': kind, **more}
        if bounds:
            accessor['min'], accessor['max'] = (
                [float(v) for v in edge] for edge in (values.min(0), values.max(0)))
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_primitive(self, vertices, triangles, material, **attributes):
        """Add triangles of one material; vertices in the map's axes."""
        turned = np.stack([vertices[:, 0], vertices[:, 2], -vertices[:, 1]], 1).astype('<f4')
        indices = np.ascontiguousarray(triangles, '<u4').reshape(-1)
        self.primitives.append({
            'attributes': {'POSITION': self.array(turned, _FLOAT, 'VEC3', _ARRAYS, bounds=True),
                           **attributes},
            'indices': self.array(indices, _UINT, 'SCALAR', _INDICES),
            'material': material, 'mode': 4})

    def add_picture(self, image):
        """Add an image (H, W, 3) uint8 as a texture; returns its number."""
        _, data = cv2.imencode('.jpg', cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
                               [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        self.images.append({'bufferView': self._view(data.tobytes()), 'mimeType': 'image/jpeg'})
        return len(self.images) - 1

    def write(self, path):
        """Put the file together."""
        self.binary += b'\0' * (-len(self.binary) % 4)
        facts = {'asset': {'version': '2.0', 'generator': 'geo_world_model'},
                 'extensionsUsed': ['KHR_materials_unlit'],
                 'scene': 0, 'scenes': [{'nodes': [0]}],
                 'nodes': [{'name': 'world', 'mesh': 0}],
                 'meshes': [{'primitives': self.primitives}], 'materials': self.materials,
                 'accessors': self.accessors, 'bufferViews': self.views,
                 'buffers': [{'byteLength': len(self.binary)}]}
        if self.images:
            # clamped and without smaller copies: neighbours in a page do not belong together
            facts.update(images=self.images, samplers=[
                {'magFilter': 9729, 'minFilter': 9729, 'wrapS': 33071, 'wrapT': 33071}],
                textures=[{'source': i, 'sampler': 0} for i in range(len(self.images))])
        text = json.dumps(facts, separators=(',', ':')).encode()
        text += b' ' * (-len(text) % 4)
        with whole_file(path) as file:
            file.write(struct.pack('<4sII', b'glTF', 2, 28 + len(text) + len(self.binary)))
            file.write(struct.pack('<I4s', len(text), b'JSON') + text)
            file.write(struct.pack('<I4s', len(self.binary), b'BIN\0'))
            file.write(self.binary)
