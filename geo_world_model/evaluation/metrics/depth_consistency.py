# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the depths of consecutive views agree (MVCS)."""

import numpy as np

from geo_world_model.evaluation.metrics.drawing import points_of


def depth_consistency(views, relative=False):
    """
    Multi-view consistency of depth, 0..1, 1 when every view's depth is that of the next one.

    views: Views, at least two. The score is exp(-m), m the mean over consecutive pairs of the mean
    squared difference of each pixel's depth carried into the next view and the depth there, which
    is interpolated between four pixels. relative: differences in units of the next view's own
    median depth; as published they are in metres, so that a world of twice the size scores less,
    which `relative` removes. Returns `score` and `coverage` (share of the first view's pixels that
    were compared); NaN when nothing was.
    Source: VideoGPA, arXiv 2601.23286, section 4, and its code: every pixel that falls into the
    next view counts, also behind what stands there: what is hidden is not told from what is wrong.
    Here pixels next to one without depth do not count.
    """
    errors, shares = [], []
    for first, second in zip(views, views[1:]):
        carried, there = _carried(first, second)
        shares.append(len(carried) / first.depth.size)
        if len(carried):
            unit = float(np.median(there)) if relative else 1.0
            errors.append(float(np.mean(((carried - there) / unit) ** 2)))
    score = float(np.exp(-np.mean(errors))) if errors else float('nan')
    return {'score': score, 'coverage': float(np.mean(shares)) if shares else float('nan')}


def _carried(first, second):
    """Depths (N,) of the first view's pixels seen from the second, and what it says there."""
    points, _ = points_of(first)
    matrix, camera = second.pose.matrix, second.camera
    seen = (points - matrix[:3, 3]) @ matrix[:3, :3]
    seen = seen[seen[:, 2] > 1e-3]
    column = camera.fx * seen[:, 0] / seen[:, 2] + camera.cx
    row = camera.fy * seen[:, 1] / seen[:, 2] + camera.cy
    inside = ((column >= 0) & (column <= camera.width - 1)
              & (row >= 0) & (row <= camera.height - 1))
    depth = np.where(second.depth > 0, second.depth, np.nan)
    there = _between_pixels(depth, row[inside], column[inside])
    known = np.isfinite(there)
    return seen[inside, 2][known], there[known]


def _between_pixels(image, row, column):
    """Bilinear values of an image (H, W) at rows and columns (N,) inside of it, float64."""
    top = np.minimum(row.astype(np.int64), image.shape[0] - 2)
    left = np.minimum(column.astype(np.int64), image.shape[1] - 2)
    down, right = row - top, column - left
    image = image.astype(np.float64)
    # a pixel that has no part does not make the others unknown
    parts = [(image[top + i, left + j], (down if i else 1 - down) * (right if j else 1 - right))
             for i in (0, 1) for j in (0, 1)]
    with np.errstate(invalid='ignore'):
        return sum(np.where(share > 0, value * share, 0.0) for value, share in parts)
