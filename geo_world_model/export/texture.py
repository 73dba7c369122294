# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Pictures for a mesh: each triangle takes the rendering that shows it sharply.

All renderings show one cache, so colours agree where two pictures meet, and nothing is blended.
Few pictures with large pieces are better than many with small ones: views are taken in the order
of how many triangles they show at least half as sharply as the sharpest one does.
"""

import cv2
import numpy as np

from geo_world_model.datasets.triangle_mesh import TexturedMesh
from geo_world_model.export.atlas import Atlas

#: Pixels around every piece of a picture, so that neighbours in a page do not shine in.
_MARGIN = 3
#: A picture is as good as the best one above this share of its sharpness.
_GOOD = 0.5
#: Least cosine between a triangle and the ray to it.
_FACING = 0.15
#: Pixels a side that a triangle without a picture gets in its own colour.
_PATCH = 4
#: Pairs of a view and a triangle that are compared, 3 bytes each.
_MOST = 1 << 27


def textured(mesh, views, tolerance, progress=iter):
    """
    Return the mesh as a TexturedMesh.

    mesh: TriangleMesh; views: KeyframeViews; tolerance: metres, how far before or behind a mesh's
    corner a view may see its surface. Triangles that no view shows whole keep one colour.
    """
    # all of them for a room; of many thousands an even choice, so that memory is bounded
    step = -(-len(views) * max(1, len(mesh.triangles)) // _MOST)
    chosen = range(0, len(views), step)
    sharpness = np.zeros((len(chosen), len(mesh.triangles)), np.float16)
    for row, index in enumerate(progress(chosen)):
        # half floats end at 65504; a pixel a millimetre is 1
        sharpness[row] = np.minimum(_sharpness(mesh, views.view(index), tolerance)[0] * 1e-6, 6e4)
    best = sharpness.max(0, initial=0)
    good = (sharpness > 0) & (sharpness >= np.float16(_GOOD) * best)
    return _painted(mesh, views, chosen, good, tolerance)


def _sharpness(mesh, view, tolerance):
    """
    Square pixels a square metre of every triangle that a view shows whole, else 0; and its pixels.

    Returns (T,) float32 and uv (T, 3, 2) float32.
    """
    matrix = view.pose.matrix
    local = (mesh.vertices - matrix[:3, 3]) @ matrix[:3, :3]
    uv, depth = view.camera.project(local)
    height, width = view.depth.shape
    with np.errstate(invalid='ignore'):
        column, row = (np.nan_to_num(np.rint(uv[:, k])).clip(-1, size).astype(int)
                       for k, size in ((0, width), (1, height)))
    inside = ((depth > 0.05) & (column >= _MARGIN) & (column < width - _MARGIN)
              & (row >= _MARGIN) & (row < height - _MARGIN))
    seen = view.depth[np.where(inside, row, 0), np.where(inside, column, 0)]
    allowed = tolerance + 0.01 * depth
    shown = (inside & (seen > 0) & (np.abs(seen - depth) < allowed))[mesh.triangles].all(1)
    triangles = mesh.triangles[shown]
    corner = local[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(normal, axis=1)
    middle = corner.mean(1)
    facing = -np.einsum('ij,ij->i', normal, middle) / np.maximum(
        area * np.linalg.norm(middle, axis=1), 1e-12)
    flat = uv[triangles]
    edge, other = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    pixels = np.abs(edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0])
    sharpness = np.zeros(len(mesh.triangles), np.float32)
    sharpness[shown] = np.where(facing > _FACING, pixels / np.maximum(area, 1e-12), 0)
    out = np.zeros((len(mesh.triangles), 3, 2), np.float32)
    out[shown] = flat
    return sharpness, out


def _painted(mesh, views, numbers, good, tolerance):
    """
    Choose views until no triangle gains, and lay what each gives into the pages.

    numbers: of the views; good (len(numbers), T) bool: which triangles each may give.
    """
    atlas = Atlas()
    page = np.full(len(mesh.triangles), -1, np.int32)
    uv = np.zeros((len(mesh.triangles), 3, 2), np.float32)
    left = np.ones(len(mesh.triangles), bool)
    while True:
        gain = np.count_nonzero(good, axis=1)
        row = int(gain.argmax())
        if gain[row] == 0:
            break
        chosen = np.flatnonzero(good[row])
        left[chosen] = False
        good[:, chosen] = False
        view = views.view(numbers[row])
        _, flat = _sharpness(mesh, view, tolerance)
        _lay_pieces(atlas, view.rgb, chosen, flat[chosen], page, uv)
    _lay_plain(atlas, mesh, np.flatnonzero(left), page, uv)
    return TexturedMesh(mesh, atlas.pages(), page, uv)


def _lay_pieces(atlas, rgb, chosen, flat, page, uv):
    """Cut out the connected regions of a picture that triangles cover and put them into pages."""
    mask = np.zeros(rgb.shape[:2], np.uint8)
    for triangle in np.rint(flat).astype(np.int32):
        cv2.fillConvexPoly(mask, triangle, 255)
    mask = cv2.dilate(mask, np.ones((2 * _MARGIN + 1,) * 2, np.uint8))
    _, label, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    corner = np.rint(flat[:, 0]).astype(int)
    piece = label[corner[:, 1], corner[:, 0]]
    for number in np.unique(piece):
        x, y, width, height = (int(v) for v in boxes[number, :4])
        at, place = atlas.add(rgb[y:y + height, x:x + width])
        inside = piece == number
        page[chosen[inside]] = at
        uv[chosen[inside]] = flat[inside] - [x, y] + place


def _lay_plain(atlas, mesh, left, page, uv):
    """Give triangles that no view shows whole a patch of their mean colour, each colour once."""
    if not left.size:
        return
    colours = np.rint(mesh.colours[mesh.triangles[left]].mean(1) / 8).clip(0, 31).astype(np.uint8)
    palette, which = np.unique(colours, axis=0, return_inverse=True)
    side = int(np.ceil(np.sqrt(len(palette))))
    patches = np.zeros((side * side, 3), np.uint8)
    patches[:len(palette)] = palette * 8
    image = patches.reshape(side, side, 3).repeat(_PATCH, 0).repeat(_PATCH, 1)
    at, place = atlas.add(image)
    row, column = np.divmod(which.reshape(-1), side)
    middle = np.stack([column, row], 1) * _PATCH + (_PATCH - 1) / 2
    page[left] = at
    uv[left] = (middle + place)[:, None]
