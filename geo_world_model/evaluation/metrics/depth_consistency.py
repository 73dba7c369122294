# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the depths of consecutive views agree (MVCS)."""

import numpy as np

from geo_world_model.evaluation.metrics.drawing import draw_points, points_of


def depth_consistency(views, relative=False):
    """
    Multi-view consistency of depth, 0..1, 1 when every view's depth is that of the next one.

    views: Views, at least two. The score is exp(-m), m the mean over consecutive pairs of the mean
    squared difference of the depth carried into the next view and its own. relative: differences
    in units of the view's own median depth; as published they are in metres, so that a world of
    twice the size scores less, which `relative` removes. Returns `score` and `coverage` (share of
    pixels that were compared); NaN when nothing was.
    Source: VideoGPA, arXiv 2601.23286, section 4; what is hidden is not told from what is wrong.
    """
    errors, shares = [], []
    for first, second in zip(views, views[1:]):
        _, carried = draw_points(*points_of(first), second.camera, second.pose)
        both = np.isfinite(carried) & np.isfinite(second.depth) & (second.depth > 0)
        shares.append(float(both.mean()))
        if both.any():
            unit = float(np.median(second.depth[both])) if relative else 1.0
            errors.append(float(np.mean(((carried[both] - second.depth[both]) / unit) ** 2)))
    score = float(np.exp(-np.mean(errors))) if errors else float('nan')
    return {'score': score, 'coverage': float(np.mean(shares)) if shares else float('nan')}
