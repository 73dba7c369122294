# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The similarity between two sets of corresponding points."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.errors import AlignmentError


@dataclass(frozen=True)
class Similarity:
    """
    The map x -> scale * rotation @ x + translation.

    scale: without unit, > 0; rotation (3, 3) float64, proper; translation (3,) float64, m.
    """

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    def apply(self, points):
        """Map points (..., 3); returns float64 of the same shape."""
        return self.scale * np.asarray(points, np.float64) @ self.rotation.T + self.translation

    def inverse(self):
        """Return the map back."""
        return Similarity(1.0 / self.scale, self.rotation.T,
                          -(self.rotation.T @ self.translation) / self.scale)

    def move(self, matrix):
        """
        Map a camera's pose, (4, 4) camera to world, metres: its place is mapped, its axes turned.

        The depth that the camera sees is `scale` times as large afterwards.
        """
        moved = np.array(matrix, np.float64)
        moved[:3, :3] = self.rotation @ moved[:3, :3]
        moved[:3, 3] = self.apply(moved[:3, 3])
        return moved

    def __str__(self):
        angle = np.degrees(np.arccos(np.clip((np.trace(self.rotation) - 1) / 2, -1, 1)))
        x, y, z = self.translation
        return (f'scale {self.scale:.5f}, rotation {angle:.3f} deg, translation '
                f'({x:.4f}, {y:.4f}, {z:.4f}) m')


def fit_similarity(source, target, *, with_scale=True):
    """
    Least-squares similarity that maps source points onto target points.

    source, target (N, 3) float, metres, N >= 3, row by row the same points; with_scale: False
    keeps the scale at 1. The scale is trace(D S) over the variance of the source, as it is in the
    paper, not a ratio of variances, which noise makes too large. Returns a Similarity.
    AlignmentError for fewer than 3 points, or points on one line.
    Source: Umeyama, PAMI 1991, equations 34 to 42.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 3:
        raise AlignmentError(f'points of shapes {source.shape} and {target.shape}: expected two '
                             'of the same (N, 3)')
    if len(source) < 3:
        raise AlignmentError(f'{len(source)} points: a similarity needs at least 3')
    if not (np.isfinite(source).all() and np.isfinite(target).all()):
        raise AlignmentError('a point is not finite')
    middle, target_middle = source.mean(0), target.mean(0)
    ours, theirs = source - middle, target - target_middle
    u, strengths, vt = np.linalg.svd(theirs.T @ ours / len(source))
    if strengths[1] <= 1e-9 * max(strengths[0], 1e-300):
        raise AlignmentError('the points lie on one line: nothing fixes the rotation about it')
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * signs) @ vt
    scale = float(strengths @ signs / np.mean(np.sum(ours ** 2, 1))) if with_scale else 1.0
    return Similarity(scale, rotation, target_middle - scale * rotation @ middle)
