# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How a point cloud covers a true one."""

import numpy as np


def cloud_distances(cloud, truth, threshold):
    """
    Distances of two point clouds to each other.

    cloud (N, 3), truth (M, 3) float, metres, one frame (nothing is aligned here); threshold: m.
    Returns `accuracy`: mean distance from cloud to truth, `completeness`: from truth to cloud,
    `chamfer`: their mean, `precision` and `recall`: shares within the threshold, `f_score`: their
    harmonic mean, and `threshold`. NaN when a side is empty, but recall, precision and score are
    then 0: nothing was reconstructed. Dense places weigh more: thin both clouds alike first.
    Source: Knapitsch et al., Tanks and Temples, SIGGRAPH 2017, section 4.
    """
    cloud, truth = _finite(cloud), _finite(truth)
    if not len(cloud) or not len(truth):
        nan = float('nan')
        return {'accuracy': nan, 'completeness': nan, 'chamfer': nan, 'precision': 0.0,
                'recall': 0.0, 'f_score': 0.0, 'threshold': float(threshold)}
    there, back = _nearest(cloud, truth), _nearest(truth, cloud)
    precision, recall = float(np.mean(there < threshold)), float(np.mean(back < threshold))
    both = precision + recall
    return {'accuracy': float(there.mean()), 'completeness': float(back.mean()),
            'chamfer': float((there.mean() + back.mean()) / 2),
            'precision': precision, 'recall': recall,
            'f_score': 2 * precision * recall / both if both else 0.0,
            'threshold': float(threshold)}


def thin(points, voxel):
    """
    One point, their mean, for each voxel that holds some.

    points (N, 3) float, metres; voxel: side, metres. Returns (M, 3) float64, in the order of the
    voxels. So that a place counts once, however often it was looked at.
    """
    points = _finite(points)
    if not len(points):
        return points
    cells = np.floor(points / voxel).astype(np.int64)
    cells -= cells.min(0)
    span = cells.max(0) + 1
    if np.prod(span.astype(np.float64)) < 2.0 ** 62:
        # one number a voxel sorts ten times as fast as three
        cells = (cells[:, 0] * span[1] + cells[:, 1]) * span[2] + cells[:, 2]
    _, member, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    member = member.reshape(-1)
    return np.stack([np.bincount(member, points[:, axis]) for axis in range(3)], 1) \
        / count[:, None]


def _finite(points):
    points = np.asarray(points, np.float64).reshape(-1, 3)
    return points[np.isfinite(points).all(1)]


def _nearest(points, others):
    from scipy.spatial import cKDTree
    return cKDTree(others).query(points, workers=-1)[0]
