# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
VideoGPA's reprojection consistency score, as published and corrected.

Both draw the points of all views into each view and compare colours. As published every view's own
points take part, holes are black and count, and a clip that stands still is perfect. See
seed_systems: arXiv 2601.23286, section 3.2, and its public code.
"""

from itertools import pairwise

import numpy as np

from geo_world_model.evaluation.metrics.drawing import draw_points, points_of
from geo_world_model.evaluation.metrics.poses import rotation_angle

#: Below this motion nothing can be said (metres, with 0.1 m for a radian).
MOTION_FLOOR = 0.02
#: Depths within this share lie on one surface.
SAME_SURFACE = 0.03


def published_consistency(views, perceptual=None, weight=1.0):
    """
    Mean over the views of the squared error of their reprojection, colours 0..1; lower is better.

    views: Views of one place; perceptual: function of two (H, W, 3) uint8 images (LPIPS in the
    paper, weight 1), or None: the error is that of colour alone, and not comparable with numbers
    that have it. Painter's order, one pixel a point, holes black, own points included.
    """
    points, colours = zip(*map(points_of, views))
    points, colours = np.concatenate(points), np.concatenate(colours)
    errors = []
    for view in views:
        drawn, _ = draw_points(points, colours, view.camera, view.pose)
        error = np.mean((drawn.astype(np.float64) - view.rgb) ** 2) / 255 ** 2
        errors.append(error + (weight * perceptual(drawn, view.rgb) if perceptual else 0.0))
    return float(np.mean(errors))


def consistency(views, *, same_surface=SAME_SURFACE, motion_floor=MOTION_FLOOR):
    """
    How well views of one place agree, each against all others.

    views: Views, at least two; same_surface: relative depth; motion_floor: mean motion between
    consecutive views, metres with 0.1 m a radian. Returns

    - `error`: mean squared colour difference, 0..1 units, where another view's point lies on the
      view's own surface: its own points are left out, and holes and hidden places do not count;
    - `contradicted`: share of the drawn pixels where others see something that stands before what
      the view shows;
    - `coverage`: share of all pixels that `error` is about;
    - `motion`, in the same unit as the floor.

    `error` and `contradicted` are NaN below the floor, or where nothing could be compared.
    """
    moved = motion(views)
    clouds = [points_of(view) for view in views]
    squared = compared = drawn_pixels = before = pixels = 0
    for index, view in enumerate(views):
        points = np.concatenate([p for i, (p, _) in enumerate(clouds) if i != index])
        colours = np.concatenate([c for i, (_, c) in enumerate(clouds) if i != index])
        rgb, depth = draw_points(points, colours, view.camera, view.pose)
        drawn = np.isfinite(depth) & ~np.isnan(view.depth)
        with np.errstate(invalid='ignore', divide='ignore'):
            ratio = np.where(drawn, depth / view.depth, np.nan)
            same = np.abs(ratio - 1) <= same_surface
            before += int((ratio < 1 - same_surface).sum())
        squared += float(((rgb[same].astype(np.float64) - view.rgb[same]) ** 2).mean(-1).sum())
        compared += int(same.sum())
        drawn_pixels += int(drawn.sum())
        pixels += depth.size
    usable = moved >= motion_floor
    return {'error': squared / compared / 255 ** 2 if usable and compared else float('nan'),
            'contradicted': before / drawn_pixels if usable and drawn_pixels else float('nan'),
            'coverage': compared / pixels, 'motion': moved}


def motion(views):
    """Mean motion between consecutive views: metres of the centre, with 0.1 m for a radian."""
    if len(views) < 2:
        return 0.0
    matrices = [view.pose.matrix for view in views]
    shifts = [np.linalg.norm(b[:3, 3] - a[:3, 3]) for a, b in pairwise(matrices)]
    turns = rotation_angle(np.stack([a[:3, :3].T @ b[:3, :3] for a, b in pairwise(matrices)]))
    return float(np.mean(shifts) + 0.1 * np.mean(np.radians(turns)))
