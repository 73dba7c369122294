# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
A world as a static model that simulators load: one folder with SDF, URDF and MJCF.

    NAME/model.config, model.sdf      Gazebo: looks and one collision mesh, triangle by triangle
    NAME/model.urdf                   Isaac Sim, PyBullet, RViz, MuJoCo: looks and convex slabs
    NAME/model.xml                    MuJoCo's own format: the same
    NAME/meshes/visual_0.obj ...      what is seen, each with its picture visual_0_0.png
    NAME/meshes/collision.stl         what is bumped into, as one mesh
    NAME/meshes/slabs/0000.stl ...    the same as convex solids

Everything is in metres in the world's map frame, z up.
"""

import re
from xml.sax.saxutils import escape

import numpy as np

from geo_world_model.datasets.obj import write_textured_obj
from geo_world_model.datasets.stl import stl_bytes, write_stl
from geo_world_model.datasets.whole_file import whole_folder
from geo_world_model.errors import ExportError
from geo_world_model.export.open3d import import_open3d

_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.-]*')


def check_model_folder(path):
    """Raise ExportError unless a model can be made at `path`."""
    if not _NAME.fullmatch(path.name):
        raise ExportError(f'{path.name} cannot be the name of a model: expected letters, digits, '
                          '_ . and -, as it becomes part of model:// addresses')
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ExportError(f'{path} is there and not an empty folder; nothing was written')


def write_model(path, textured, collision, slabs, description=''):
    """
    Write a model folder; it appears whole.

    path: it takes the model's name from the folder; textured: TexturedMesh; collision:
    TriangleMesh; slabs: list of Slab. ExportError when something is at `path` already.
    """
    check_model_folder(path)
    name = path.name
    with whole_folder(path) as folder:
        meshes = folder / 'meshes'
        (meshes / 'slabs').mkdir(parents=True)
        pages = [textured.of_page(number) for number in range(len(textured.pages))]
        visuals = [write_textured_obj(meshes / f'visual_{number}.obj', page)
                   for number, page in enumerate(pages)]
        looks = [f'meshes/{files[0].name}' for files in visuals]
        write_stl(meshes / 'collision.stl', collision.corners().astype(np.float32))
        files = []
        for number, slab in enumerate(slabs):
            files.append(f'meshes/slabs/{number:04d}.stl')
            (folder / files[-1]).write_bytes(stl_bytes(_hull(slab.vertices)))
        for file, text in (('model.config', _config(name, description)),
                           ('model.sdf', _sdf(name, looks)),
                           ('model.urdf', _urdf(name, looks, files)),
                           ('model.xml', mjcf(name, slabs, visuals))):
            (folder / file).write_text(text)


def _hull(points):
    """Facets of the convex hull of points (N, 3), seen from outside: (F, 3, 3) float32."""
    o3d = import_open3d()
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points.astype(np.float64)))
    hull, _ = cloud.compute_convex_hull(joggle_inputs=False)
    corners = np.asarray(hull.vertices)[np.asarray(hull.triangles)]
    outward = corners.mean(1) - points.mean(0)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inside_out = np.einsum('ij,ij->i', normal, outward) < 0
    corners[inside_out] = corners[inside_out][:, ::-1]
    return corners.astype(np.float32)


def _config(name, description):
    return f"""<?xml version="1.0"?>
<model>
  <name>{name}</name>
  <version>1.0</version>
  <sdf version="1.7">model.sdf</sdf>
  <author><name>geo_world_model</name></author>
  <description>{escape(description)}</description>
</model>
"""


def _sdf(name, looks):
    def geometry(file):
        return f'<geometry><mesh><uri>model://{name}/{file}</uri></mesh></geometry>'
    visuals = '\n'.join(f'      <visual name="visual_{number}">{geometry(file)}</visual>'
                        for number, file in enumerate(looks))
    return f"""<?xml version="1.0"?>
<sdf version="1.7">
  <model name="{name}">
    <static>true</static>
    <link name="link">
{visuals}
      <collision name="collision">{geometry('meshes/collision.stl')}</collision>
    </link>
  </model>
</sdf>
"""


def _urdf(name, looks, files):
    def part(kind, file):
        return f'    <{kind}><geometry><mesh filename="{file}"/></geometry></{kind}>'
    parts = [part('visual', file) for file in looks] + [part('collision', file) for file in files]
    # without these words MuJoCo would look for every mesh beside the file
    return f"""<?xml version="1.0"?>
<robot name="{name}">
  <mujoco><compiler strippath="false" discardvisual="true"/></mujoco>
  <link name="{name}">
    <inertial>
      <mass value="0"/>
      <inertia ixx="0" ixy="0" ixz="0" iyy="0" iyz="0" izz="0"/>
    </inertial>
{chr(10).join(parts)}
  </link>
</robot>
"""


def mjcf(name, slabs, visuals):
    """
    MuJoCo's own format of a world, text.

    slabs: list of Slab, written by their corners: MuJoCo takes the hull itself, and no file has to
    be opened; visuals: for each page the paths of its OBJ, MTL and PNG.
    """
    assets, geoms = [], []
    for number, slab in enumerate(slabs):
        vertices = ' '.join(f'{value:.5f}' for value in slab.vertices.reshape(-1))
        assets.append(f'    <mesh name="slab_{number:04d}" vertex="{vertices}"/>')
        geoms.append(f'      <geom mesh="slab_{number:04d}" class="slab"/>')
    for number, (shape, _, picture) in enumerate(visuals):
        assets += [f'    <texture name="page_{number}" type="2d" file="meshes/{picture.name}"/>',
                   f'    <material name="page_{number}" texture="page_{number}" specular="0"/>',
                   f'    <mesh name="visual_{number}" file="meshes/{shape.name}" '
                   'inertia="shell"/>']
        geoms.append(f'      <geom mesh="visual_{number}" material="page_{number}" '
                     'class="visual"/>')
    return f"""<mujoco model="{name}">
  <compiler angle="radian"/>
  <default>
    <default class="slab"><geom type="mesh" group="3" rgba="0.6 0.6 0.6 1"/></default>
    <default class="visual">
      <geom type="mesh" group="2" contype="0" conaffinity="0" mass="0"/>
    </default>
  </default>
  <asset>
{chr(10).join(assets)}
  </asset>
  <worldbody>
    <body name="{name}">
{chr(10).join(geoms)}
    </body>
  </worldbody>
</mujoco>
"""
