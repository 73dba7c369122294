# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Distance of two sets of pictures by the Gaussians of their features (FID's formula)."""

import numpy as np


def frechet_distance(features, others):
    """
    Squared Frechet distance of the Gaussians fitted to two sets of features.

    features (N, D), others (M, D) float, N, M >= 2: |a - b|^2 + tr(A + B - 2 (A B)^(1/2)) of their
    means and covariances. It is biased upwards by about 1 / N: only sets of the same size may be
    compared, and sets smaller than D say little.
    Source: Heusel et al., NeurIPS 2017; Dowson and Landau, 1982.
    """
    features, others = (np.asarray(f, np.float64) for f in (features, others))
    if min(len(features), len(others)) < 2:
        return float('nan')
    difference = features.mean(0) - others.mean(0)
    ours, theirs = (np.atleast_2d(np.cov(f, rowvar=False)) for f in (features, others))
    # (A B)^(1/2) has the trace of (A^(1/2) B A^(1/2))^(1/2), which is symmetric
    root = _root(ours)
    values = np.linalg.eigvalsh(root @ theirs @ root)
    both = np.sqrt(np.maximum(values, 0)).sum()
    return float(difference @ difference + np.trace(ours) + np.trace(theirs) - 2 * both)


def _root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
