# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How far a painted frame has drifted from the view it was asked for, by what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: A frame that moved farther (share of its width), or correlates less, shows another place.
FARTHEST, LEAST = 0.06, 0.3
#: Fewer known pixels (share of the view) say nothing about where a frame is.
_FEWEST = 0.02


@dataclass(frozen=True)
class Drift:
    """right, down: px that the painted frame lies from what is known. agreement: correlation of
    brightness after that, 0..1; 0 where nothing could be compared."""

    right: float
    down: float
    agreement: float

    @property
    def usable(self) -> bool:
        """Whether the frame shows the view it was asked for."""
        return self.agreement >= LEAST

    def to_note(self) -> np.ndarray:
        """Return what an operation keeps: (3,) float32."""
        return np.array([self.right, self.down, self.agreement], np.float32)

    def undone(self, painted: np.ndarray) -> np.ndarray:
        """Move a painted frame (H, W, 3) uint8 back to where it should be."""
        matrix = np.float32([[1, 0, -self.right], [0, 1, -self.down]])
        return cv2.warpAffine(painted, matrix, painted.shape[1::-1], flags=cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_REPLICATE)


def measure_drift(painted: np.ndarray, known: np.ndarray, mask: np.ndarray) -> Drift:
    """Compare a painted frame with the known pixels of its view.

    painted, known: (H, W, 3) uint8, known without holes: pixels beside the mask are blurred in;
    mask: (H, W) bool, what of it is known. The shift that correlates best, from
    none on (enhanced correlation coefficient, Evangelidis and Psarakis 2008).
    """
    if mask.mean() < _FEWEST:
        return Drift(0.0, 0.0, 0.0)
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
            for image in (painted, known)]
    shift = np.eye(2, 3, dtype=np.float32)
    try:
        agreement, shift = cv2.findTransformECC(
            *grey, shift, cv2.MOTION_TRANSLATION,
            (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5),
            mask.astype(np.uint8) * 255, 5)
    except cv2.error:  # nothing correlates, or a picture without contrast
        return Drift(0.0, 0.0, 0.0)
    right, down = float(-shift[0, 2]), float(-shift[1, 2])
    if not np.isfinite([right, down, agreement]).all() \
            or max(abs(right), abs(down)) > FARTHEST * mask.shape[1]:
        return Drift(0.0, 0.0, 0.0)
    return Drift(right, down, float(np.clip(agreement, 0, 1)))
