# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A panorama becomes metric by the floor it shows and the height of the camera above it.

Floor pixels lie on the floor; where it ends walls stand, up to a level ceiling; what hides the
floor stands where it begins to. No learning; the camera has to be level.
"""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.floor import floor_region
from geo_world_model.generators.panorama.ceiling import level_edges
from geo_world_model.generators.panorama.standing import standing_reach
from geo_world_model.generators.panorama.walls import find_walls
from geo_world_model.generators.sky import sky_region
from geo_world_model.geometry.equirectangular import angles

#: Where a surface is sky to the cache (metres).
FARTHEST = 100.0
#: Range, in camera heights, beyond which floor and walls are not told apart.
FAR = 20.0
#: Share of that range from which on there is no wall; a place that is mostly so has no ceiling.
NO_WALL = 0.98
#: Below this the floor is taken for granted: a tripod or a patch may hide it (radians).
STEEPEST = np.radians(75)
WORKING_WIDTH = 720
#: Width of the range image: planes are exact in it, only their edges have its resolution.
RANGE_WIDTH = 2048


def lift_panorama(rgb, camera_height):
    """Distance from the camera in every direction.

    rgb: (H, W, 3) uint8, equirectangular, level. camera_height: metres over the floor.
    Returns (1024, 2048) float32, metres, equirectangular, +Inf = sky or beyond range.
    """
    width = min(WORKING_WIDTH, rgb.shape[1])
    width -= width % 4
    small = cv2.resize(rgb, (width, width // 2), interpolation=cv2.INTER_AREA)
    azimuth, elevation = angles(width, width // 2)
    floor, evidence = _floor_all_around(small, elevation)
    gradient = level_edges(small)
    rows = (elevation < -np.arctan(1 / FAR)) & (elevation > -STEEPEST)
    line, ratio = find_walls(evidence[rows], -elevation[rows], azimuth, gradient)
    walls = np.minimum(line.at(azimuth), FAR)
    if np.mean(walls >= NO_WALL * FAR) > 0.5:
        ratio = np.inf
    standing = standing_reach(small, gradient, floor, (azimuth, elevation), walls, ratio)
    sky = _sky(small, elevation, walls)
    distance = camera_height * _range(line, ratio, standing, sky)
    return np.where(distance > FARTHEST, np.inf, distance).astype(np.float32)


def _floor_all_around(rgb, elevation):
    """floor_region of a picture whose ends belong together: (H, W) bool and float32."""
    width = rgb.shape[1]
    pad = width // 8
    rows = elevation > -STEEPEST
    wide = np.concatenate([rgb[rows][:, -pad:], rgb[rows], rgb[rows][:, :pad]], 1)
    depression = np.broadcast_to(-elevation[rows][:, None], wide.shape[:2])
    mask, evidence = floor_region(wide, depression, np.arctan(1 / FAR))
    floor = np.ones(rgb.shape[:2], bool)
    floor[rows] = mask[:, pad:pad + width]
    whole = np.ones(rgb.shape[:2], np.float32)
    whole[rows] = evidence[:, pad:pad + width]
    return floor, whole


def _sky(rgb, elevation, walls):
    """(H, W) bool; none unless it reaches the zenith."""
    depression = np.broadcast_to(-elevation[:, None], rgb.shape[:2])
    open_ = (elevation[:, None] > 0) & (walls >= NO_WALL * FAR)[None]
    sky = sky_region(rgb, depression, open_)
    return sky if sky[:len(sky) // 16].mean() > 0.5 else np.zeros_like(sky)


def _range(line, ratio, standing, sky):
    """Distance in camera heights, (RANGE_WIDTH / 2, RANGE_WIDTH)."""
    azimuth, elevation = angles(RANGE_WIDTH, RANGE_WIDTH // 2)
    level = np.cos(elevation)[:, None]
    with np.errstate(divide='ignore'):
        floor = np.where(elevation < 0, -1 / np.sin(elevation), np.inf)[:, None]
        ceiling = np.where(elevation > 0, ratio / np.sin(elevation), np.inf)[:, None]
    size = RANGE_WIDTH, RANGE_WIDTH // 2
    thing = _enlarged(standing, size)
    distance = np.minimum(np.minimum(line.at(azimuth), FAR)[None] / level, floor)
    distance = np.minimum(distance, ceiling)
    if sky.any():
        beyond = cv2.resize(sky.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
        distance = np.where(beyond, np.inf, distance)
    return np.fmin(distance, thing / level)


def _enlarged(reach, size):
    """Ranges at a larger size, (size[1], size[0]): smooth within a thing, NaN around it."""
    nearest = cv2.resize(reach, size, interpolation=cv2.INTER_NEAREST)
    smooth = cv2.resize(reach, size, interpolation=cv2.INTER_LINEAR)
    return np.where(np.abs(smooth / nearest - 1) < 0.1, smooth, nearest)
