# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A keyframe: one committed contribution to the world, stored as outcomes."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geo_world_model.cache.depth_code import decode_depth
from geo_world_model.errors import WorldFileError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose
from geo_world_model.geometry.view import View

_TILE = 32


@lru_cache(maxsize=16)
def canonical_order(height, width):
    """
    Order in which the pixels of a keyframe become points.

    Tiles of 32 x 32 pixels row by row, and row by row inside a tile, so that neighbours in the
    list are neighbours in space. Returns (H * W,) int64 flat pixel indices.
    """
    return np.argsort(tile_numbers(height, width), kind='stable')


@lru_cache(maxsize=16)
def tile_numbers(height, width):
    """Return the number of the tile that each pixel of an image lies in, (H * W,) int64."""
    row, column = np.divmod(np.arange(height * width), width)
    return (row // _TILE) * ((width + _TILE - 1) // _TILE) + column // _TILE


@dataclass(frozen=True)
class Keyframe:
    """
    The pixels of one view that entered the world.

    rgb (H, W, 3) uint8; depth_code, normal_code (H, W) uint16 (see depth_code, normal_code;
    normals in the camera's frame); provenance (H, W) uint8, 0 where nothing was admitted.
    """

    camera: PinholeCamera
    pose: Pose
    rgb: np.ndarray
    depth_code: np.ndarray
    normal_code: np.ndarray
    provenance: np.ndarray

    def __post_init__(self):
        shape = (self.camera.height, self.camera.width)
        for name, dtype in (('depth_code', np.uint16), ('normal_code', np.uint16),
                            ('provenance', np.uint8)):
            array = getattr(self, name)
            if array.shape != shape or array.dtype != dtype:
                raise WorldFileError(
                    f'keyframe: {name} is {array.dtype} {array.shape}, expected '
                    f'{np.dtype(dtype)} {shape}')
        if self.rgb.shape != shape + (3,) or self.rgb.dtype != np.uint8:
            raise WorldFileError(
                f'keyframe: rgb is {self.rgb.dtype} {self.rgb.shape}, expected uint8 '
                f'{shape + (3,)}')
        if np.any((self.provenance > 0) & (self.depth_code == 0)):
            raise WorldFileError('keyframe: an admitted pixel has no depth')

    @property
    def admitted(self):
        """Number of pixels that entered the world."""
        return int(np.count_nonzero(self.provenance))

    def pixels(self):
        """Flat indices of the admitted pixels in canonical order, (N,) int64."""
        order = canonical_order(*self.provenance.shape)
        return order[self.provenance.reshape(-1)[order] > 0]

    def view(self):
        """Return the keyframe as a view; pixels that were not admitted are unknown."""
        known = self.provenance > 0
        depth = np.where(known, decode_depth(self.depth_code), np.float32(np.nan))
        return View(np.where(known[..., None], self.rgb, np.uint8(0)), depth.astype(np.float32),
                    self.provenance, self.camera, self.pose)

    def __str__(self):
        return (f'{self.admitted} of {self.provenance.size} pixels '
                f'{self.camera.width}x{self.camera.height}')
