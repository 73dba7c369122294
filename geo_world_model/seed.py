# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""From a photograph, with or without measured depth, to the keyframe that starts a world."""

import cv2
import numpy as np

from geo_world_model.cache.depth_code import encode_depth, FARTHEST, NEAREST
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.cache.normal_code import encode_normals
from geo_world_model.errors import SeedError
from geo_world_model.generators.tilt import estimate_tilt
from geo_world_model.geometry.completion import extrapolate_depth
from geo_world_model.geometry.edges import depth_edges
from geo_world_model.geometry.normals import normals_from_depth
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED, OBSERVED

#: A first camera that was held this near to level was held level (radians).
NEARLY_LEVEL = 0.03


def check_seed(rgb, camera, depth=None):
    """
    Raise SeedError unless a seed can start a world.

    rgb (H, W, 3) uint8; camera: PinholeCamera of that size; depth (H, W) float, metres, or None.
    """
    size = f'{camera.width}x{camera.height}'
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise SeedError(f'the seed image is {rgb.dtype} {rgb.shape}: expected (H, W, 3) uint8')
    if rgb.shape[:2] != (camera.height, camera.width):
        raise SeedError(f'the seed image is {rgb.shape[1]}x{rgb.shape[0]}, its camera {size}')
    if depth is None:
        return
    if depth.shape != rgb.shape[:2]:
        raise SeedError(f'the seed depth is {depth.shape[1]}x{depth.shape[0]}: expected {size} as '
                        'the image; register the depth to the image first')
    usable = np.isfinite(depth) & (depth >= NEAREST) & (depth <= FARTHEST)
    if np.count_nonzero(usable) < max(16, 0.001 * depth.size):
        raise SeedError(
            f'the seed depth has {np.count_nonzero(usable)} pixels between {NEAREST} m and '
            f'{FARTHEST:.0f} m: it is all but empty. Check its scale (metres, or --depth-scale '
            '1000 for millimetres), or leave it out and give --camera-height.')


def shrink_seed(rgb, camera, depth, most_pixels):
    """Scale a seed down to at most `most_pixels`: colour by area, depth by nearest."""
    pixels = camera.width * camera.height
    if pixels <= most_pixels:
        return rgb, camera, depth
    scale = (most_pixels / pixels) ** 0.5
    size = int(camera.width * scale), int(camera.height * scale)
    rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    if depth is not None:
        depth = cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST)
    return rgb, camera.scaled(*size), depth


def first_pose(rgb, camera, camera_height, level=False):
    """
    Pose of a first seed that came without one: at (0, 0, camera_height), looking along +x.

    It is held as the upright edges of the photograph say, when they agree and say more than
    nearly level; level: whatever they say. SeedError for a height that cannot be.
    """
    if not 0 < camera_height < 1000:
        raise SeedError(f'camera height {camera_height} m: expected more than 0 m')
    pose = Pose.level(camera_height)
    if level:
        return pose
    tilt = estimate_tilt(rgb, camera)
    if max(abs(tilt.pitch), abs(tilt.roll)) < NEARLY_LEVEL:
        return pose
    matrix = pose.matrix
    matrix[:3, :3] = tilt.rotation
    return Pose.from_matrix(matrix)


def measured_keyframe(rgb, depth, camera, pose):
    """
    Keyframe of an RGB-D seed.

    depth (H, W) float32 metres, NaN: not measured, +Inf: measured as beyond range. Where depth is
    missing, or flies between two surfaces at an edge, it is continued from the nearest measured
    plane and marked as lifted.
    """
    with np.errstate(invalid='ignore'):
        usable = depth >= NEAREST
        depth = np.where(depth > FARTHEST, np.float32(np.inf), depth)
    depth = np.where(usable, depth, np.float32(np.nan)).astype(np.float32)
    measured = usable & ~depth_edges(depth)
    depth, _ = extrapolate_depth(np.where(measured, depth, np.float32(np.nan)), smooth=False)
    depth = np.maximum(depth, np.float32(NEAREST))
    provenance = np.where(measured, OBSERVED, LIFTED).astype(np.uint8)
    return make_keyframe(rgb, depth, provenance, camera, pose)


def make_keyframe(rgb, depth, provenance, camera, pose):
    """
    Keyframe of a completed view: codes of its depth and of the normals of its surfaces.

    rgb (H, W, 3) uint8; depth (H, W) float32, metres or +Inf; provenance (H, W) uint8: what is
    admitted, as what.
    """
    code = encode_depth(depth)
    normals = encode_normals(normals_from_depth(depth, camera))
    provenance = np.where(code > 0, provenance, 0).astype(np.uint8)
    return Keyframe(camera, pose, np.ascontiguousarray(rgb), code, normals, provenance)
