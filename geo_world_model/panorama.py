# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A panorama as the seed of a world: six views of one place, committed as one start."""

from math import radians, tan

import numpy as np

from geo_world_model import seed
from geo_world_model.cache.depth_code import FARTHEST, NEAREST
from geo_world_model.cache.keyframe import Keyframe
from geo_world_model.errors import SeedError
from geo_world_model.generators.panorama.layout import lift_panorama
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.equirectangular import (
    check_equirectangular, perspective_colour, perspective_depth)
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import LIFTED

#: Half the field of view of a face, and of what is looked at around it: holes of the depth and
#: normals at a face's border are judged with their surroundings.
HALF_FIELD = radians(45)
HALF_CONTEXT = radians(55)
#: Pixels by which neighbouring faces overlap to either side, so that no gap is left between them.
OVERLAP = 2
#: Smallest face, and largest that is chosen without being asked for, pixels.
SMALLEST_FACE, LARGEST_FACE = 32, 768
MOST_FACE = 2048

_AHEAD, _LEFT, _UP = np.eye(3)
#: Rotations (right, down, forward as columns) of the faces: around the horizon, down, up.
_FACES = [np.stack(axes, 1) for axes in (
    (-_LEFT, -_UP, _AHEAD), (_AHEAD, -_UP, _LEFT), (_LEFT, -_UP, -_AHEAD), (-_AHEAD, -_UP, -_LEFT),
    (-_LEFT, -_AHEAD, -_UP), (-_LEFT, _AHEAD, _UP))]


def seed_panorama(world, rgb, reach=None, *, camera_height=1.2, heading=0.0, face_size=None,
                  stamp_ns=0):
    """
    Start a world from an equirectangular picture of a level camera at (0, 0, camera_height).

    world: an empty World; rgb (H, W, 3) uint8, W = 2 H; reach (H, W) float32: distance of every
    pixel from the camera, metres, NaN: not measured, +Inf: beyond range, or None: the layout of
    the place is estimated from the picture; heading: direction of the picture's centre, radians
    counterclockwise from world +x; face_size: pixels along a side of the six views, default twice
    the panorama's own resolution, at most 768. All six are seeds of one revision; what one has
    committed is left out of the next. Returns their operation numbers. SeedError, ImageError.
    """
    _check(world, rgb, reach, camera_height, heading)
    size = _face_size(face_size, rgb.shape[1])
    measured = reach is not None
    if not measured:
        reach = lift_panorama(rgb, camera_height)
    faces = (_face(rgb, reach, measured, size, rotation, camera_height, heading)
             for rotation in _FACES)
    return [_commit(world, face, stamp_ns) for face in faces]


def _check(world, rgb, reach, camera_height, heading):
    if not world.is_empty:
        raise SeedError('a panorama starts a world, and this one has a seed already: give a new '
                        'WORLD.gwm, or add a view with --rgb, --intrinsics and --pose')
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise SeedError(f'the panorama is {rgb.dtype} {rgb.shape}: expected (H, W, 3) uint8')
    check_equirectangular(rgb)
    if not 0.05 <= camera_height <= 100:
        raise SeedError(f'camera height {camera_height} m: expected 0.05 to 100 m')
    if not np.isfinite(heading):
        raise SeedError(f'heading {heading}: expected a finite angle')
    if reach is None:
        return
    if reach.shape != rgb.shape[:2]:
        raise SeedError(f'the depth of the panorama is {reach.shape[1]}x{reach.shape[0]}: '
                        f'expected {rgb.shape[1]}x{rgb.shape[0]} as the picture')
    usable = np.count_nonzero((reach >= NEAREST) & (reach <= FARTHEST))
    if usable < 0.01 * reach.size:
        raise SeedError(
            f'the depth of the panorama has {usable} pixels between {NEAREST} m and '
            f'{FARTHEST:.0f} m: it is all but empty. Check its scale (--depth-scale 1000 for '
            'millimetres), or leave it out.')


def _face_size(size, width):
    if size is None:
        return int(np.clip(round(2 * width / np.pi), SMALLEST_FACE, LARGEST_FACE))
    if not SMALLEST_FACE <= size <= MOST_FACE:
        raise SeedError(f'faces of {size} pixels: expected {SMALLEST_FACE} to {MOST_FACE}')
    return int(size)


def _face(rgb, reach, measured, size, rotation, camera_height, heading):
    """Keyframe of one face, judged within its surroundings."""
    focal = size / 2 / tan(HALF_FIELD)
    margin = round(focal * tan(HALF_CONTEXT) - size / 2)
    wide = _square_camera(focal, size + 2 * margin)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[2, 3] = camera_height
    pose = Pose.from_matrix(matrix)
    colour = perspective_colour(rgb, wide, rotation, heading)
    depth = perspective_depth(reach, wide, rotation, heading)
    if measured:
        keyframe = seed.measured_keyframe(colour, depth, wide, pose)
    else:
        depth = np.maximum(depth, np.float32(NEAREST))
        keyframe = seed.make_keyframe(colour, depth, np.full(depth.shape, LIFTED, np.uint8), wide,
                                      pose)
    return _middle(keyframe, margin - OVERLAP)


def _middle(keyframe, border):
    """Cut `border` pixels off every side of a square keyframe."""
    size = keyframe.camera.width - 2 * border
    inner = slice(border, border + size)
    images = (np.ascontiguousarray(getattr(keyframe, name)[inner, inner])
              for name in ('rgb', 'depth_code', 'normal_code', 'provenance'))
    return Keyframe(_square_camera(keyframe.camera.fx, size), keyframe.pose, *images)


def _square_camera(focal, size):
    return PinholeCamera(focal, focal, (size - 1) / 2, (size - 1) / 2, size, size)


def _commit(world, keyframe, stamp_ns):
    """Commit what the views before have left unknown."""
    provenance = keyframe.provenance
    if not world.is_empty:
        known = world.cache.render(keyframe.camera, keyframe.pose).provenance > 0
        # of a face only its rim can be known already; a hole in it may not stop at a stray pixel
        provenance = np.where(known, 0, provenance).astype(np.uint8)
    keyframe = Keyframe(keyframe.camera, keyframe.pose, keyframe.rgb, keyframe.depth_code,
                        keyframe.normal_code, provenance)
    return world.cache.commit('seed', keyframe, world.revision, stamp_ns)
