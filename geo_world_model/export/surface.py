# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
The surface of a world: signed distances to what every keyframe's pose sees, averaged.

Curless and Levoy, A volumetric method for building complex models from range images, 1996, in
Open3D's sparse grid of blocks. Views are drawn finer than their keyframes were, up to 1280 pixels:
a voxel looks up the nearest pixel, and on a floor seen at a grazing angle pixels of the first size
make ripples.
"""

import numpy as np

from geo_world_model.datasets.triangle_mesh import TriangleMesh
from geo_world_model.errors import ExportError
from geo_world_model.export.hidden_space import FREE, look_at, UNSEEN
from geo_world_model.export.open3d import import_open3d

#: Voxels along the side of a block, and the most blocks: 80 kB each, 0.7 GB.
_BLOCK, MOST_BLOCKS = 16, 1 << 13
#: Distances are kept up to so many voxels along the axis of a view: a floor that is seen at less
#: than 9.6 degrees has none on one side, and holes.
_TRUNCATION = 6.0
#: Times as many pixels a side as a keyframe has, see keyframe_views.FINEST.
FINER = 8.0
#: A voxel (m) where the world is small enough for it, and what each try is coarser.
VOXEL, _COARSER = 0.02, 1.25
#: Blocks that are touched, those before and behind the surface too, for each that it lies in.
_AROUND = 1.6
#: Blocks are counted at this size, metres, when they are smaller.
_COUNTED = 0.32


def voxel_for(views, voxel=None):
    """
    Return the edge of a voxel, metres, with which a world fits into memory.

    views: KeyframeViews; voxel: the wish of the user, or None: 2 cm, or as much coarser as the
    world is large. ExportError when the wish is not to be had.
    """
    if voxel is not None and not 1e-3 <= voxel <= 10.0:
        raise ExportError(f'voxels of {voxel} m: expected 0.001 to 10 metres')
    finest = voxel or VOXEL
    # every fourth pixel does not hit all of the smallest blocks
    edge = max(finest * _BLOCK, _COUNTED)
    smaller = (edge / (finest * _BLOCK)) ** 2
    blocks = np.zeros((0, 3), np.int32)
    for view in views:
        row, column = np.nonzero(view.depth[::4, ::4])
        place = (view.camera.rays_at(row * 4, column * 4)
                 * view.depth[row * 4, column * 4, None].astype(np.float64))
        matrix = view.pose.matrix
        cells = np.floor((place @ matrix[:3, :3].T + matrix[:3, 3]) / edge).astype(np.int32)
        blocks = np.unique(np.concatenate([blocks, np.unique(cells, axis=0)]), axis=0)
    if not len(blocks):
        raise ExportError('no surface of the kinds that were asked for is within the range; '
                          'nothing was written')
    places, fitting, count = (blocks + 0.5) * edge, finest, len(blocks) * smaller
    while count * _AROUND > MOST_BLOCKS:
        fitting *= _COARSER
        at_least = max(fitting * _BLOCK, edge)
        count = (len(np.unique(np.floor(places / at_least), axis=0))
                 * (at_least / (fitting * _BLOCK)) ** 2)
    if voxel is not None and fitting > voxel:
        raise ExportError(f'voxels of {voxel} m are too fine for a world of this size: '
                          f'{fitting:.3g} m fit into memory, or a shorter --range; nothing was '
                          'written')
    return fitting


def surface_of(views, voxel, progress=iter, solid=False):
    """
    Return the surface that keyframes' poses see, as a TriangleMesh.

    views: KeyframeViews; voxel: metres; progress: wraps the numbers of the views; solid: what is
    hidden behind surfaces in all views is not free space, and has a surface towards it. The same
    world gives the same mesh, whatever the number of threads.
    """
    o3d = import_open3d()
    tensor = o3d.core.Tensor
    grid = o3d.t.geometry.VoxelBlockGrid(
        ('tsdf', 'weight', 'color'), (o3d.core.float32,) * 3, ((1), (1), (3)), voxel, _BLOCK, 2048)
    for index in progress(range(len(views))):
        view = views.view(index, FINER)
        if not view.depth.any():
            continue
        lens, pose = tensor(view.camera.matrix), tensor(np.linalg.inv(view.pose.matrix))
        depth = o3d.t.geometry.Image(np.ascontiguousarray(view.depth))
        colour = o3d.t.geometry.Image(view.rgb.astype(np.float32))
        reach = float(view.depth.max()) * 1.01
        touched = grid.compute_unique_block_coordinates(depth, lens, pose, 1.0, reach, _TRUNCATION)
        grid.integrate(touched, depth, colour, lens, lens, pose, 1.0, reach, _TRUNCATION)
    if solid:
        _fill_hidden(grid, views, progress)
    mesh = grid.extract_triangle_mesh(0.5)
    colours = np.clip(np.rint(mesh.vertex.colors.numpy()), 0, 255).astype(np.uint8)
    return in_order(mesh.vertex.positions.numpy(), mesh.triangle.indices.numpy(), colours)


def _fill_hidden(grid, views, progress):
    """Give voxels of the grid that nothing was averaged in a sign, where views know it."""
    weight = grid.attribute('weight').numpy().reshape(-1)
    distance = grid.attribute('tsdf').numpy().reshape(-1)
    places, index = grid.voxel_coordinates_and_flattened_indices()
    index = index.numpy()
    blank = weight[index] == 0
    index = index[blank]
    state = look_at(places.numpy()[blank].astype(np.float32), views, progress)
    known = state != UNSEEN
    distance[index[known]] = np.where(state[known] == FREE, 1.0, -1.0)
    weight[index[known]] = 1.0


def in_order(vertices, triangles, colours):
    """
    Return a TriangleMesh without equal vertices, in an order that only its shape decides.

    vertices (V, 3) float32; triangles (T, 3) int; colours (V, 3) uint8. Threads give Open3D's
    vertices and triangles an order that is another one each time.
    """
    # where a distance is zero, the crossings of several edges lie on one place
    keys = np.concatenate([vertices, colours.astype(np.float32)], 1)
    keys = keys[:, ::-1].T
    order = np.lexsort(keys)
    vertices, colours = vertices[order], colours[order]
    first = np.ones(len(order), bool)
    first[1:] = np.any(vertices[1:] != vertices[:-1], 1)
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(first) - 1
    triangles = number[triangles]
    apart = (triangles != np.roll(triangles, 1, 1)).all(1)
    triangles = triangles[apart]
    least = triangles.argmin(1)[:, None]
    triangles = np.take_along_axis(triangles, (least + np.arange(3)) % 3, 1)
    triangles = np.unique(triangles, axis=0)
    return TriangleMesh(vertices[first], triangles.astype(np.int32), colours[first])
