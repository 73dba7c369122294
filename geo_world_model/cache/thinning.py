# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""A part of the live points of a cloud of any size, in little memory."""

import numpy as np

from geo_world_model.cache.blocks import PLACE, RECORD, RETIRED


def thinned(cloud, most):
    """
    At most `most` live surface points of a PointCloud: every n-th in canonical order.

    Returns xyz (N, 3) float32 metres, rgb (N, 3) uint8, provenance (N,) uint8. The cloud is gone
    through part by part; the memory is that of the result and of one part.
    """
    step = max(1, -(-cloud.live_count // max(1, most)))
    before, xyz, rgb, provenance = 0, [], [], []
    for live in cloud.live_parts((PLACE, RECORD, RETIRED)):
        points = cloud.surfaces
        chosen = live[-before % step::step]
        before += live.size
        xyz.append(np.stack([points.x[chosen], points.y[chosen], points.z[chosen]], 1))
        colour = points.record['colour'][chosen]
        rgb.append(np.stack([colour >> 16, colour >> 8, colour], 1).astype(np.uint8))
        provenance.append((colour >> 24).astype(np.uint8))
    return (np.concatenate([np.empty((0, 3), np.float32), *xyz]),
            np.concatenate([np.empty((0, 3), np.uint8), *rgb]),
            np.concatenate([np.empty(0, np.uint8), *provenance]))
