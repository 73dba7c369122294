# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures at a model's own size: scaled evenly and padded, never stretched, and back again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.geometry.camera import PinholeCamera


@dataclass(frozen=True)
class Frame:
    """Where a (width, height) picture lies in a padded one of `size` (width, height), pixels.

    inner: (width, height) of the scaled picture; left, top: its corner.
    """

    picture: tuple[int, int]
    size: tuple[int, int]
    inner: tuple[int, int]
    left: int
    top: int

    @classmethod
    def around(cls, picture: tuple[int, int], size: tuple[int, int]) -> Frame:
        """Centre a picture in `size`, as large as fits; GeneratorError when nothing would."""
        scale = min(size[0] / picture[0], size[1] / picture[1])
        inner = tuple(min(full, round(side * scale)) for side, full in zip(picture, size))
        if min(inner) < 1:
            raise GeneratorError(f'a picture of {picture[0]}x{picture[1]} pixels does not fit '
                                 f'into {size[0]}x{size[1]}: expected a larger working size')
        return cls(picture, size, inner, (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)

    def pad(self, image: np.ndarray) -> np.ndarray:
        """Scale (H, W[, 3]) into the frame; the border goes on with its outermost pixels."""
        smaller = self.inner[0] < self.picture[0]
        inner = cv2.resize(image, self.inner,
                           interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        right = self.size[0] - self.inner[0] - self.left
        bottom = self.size[1] - self.inner[1] - self.top
        return cv2.copyMakeBorder(inner, self.top, bottom, self.left, right,
                                  cv2.BORDER_REPLICATE)

    def pad_mask(self, mask: np.ndarray) -> np.ndarray:
        """Scale (H, W) bool: whatever a True pixel touches is True; the border is False."""
        inner = self.pad(mask.astype(np.float32)) > 1e-4
        result = np.zeros_like(inner)
        rows = slice(self.top, self.top + self.inner[1])
        columns = slice(self.left, self.left + self.inner[0])
        result[rows, columns] = inner[rows, columns]
        return result

    def camera(self, camera: PinholeCamera) -> PinholeCamera:
        """Return the camera of the padded picture, integer pixel centres as everywhere."""
        inner = camera.scaled(*self.inner)
        return PinholeCamera(inner.fx, inner.fy, inner.cx + self.left, inner.cy + self.top,
                             *self.size)

    def crop(self, image: np.ndarray, enlarging: int = cv2.INTER_CUBIC) -> np.ndarray:
        """Cut the picture out of a padded image and scale it to its own size.

        enlarging: OpenCV's interpolation where it grows; cubic goes beyond the values it is given.
        """
        inner = image[self.top:self.top + self.inner[1], self.left:self.left + self.inner[0]]
        larger = self.inner[0] > self.picture[0]
        return cv2.resize(np.ascontiguousarray(inner), self.picture,
                          interpolation=cv2.INTER_AREA if larger else enlarging)
