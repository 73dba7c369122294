# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A measured keyframe with the plane of each of its pixels: what textures are made from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.geometry.view import UNKNOWN, View


@dataclass(frozen=True, eq=False)
class Source:
    """view: measured, any size. surface: (H, W) int16, index of the plane of each pixel, -1: none.
    content: a digest of all of the view; without it one is made when it is needed.

    Raises GeneratorError when surface is not of the view's size.
    """

    view: View
    surface: np.ndarray
    content: bytes = b''

    def __post_init__(self) -> None:
        expected = self.view.depth.shape
        if np.shape(self.surface) != expected or self.surface.dtype != np.int16:
            raise GeneratorError(f'surface of a source is {self.surface.dtype} '
                                 f'{np.shape(self.surface)}: expected int16 {expected}')

    def shows(self, index: int) -> np.ndarray:
        """(H, W) bool: pixels of a plane whose colour and depth are known."""
        return (self.surface == index) & self._known

    @cached_property
    def _known(self):
        view = self.view
        return (view.provenance != UNKNOWN) & np.isfinite(view.depth) & (view.depth > 0)

    def digest(self) -> bytes:
        """Of the picture and of where it was taken, without the numbers of the planes."""
        if self.content:
            return self.content
        view = self.view
        digest = blake2b(digest_size=16)
        for part in (view.rgb, view.depth, view.provenance, view.pose.matrix):
            digest.update(np.ascontiguousarray(part))
        digest.update(repr(view.camera).encode())
        return digest.digest()
