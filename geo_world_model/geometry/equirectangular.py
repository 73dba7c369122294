# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
Equirectangular pictures: the whole sphere of directions, 2:1, level.

Columns are azimuth and rows elevation, both linear, with integer pixel centres: the picture's
centre ((W - 1) / 2, (H - 1) / 2) looks along `heading` (radians, counterclockwise from world +x),
what lies left of it in the picture lies left of it in the world, the top row is next to +z. The
last column's right neighbour is the first; beyond the top row lies the top row half a turn away.
"""

import cv2
import numpy as np

from geo_world_model.errors import ImageError

#: Neighbouring inverse ranges that differ by more than this factor belong to two surfaces.
_JUMP = np.float32(1.15)


def check_equirectangular(image, what='the panorama'):
    """Raise ImageError unless an image (H, W, ...) is twice as wide as high, 16 px or more."""
    height, width = image.shape[:2]
    if width != 2 * height or height < 16:
        raise ImageError(
            f'{what} is {width}x{height} pixels: expected an equirectangular picture of the full '
            'sphere, twice as wide as high; pad one that lacks the top or the bottom')


def angles(width, height):
    """
    Angles of the pixel centres of an equirectangular picture.

    Returns azimuth (W,) float64, radians counterclockwise from its heading, from nearly pi down to
    nearly -pi, and elevation (H,) float64, radians above the horizon, falling.
    """
    azimuth = ((width - 1) / 2 - np.arange(width)) * (2 * np.pi / width)
    elevation = ((height - 1) / 2 - np.arange(height)) * (np.pi / height)
    return azimuth, elevation


def sphere_directions(width, height, heading=0.0):
    """Unit direction of every pixel in the world, (H, W, 3) float64."""
    azimuth, elevation = angles(width, height)
    level = np.cos(elevation)[:, None]
    return np.stack([level * np.cos(azimuth + heading), level * np.sin(azimuth + heading),
                     np.broadcast_to(np.sin(elevation)[:, None], (height, width))], -1)


def project_to_sphere(direction, width, height, heading=0.0):
    """
    Pixel at which a picture of width x height shows directions (..., 3) of any length.

    Returns u in [-0.5, width - 0.5] and v in [-0.5, height - 0.5], float64, pixels.
    """
    level = np.hypot(direction[..., 0], direction[..., 1])
    azimuth = np.arctan2(direction[..., 1], direction[..., 0]) - heading
    turn = np.mod(0.5 - azimuth / (2 * np.pi), 1.0)
    v = (height - 1) / 2 - np.arctan2(direction[..., 2], level) * (height / np.pi)
    return turn * width - 0.5, v


def perspective_colour(rgb, camera, rotation, heading=0.0):
    """
    What a pinhole camera at the centre of a panorama sees.

    rgb (H, W, 3) uint8, equirectangular; camera: PinholeCamera; rotation (3, 3): camera to world,
    optical axes. Bilinear, across the seam and the poles too; a panorama finer than the camera is
    first averaged down to its resolution. Returns (camera.height, camera.width, 3) uint8.
    """
    width = round(2 * np.pi * max(camera.fx, camera.fy))
    width += width % 2
    if width < rgb.shape[1]:
        rgb = cv2.resize(rgb, (width, width // 2), interpolation=cv2.INTER_AREA)
    u, v = project_to_sphere(camera.rays() @ rotation.T, rgb.shape[1], rgb.shape[0], heading)
    return cv2.remap(_with_border(rgb), (u + 1).astype(np.float32), (v + 1).astype(np.float32),
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def perspective_depth(reach, camera, rotation, heading=0.0):
    """
    Depth along the optical axis that a pinhole camera at the centre of a panorama sees.

    reach (H, W) float32, equirectangular: distance from the centre, metres, NaN unknown, +Inf
    beyond range. Inverse distances are interpolated within a surface (on a plane they are all but
    linear); across a jump, or beside the unknown, the nearest pixel counts. Returns
    (camera.height, camera.width) float32, metres.
    """
    rays = camera.rays()
    u, v = project_to_sphere(rays @ rotation.T, reach.shape[1], reach.shape[0], heading)
    with np.errstate(divide='ignore', invalid='ignore'):
        inverse = _with_border(np.where(reach > 0, 1 / reach, np.nan).astype(np.float32))
    column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    right, down = (u - column).astype(np.float32), (v - row).astype(np.float32)
    corners = [[inverse[row + i, column + j] for j in (1, 2)] for i in (1, 2)]
    top, bottom = ((1 - right) * left_ + right * right_ for left_, right_ in corners)
    smooth = (1 - down) * top + down * bottom
    nearest = inverse[row + np.where(down < 0.5, 1, 2), column + np.where(right < 0.5, 1, 2)]
    flat = np.stack([value for pair in corners for value in pair])
    # NaN compares false, so that a known pixel beside the unknown stays as it is
    one_surface = flat.max(0) <= _JUMP * flat.min(0)
    with np.errstate(divide='ignore'):
        distance = 1 / np.where(one_surface, smooth, nearest)
    return (distance / np.linalg.norm(rays, axis=-1)).astype(np.float32)


def _with_border(image):
    """One more pixel on every side: around the seam, and over the poles."""
    half = image.shape[1] // 2
    tall = np.concatenate([np.roll(image[:1], half, 1), image, np.roll(image[-1:], half, 1)])
    return np.concatenate([tall[:, -1:], tall, tall[:, :1]], 1)
