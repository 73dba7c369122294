# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The period of a pattern along an axis, from the autocorrelation of what is known of it."""

from __future__ import annotations

import numpy as np

#: An earlier lag is the period when it correlates as well as this share of the best.
FIRST = 0.8
#: Share of the known rows that must overlap, and of the extent that a period may have.
OVERLAP, LONGEST = 0.1, 0.75
#: Blocks of a period, at least: a finer grain needs no whole shifts.
SHORTEST = 4


def find_period(detail: np.ndarray, weight: np.ndarray, block: int) -> int:
    """Lag along the first axis, in cells, at which a pattern resembles itself most.

    detail: (h, w) float32, mean 0. weight: (h, w) float32 in 0..1. block: cells over which it is
    averaged before lags are compared; the best is then refined to a cell. Half the extent of what
    is known when nothing can be compared.
    """
    rows, columns = (size // block * block for size in detail.shape)
    weight = weight[:rows, :columns].astype(np.float64)
    known = detail[:rows, :columns] * weight
    means, mass = (_averaged(part, block) for part in (known, weight))
    extent = _extent(mass)
    score = np.array([_correlation(means, mass, lag) for lag in range(means.shape[0])])
    lags = np.arange(score.size)
    peak = (lags >= SHORTEST) & (lags < LONGEST * extent) & (score > 0)
    peak[1:-1] &= (score[1:-1] >= score[:-2]) & (score[1:-1] >= score[2:])
    peak[-1:] = False
    if not peak.any():
        return max(extent // 2, 1) * block
    first = lags[peak & (score > FIRST * score[peak].max())][0]
    near = np.arange(first * block - block, first * block + block + 1)
    return int(near[np.argmax([_correlation(known[:, ::2], weight[:, ::2], lag)
                               for lag in near])])


def _averaged(image, block):
    rows, columns = (size // block for size in image.shape)
    return image.reshape(rows, block, columns, block).mean((1, 3))


def _extent(mass):
    rows = np.flatnonzero(mass.mean(1) > 0.3 * mass.mean(1).max())
    return rows[-1] - rows[0] + 1 if rows.size else 0


def _correlation(image, mass, lag):
    """Of an image that is weighted by its mass, shifted along the first axis."""
    end = image.shape[0] - lag
    both = mass[:end] * mass[lag:]
    if both.sum() <= OVERLAP * mass.sum():
        return -1.0
    one, two = image[:end] * (mass[lag:] > 0), image[lag:] * (mass[:end] > 0)
    return float(np.sum(one * two) / np.sqrt(max(np.sum(one ** 2) * np.sum(two ** 2), 1e-12)))
