# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A view: what one camera sees of a world, and where each pixel comes from."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.errors import ImageError
from geo_world_model.geometry.camera import PinholeCamera
from geo_world_model.geometry.pose import Pose

#: Provenance of a pixel: the lower known number is trusted more.
UNKNOWN, OBSERVED, LIFTED, GENERATED = 0, 1, 2, 3
_NAMES = {OBSERVED: 'observed', LIFTED: 'lifted', GENERATED: 'generated', UNKNOWN: 'unknown'}


@dataclass(frozen=True, eq=False)
class View:
    """
    RGB, depth and provenance at a pose.

    rgb (H, W, 3) uint8; depth (H, W) float32: metres along the optical axis, NaN nothing known,
    +Inf sky or beyond range; provenance (H, W) uint8: 0 unknown, 1 observed (colour and depth
    measured), 2 lifted (colour observed, depth estimated), 3 generated. ImageError otherwise.
    """

    rgb: np.ndarray
    depth: np.ndarray
    provenance: np.ndarray
    camera: PinholeCamera
    pose: Pose

    def __post_init__(self):
        shape = (self.camera.height, self.camera.width)
        for name, expected, dtype in (('rgb', shape + (3,), np.uint8),
                                      ('depth', shape, np.float32),
                                      ('provenance', shape, np.uint8)):
            array = getattr(self, name)
            if not isinstance(array, np.ndarray) or array.shape != expected \
                    or array.dtype != dtype:
                found = (f'{array.dtype} {array.shape}' if isinstance(array, np.ndarray)
                         else type(array).__name__)
                raise ImageError(f'{name} of a view is {found}: expected {np.dtype(dtype)} '
                                 f'{expected}')
        if self.provenance.max() > GENERATED:
            raise ImageError('provenance of a view holds a number above 3')

    @property
    def coverage(self):
        """Share of the pixels that are known."""
        return float(np.count_nonzero(self.provenance)) / self.provenance.size

    def shares(self):
        """Share of the pixels that are observed, lifted, generated, unknown, by name."""
        counts = np.bincount(self.provenance.reshape(-1), minlength=4)
        return {name: float(counts[number]) / self.provenance.size
                for number, name in _NAMES.items()}

    def __str__(self):
        shares = ', '.join(f'{name} {share:.1%}' for name, share in self.shares().items() if share)
        return f'view {self.camera.width}x{self.camera.height} at {self.pose}: {shares}'
