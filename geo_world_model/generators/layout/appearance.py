# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Floor or upright, by what each column shows above the horizon.

Nothing above the horizon is floor. What looks like it, in the same columns, is no floor either;
what looks like the floor of other columns is.
"""

from __future__ import annotations

import cv2
import numpy as np

BINS = 12
COLOURS = BINS ** 3
#: Columns to each side whose upper part teaches what is upright, as a share of all.
BESIDE = 0.06
#: Likelihood of a colour that a model has not seen, 1 = one that is usual in it.
NEW = 0.1
#: Weights of the ratio of likelihoods and of the evidence to start from.
RATIO, GIVEN = 0.5, 0.7
ROUNDS = 4


def floor_by_appearance(cells, inside, horizon, first, given):
    """Evidence for floor below a visible horizon.

    cells: (R, A, 3) float32 features in rows of depression. inside: (R, A) bool. horizon: the
    first row below it. first: row from which on floor is looked for. given: (R - first, A)
    float64 in [-1, 1], evidence to start from. Returns (R - first, A) float64 in [-1, 1], or
    None when too little is seen above the horizon.
    """
    upper = inside[:horizon]
    if upper.sum() < 0.03 * inside.sum():
        return None
    colour = colour_index(cells, inside)
    upright = counts_beside(colour_counts(colour[:horizon], upper), BESIDE)
    upright /= usual_count(upright)
    below = inside[first:]
    columns = np.arange(cells.shape[1])
    likely_upright = upright[colour[first:], columns] + NEW
    evidence = given
    for _ in range(ROUNDS):
        is_floor = below & _below_foot(evidence, below)
        floor = colour_counts(colour[first:], is_floor).sum(1)
        floor /= usual_count(floor)
        ratio = np.log((floor[colour[first:]] + NEW) / likely_upright)
        evidence = np.where(below, np.clip(RATIO * ratio + GIVEN * given, -1, 1), 0)
    return evidence


def colour_index(cells, inside):
    """Index of each cell's colour among COLOURS, (R, A) int64."""
    values = cells[inside]
    low, high = np.quantile(values, 0.01, axis=0), np.quantile(values, 0.99, axis=0)
    width = np.maximum((high - low) / BINS, [0.03, 0.02, 0.02])
    place = np.clip(((cells - low) / width).astype(np.int64), 0, BINS - 1)
    return (place[..., 0] * BINS + place[..., 1]) * BINS + place[..., 2]


def usual_count(counts):
    """The count of a colour that is usual: the mean over what is counted, (...) of (C, ...)."""
    return np.maximum((counts ** 2).sum(0), 1e-6) / np.maximum(counts.sum(0), 1e-6)


def colour_counts(colour, chosen):
    """How often each column shows each colour, blurred over similar ones: (COLOURS, A)."""
    columns = colour.shape[1]
    flat = (colour * columns + np.arange(columns))[chosen]
    counts = np.bincount(flat, minlength=COLOURS * columns).astype(np.float32)
    cube = counts.reshape(BINS, BINS, BINS, columns)
    for axis in range(3):
        moved = np.moveaxis(cube, axis, 0)
        blurred = 0.5 * moved
        blurred[1:] += 0.25 * moved[:-1]
        blurred[:-1] += 0.25 * moved[1:]
        cube = np.moveaxis(blurred, 0, axis)
    return np.ascontiguousarray(cube).reshape(COLOURS, columns)


def counts_beside(counts, share):
    """Sum over the columns beside each one; share: of all columns that count to each side."""
    reach = max(1, round(share * counts.shape[1]))
    return cv2.blur(counts, (2 * reach + 1, 1), borderType=cv2.BORDER_REPLICATE)


def _below_foot(evidence, inside):
    """Cells below the row from which on each column is floor, smooth over columns."""
    cost = np.where(evidence < 0, 2 * evidence, evidence) * inside
    gain = np.cumsum(cost[::-1], axis=0)[::-1]
    gain = cv2.blur(np.vstack([gain, np.zeros((1, gain.shape[1]))]), (9, 1))
    foot = gain.argmax(0)
    return np.arange(len(evidence))[:, None] >= foot
