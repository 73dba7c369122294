# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Depth edges: where a depth camera invents points between two surfaces."""

import numpy as np


def depth_edges(depth, window=5, threshold=0.05):
    """
    Find pixels at depth discontinuities, and those that fly between two surfaces.

    depth (H, W) float, metres, NaN unknown, +Inf beyond range; window: pixels; threshold: relative
    jump. Returns (H, W) bool. GEN3C (section 5.2) bounds the relative range of depth in a window,
    which also drops floors towards the horizon; here the departure of inverse depth from a
    straight line is bounded instead, which is zero on every plane, however slanted.
    """
    reach = window // 2
    with np.errstate(divide='ignore', invalid='ignore'):
        inverse = 1.0 / np.asarray(depth, np.float64)
    padded = np.pad(inverse, reach, constant_values=np.nan)
    height, width = inverse.shape

    def shifted(dv, du):
        return padded[reach + dv:reach + dv + height, reach + du:reach + du + width]

    edge = np.zeros(inverse.shape, bool)
    for dv, du in ((0, reach), (reach, 0), (reach, reach), (reach, -reach)):
        before, after = shifted(-dv, -du), shifted(dv, du)
        with np.errstate(invalid='ignore'):
            bend = np.abs(before + after - 2.0 * inverse)
            edge |= bend > threshold * np.fmax(inverse, np.fmax(before, after))
    return edge & ~np.isnan(inverse)
