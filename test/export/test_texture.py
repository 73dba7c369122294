# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import cv2
import numpy as np

from geo_world_model.datasets.triangle_mesh import TriangleMesh
from geo_world_model.export.atlas import Atlas
from geo_world_model.export.keyframe_views import SurfaceView
from geo_world_model.export.texture import textured
from synthetic import CAMERA, pose_at, room_view


class Views(list):
    def view(self, index):
        return self[index]


def views_and_mesh():
    """The room from two places, and its back wall x = 4 as a fine mesh, partly out of sight."""
    views = Views()
    for pose in (pose_at(), pose_at(1.5, 0.5)):
        rgb, depth = room_view(pose)
        views.append(SurfaceView(CAMERA, pose, rgb, depth))
    y, z = np.meshgrid(np.linspace(-2.4, 2.4, 49), np.linspace(0.1, 2.5, 25))
    vertices = np.stack([np.full(y.size, 4.0), y.ravel(), z.ravel()], 1).astype(np.float32)
    corner = (np.arange(24)[:, None] * 49 + np.arange(48)).ravel()
    # counter-clockwise as seen from within the room
    triangles = np.concatenate([np.stack([corner, corner + 49, corner + 1], 1),
                                np.stack([corner + 1, corner + 49, corner + 50], 1)])
    mesh = TriangleMesh(vertices, triangles.astype(np.int32),
                        np.full((len(vertices), 3), (80, 160, 240), np.uint8))
    return views, mesh


def colours_at_middles(mesh):
    """What the pages show at the middle of every triangle, (T, 3) float."""
    middle = mesh.uv.mean(1)
    out = np.zeros((len(middle), 3))
    for number, page in enumerate(mesh.pages):
        here = mesh.page == number
        flat = middle[here].astype(np.float32)
        out[here] = cv2.remap(page, flat[None, :, 0].copy(), flat[None, :, 1].copy(),
                              cv2.INTER_LINEAR)[0]
    return out


def test_pictures_show_what_is_there():
    views, mesh = views_and_mesh()
    result = textured(mesh, views, 0.02)
    shown = colours_at_middles(result)
    middle = mesh.corners().mean(1)
    # the room itself, seen from near each place
    for view in views:
        matrix = view.pose.matrix
        uv, depth = CAMERA.project((middle - matrix[:3, 3]) @ matrix[:3, :3])
        inside = ((np.abs(uv - [79.5, 59.5]) < [70, 50]).all(1))
        truth = cv2.remap(view.rgb, *(uv[inside, k][None].astype(np.float32) for k in (0, 1)),
                          cv2.INTER_LINEAR)[0]
        assert inside.sum() > 200
        assert np.median(np.abs(truth - shown[inside])) < 8


def test_the_sharper_view_is_taken_and_few_pieces_made():
    views, mesh = views_and_mesh()
    result = textured(mesh, Views([views[0], views[1]]), 0.02)
    middle = mesh.corners().mean(1)
    central = (np.abs(middle[:, 1] - 0.5) < 0.8) & (np.abs(middle[:, 2] - 1.2) < 0.6)
    edge = result.uv[central, 1] - result.uv[central, 0]
    # 10 cm at 2.5 m are 3.6 pixels of this camera, at 4 m 2.25
    assert np.median(np.linalg.norm(edge, axis=1)) > 3.4
    assert len(result.pages) == 1 and result.pages[0].shape[0] < 400


def test_what_no_view_shows_keeps_its_own_colour():
    views, mesh = views_and_mesh()
    views[0].depth[:, :80] = 1.0
    result = textured(mesh, Views(views[:1]), 0.02)
    shown = colours_at_middles(result)
    hidden = mesh.corners()[:, :, 1].min(1) > 0.1
    np.testing.assert_allclose(shown[hidden], [[80, 160, 240]] * hidden.sum(), atol=5)
    back = TriangleMesh(mesh.vertices, mesh.triangles[:, ::-1], mesh.colours)
    shown = colours_at_middles(textured(back, Views(views[1:]), 0.02))
    np.testing.assert_allclose(shown, [[80, 160, 240]] * len(shown), atol=5)


def test_a_page_is_filled_and_nothing_lies_on_anything():
    rng = np.random.default_rng(0)
    atlas = Atlas(64)
    placed = []
    for number in range(60):
        height, width = rng.integers(3, 30, 2)
        image = np.full((height, width, 3), number + 1, np.uint8)
        placed.append((image, *atlas.add(image)))
    large = np.full((10, 90, 3), 99, np.uint8)
    placed.append((large, *atlas.add(large)))
    pages = atlas.pages()
    for image, page, (x, y) in placed:
        np.testing.assert_array_equal(
            pages[page][y:y + image.shape[0], x:x + image.shape[1]], image)
    used = sum(image[..., 0].size for image, _, _ in placed)
    assert used > 0.4 * sum(page[..., 0].size for page in pages)
