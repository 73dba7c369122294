# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a fill has the texture of the truth, wherever its details lie."""

import cv2
import numpy as np

SIDE = 7
_HALF = SIDE // 2
_FEWEST_PLACES = 50
_PROJECTIONS = 64
_BINS = 1024
# Bins are fine where most projections lie, near 0, and never coarser than 1.3 % of the value.
_FINEST = 0.01
_LARGEST = 8.0
_EDGES = _FINEST * np.sinh(np.linspace(-1, 1, _BINS + 1) * np.arcsinh(_LARGEST / _FINEST))


def patch_places(mask, count, random):
    """
    Draw centres of 7x7 patches that lie fully inside a mask.

    mask (H, W) bool; random: numpy RandomState. Returns rows, columns, each (count,), drawn with
    repetition; both empty when fewer than 50 places exist.
    """
    inside = cv2.erode(mask.astype(np.uint8), np.ones((SIDE, SIDE), np.uint8),
                       borderType=cv2.BORDER_CONSTANT, borderValue=0)
    rows, columns = np.nonzero(inside)
    if rows.size < _FEWEST_PLACES:
        return rows[:0], columns[:0]
    chosen = random.randint(0, rows.size, count)
    return rows[chosen], columns[chosen]


def patch_projections(image, rows, columns):
    """
    Histograms of patches along fixed random directions, each patch without its mean colour.

    image (H, W, 3) uint8; rows, columns (N,): centres at least 3 px inside the image. Returns
    (64, 1024) uint16 counts: N in every row. They add up over images.
    """
    histograms = np.zeros((_PROJECTIONS, _BINS), np.uint16)
    if len(rows) == 0:
        return histograms
    offset = np.arange(-_HALF, _HALF + 1)
    patches = image[rows[:, None, None] + offset[:, None],
                    columns[:, None, None] + offset].astype(np.float32) / 255
    patches -= patches.mean((1, 2), keepdims=True)
    values = patches.reshape(len(rows), -1) @ _directions(patches[0].size)
    bins = np.clip(np.searchsorted(_EDGES, values, side='right') - 1, 0, _BINS - 1)
    for direction in range(_PROJECTIONS):
        histograms[direction] = np.bincount(bins[:, direction], minlength=_BINS)
    return histograms


def sliced_wasserstein(histograms, others, counts):
    """
    Mean Wasserstein-1 distance along the directions between two sets of patches.

    histograms, others (P, 64, 1024): of P images; counts (R, P): how often each image counts.
    Returns (R,) float64; colour units, 1 = white; NaN where there are no patches.
    Source: Rabin et al., SSVM 2011; the distance along a line is the area between the two
    cumulative distributions.
    """
    counts = counts.astype(np.float32)
    total = counts @ histograms[:, 0].sum(-1, dtype=np.float32)
    widths = np.diff(_EDGES).astype(np.float32)
    distance = np.zeros(len(counts))
    for direction in range(_PROJECTIONS):
        ours, theirs = (h[:, direction].astype(np.float32) for h in (histograms, others))
        # sums of counts are exact in float32, so they may be accumulated before the resampling
        distance += np.abs(counts @ np.cumsum(ours - theirs, -1)) @ widths
    with np.errstate(divide='ignore', invalid='ignore'):
        return distance / (_PROJECTIONS * total)


def _directions(size):
    directions = np.random.RandomState(0).randn(size, _PROJECTIONS)
    return (directions / np.linalg.norm(directions, axis=0)).astype(np.float32)
