# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What generators are asked for in these tests: a room, an edge, a slanted wall, with holes."""

from __future__ import annotations

import numpy as np

from geo_world_model.generators.interface import Request
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED, OBSERVED, UNKNOWN, View

HEIGHT = 1.2
#: (axis, place in metres, colour): a wall ahead, one at either side.
_WALLS = ((0, 4.0, (200, 180, 130)), (1, 2.5, (90, 140, 190)), (1, -2.0, (190, 90, 80)))
_FLOOR = (95, 100, 98)
#: Rows of a band that is taken out of a picture, px, and of the strip between two of them.
_BAND, _STRIP = 4, 8


def camera_of(size: tuple[int, int]) -> PinholeCamera:
    """A camera of `size` (width, height) with a field of view of 67 degrees."""
    width, height = size
    return PinholeCamera(0.75 * width, 0.75 * width, (width - 1) / 2, (height - 1) / 2, width,
                         height)


def pose_at(x: float = 0.0, y: float = 0.0) -> Pose:
    """A level camera at (x, y), metres, that looks along +x."""
    return Pose.from_quaternion([x, y, HEIGHT], [-0.5, 0.5, -0.5, 0.5])


def room(size: tuple[int, int], pose: Pose | None = None, walls: bool = True) -> View:
    """A fully known view of a room, or of a floor under an open sky; seen where it is true."""
    camera, pose = camera_of(size), pose or pose_at()
    matrix = pose.matrix
    rays = camera.rays() @ matrix[:3, :3].T
    origin = matrix[:3, 3]
    depth = np.full(rays.shape[:2], np.inf)
    colour = np.full(rays.shape, (150.0, 180.0, 220.0))
    surfaces = [(2, 0.0, _FLOOR), *(_WALLS if walls else ())]
    for axis, place, paint in surfaces:
        with np.errstate(divide='ignore', invalid='ignore'):
            distance = (place - origin[axis]) / rays[..., axis]
        nearer = (distance > 0) & (distance < np.minimum(depth, 60.0))
        depth = np.where(nearer, distance, depth)
        with np.errstate(invalid='ignore', over='ignore'):
            points = origin + rays * np.where(nearer, distance, 0)[..., None]
        tiles = np.floor(points / 0.5 + 1e-6).astype(np.int64).sum(-1) % 2
        colour[nearer] = (np.array(paint) + 24 * tiles[..., None] - 12)[nearer]
    shape = depth.shape
    return View(np.clip(colour, 0, 255).astype(np.uint8), depth.astype(np.float32),
                np.full(shape, OBSERVED, np.uint8), camera, pose)


def with_hole(view: View, hole: np.ndarray, under: int = 0, **more) -> Request:
    """Ask for what lies in `hole` (H, W) bool of a known view; `under`: the colour left there."""
    rgb = np.where(hole[..., None], np.uint8(under), view.rgb)
    holed = View(rgb, np.where(hole, np.float32(np.nan), view.depth),
                 np.where(hole, UNKNOWN, view.provenance).astype(np.uint8), view.camera, view.pose)
    more.setdefault('bound', np.full(hole.shape, np.inf, np.float32))
    more.setdefault('noise_seed', 7)
    return Request('complete', holed, **more)


def block(size: tuple[int, int]) -> np.ndarray:
    """A hole a third as wide and high as the view, in its middle; (H, W) bool."""
    width, height = size
    hole = np.zeros((height, width), bool)
    hole[height // 3:2 * height // 3, width // 3:2 * width // 3] = True
    return hole


def checkerboard(size: tuple[int, int], cell: int = 12) -> np.ndarray:
    """Holes in every other square of `cell` pixels; (H, W) bool."""
    width, height = size
    return np.add(*np.indices((height, width)) // cell) % 2 == 0


def bands(size: tuple[int, int]) -> np.ndarray:
    """Holes in horizontal bands; (H, W) bool."""
    width, height = size
    rows = np.arange(height) % (_BAND + _STRIP) >= _STRIP
    return np.repeat(rows[:, None], width, 1)


def photograph(view: View, **more) -> Request:
    """Ask for the depth of a view, as of a photograph."""
    shape = view.depth.shape
    more.setdefault('noise_seed', 7)
    return Request('lift', View(view.rgb, np.full(shape, np.nan, np.float32),
                                np.full(shape, LIFTED, np.uint8), view.camera, view.pose),
                   np.full(shape, np.inf, np.float32), **more)


def edge(size: tuple[int, int], place: float, left: int, right: int) -> View:
    """A wall straight ahead, at 3 m: `left` grey up to u = `place` px, `right` grey from there.

    The pixel that the edge crosses is mixed as its area is: pixel u covers u - 0.5 .. u + 0.5.
    """
    width, height = size
    share = np.clip(place - (np.arange(width) - 0.5), 0, 1)
    row = np.rint(left * share + right * (1 - share)).astype(np.uint8)
    shape = height, width
    return View(np.repeat(np.tile(row, (height, 1))[..., None], 3, 2),
                np.full(shape, 3, np.float32), np.full(shape, OBSERVED, np.uint8),
                camera_of(size), pose_at())


def slanted(size: tuple[int, int]) -> tuple[View, float]:
    """A plain upright wall from 2 m at the left to 4 m at the right; and its slope, 1/m per px."""
    width, height = size
    inverse = np.linspace(1 / 2, 1 / 4, width)
    shape = height, width
    return View(np.full((*shape, 3), 140, np.uint8),
                np.tile((1 / inverse).astype(np.float32), (height, 1)),
                np.full(shape, OBSERVED, np.uint8), camera_of(size), pose_at()), float(
                    inverse[1] - inverse[0])


def turned(view: View) -> View:
    """The view with rows and columns exchanged."""
    swap = [np.ascontiguousarray(a.swapaxes(0, 1)) for a in (view.rgb, view.depth,
                                                             view.provenance)]
    c = view.camera
    return View(*swap, PinholeCamera(c.fy, c.fx, c.cy, c.cx, c.height, c.width), view.pose)
