# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether depth jumps where the true depth does."""

import cv2
import numpy as np

_CAP_PX = 10.0


def edge_accuracy(depth, truth, mask=None, jump=1.1):
    """
    Distances between the depth edges of an answer and the true ones, pixels.

    depth, truth (H, W) float, metres, +Inf beyond range; mask (H, W) bool: the pixels that count
    (default all); jump: ratio of neighbouring depths that makes an edge. Returns `accuracy`: mean
    distance of the answer's edges to the nearest true one; `completeness`: mean distance of the
    true ones to the nearest of the answer's; each distance at most 10 px; and `edges`,
    `true_edges` (pixels). NaN without edges on the side that is asked.
    Source: Koch et al., ECCV Workshops 2018 (depth boundary errors), with ratios for edges.
    """
    known = np.ones(depth.shape, bool) if mask is None else mask
    known = known & ~np.isnan(depth) & ~np.isnan(truth) & (depth > 0) & (truth > 0)
    ours, theirs = _edges(depth, known, jump), _edges(truth, known, jump)
    return {'accuracy': _mean_distance(ours, theirs), 'completeness': _mean_distance(theirs, ours),
            'edges': int(ours.sum()), 'true_edges': int(theirs.sum())}


def _edges(depth, known, jump):
    """The nearer pixel of every two neighbours whose depths differ by more than `jump`."""
    edge = np.zeros(depth.shape, bool)
    # beyond range is far from everything, and level with itself
    depth = np.where(known, np.minimum(np.nan_to_num(depth, nan=1.0, posinf=1e6), 1e6), np.nan)
    for axis in (0, 1):
        first = [slice(None), slice(None)]
        second = [slice(None), slice(None)]
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        first, second = tuple(first), tuple(second)
        with np.errstate(invalid='ignore'):
            edge[first] |= depth[second] > jump * depth[first]
            edge[second] |= depth[first] > jump * depth[second]
    return edge


def _mean_distance(source, target):
    if not source.any():
        return float('nan')
    if not target.any():
        return _CAP_PX
    distance = cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2,
                                     cv2.DIST_MASK_PRECISE)
    return float(np.minimum(distance[source], _CAP_PX).mean())
