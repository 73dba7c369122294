# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What closed pixels are kept as, when they become points."""

import cv2
import numpy as np

from geo_world_model.cache.closure import nearest_known
from geo_world_model.cache.depth_code import FARTHEST

#: A closed pixel is kept as the farthest surface within this distance (pixels), among those whose
#: depth is at least this share of it.
_BESIDE, _SAME_DEPTH = 3, 0.9


def background(rendering):
    """
    Return rgb and depth of a Rendering, closed pixels from the farthest surface beside them.

    What opens beside a thing lies behind it, and a hole closed with the thing itself would make it
    grow into space that other views have seen.
    """
    closed, rgb, depth = rendering.closed, rendering.rgb, rendering.depth
    if not closed.any():
        return rgb, depth
    known = (rendering.provenance > 0) & ~closed
    reach = np.where(known, np.minimum(depth, np.float32(FARTHEST)), np.float32(0))
    farthest = cv2.dilate(reach, np.ones((2 * _BESIDE + 1, 2 * _BESIDE + 1), np.uint8))
    behind = known & (reach > _SAME_DEPTH * farthest)
    target = np.flatnonzero(closed).astype(np.int32)
    origin = np.full(target.size, -1, np.int32)
    nearest_known(behind.astype(np.uint8).reshape(-1), closed.shape[1], closed.shape[0], target,
                  origin)
    target, origin = target[origin >= 0], origin[origin >= 0]
    rgb, depth = rgb.copy(), depth.copy()
    rgb.reshape(-1, 3)[target] = rgb.reshape(-1, 3)[origin]
    depth.reshape(-1)[target] = depth.reshape(-1)[origin]
    return rgb, depth
