# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a view: what the seeds know of it, and holes by their distance to that."""

import cv2
import numpy as np

from geo_world_model.geometry.view import GENERATED, UNKNOWN

#: Holes up to so far from the known are its rim (px).
RIM = 10
ZONES = ('all', 'known', 'holes', 'rim', 'beyond')


def zones(rendering):
    """
    Name -> mask (H, W) bool of the parts of a view.

    rendering: View of what the seeds alone show. Cracks that the closing rule fills are known to
    nobody and belong to the holes.
    """
    hole = (rendering.provenance == UNKNOWN) | (rendering.provenance == GENERATED)
    away = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return dict(zip(ZONES, (np.ones_like(hole), ~hole, hole, hole & (away <= RIM), away > RIM)))
