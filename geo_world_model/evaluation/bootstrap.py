# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Percentile bootstrap over whole samples (Efron & Tibshirani 1993, section 13.3)."""

import numpy as np

RESAMPLES = 1000
_SEED = 0


def resample_counts(samples, resamples=RESAMPLES):
    """
    How often each sample is drawn in each resample, (resamples, samples) float64.

    Always the same for the same numbers, so that the resamples of several methods are paired.
    """
    # RandomState's streams are frozen: the same draws in every numpy
    drawn = np.random.RandomState(_SEED).randint(0, samples, (resamples, samples))
    counts = np.zeros((resamples, samples))
    np.add.at(counts, (np.arange(resamples)[:, None], drawn), 1)
    return counts


def interval(values, level=0.95):
    """Bounds between which the middle `level` of the values (N,) lies; NaN does not count."""
    values = values[~np.isnan(values)]
    if values.size == 0:
        return float('nan'), float('nan')
    # an interpolation between two infinities has no value
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], method='nearest')
    return float(low), float(high)
