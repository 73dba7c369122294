# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What a depth estimator says of a picture, before it is brought to the metres of the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from geo_world_model.errors import GeneratorError
from geo_world_model.geometry.camera import PinholeCamera

#: What the values of an Estimate are.
METRES, INVERSE, AFFINE = 'metres', 'inverse', 'affine'


@dataclass(frozen=True, eq=False)
class Estimate:
    """values (H, W) float32. kind: METRES along the optical axis; INVERSE = inverse depth up to
    scale and shift (larger is nearer); AFFINE = depth up to scale and shift. spread (H, W)
    float32 or None: standard deviation of the values as the model says, in their own unit.
    """

    values: np.ndarray
    kind: str
    spread: np.ndarray | None = None


@runtime_checkable
class Estimator(Protocol):
    """What another package offers as a depth estimator; the rest is done for it (docs/plugins.md).

    It may have ``cancel()``, as a generator has.
    """

    def estimate(self, rgb: np.ndarray, depth: np.ndarray, camera: PinholeCamera,
                 noise_seed: int) -> Estimate:
        """Estimate the depth of a picture.

        rgb (H, W, 3) uint8; depth (H, W) float32, metres: what is known of it, NaN elsewhere, for
        models that take a prompt; camera: integer pixel centres.
        """


def check_estimate(name: str, estimate: Estimate, shape: tuple[int, int]) -> None:
    """Raise GeneratorError unless an estimator's result is an Estimate of a picture's shape."""
    if not isinstance(estimate, Estimate) or estimate.kind not in (METRES, INVERSE, AFFINE):
        raise GeneratorError(f'{name} gave {estimate!r:.80}: expected an Estimate of kind '
                             f'{METRES}, {INVERSE} or {AFFINE}')
    for part in ('values', 'spread'):
        array = getattr(estimate, part)
        if array is None and part == 'spread':
            continue
        if not isinstance(array, np.ndarray) or array.shape != shape \
                or array.dtype != np.float32 or not np.isfinite(array).all():
            raise GeneratorError(f'the {part} of {name} are not finite float32 of shape {shape}')
