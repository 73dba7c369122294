# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""What one fill of one pair adds to the metrics, and the metrics pooled over pairs."""

from dataclasses import dataclass

import numpy as np

from geo_world_model.cache.depth_code import FARTHEST
from geo_world_model.evaluation.metrics.gradient_energy import gradient_energy
from geo_world_model.evaluation.metrics.texture import (
    patch_places, patch_projections, sliced_wasserstein)

#: Columns of a score's sums.
(SQUARED_COLOUR, COLOURS, PSNR, PSNRS, RELATIVE, SQUARED_DEPTH, RIGHT, DEPTHS, GRADIENT,
 TRUE_GRADIENT) = range(10)
_PATCHES = 300
# PSNR of an exact fill, so that means and resamples of it exist, dB
_EXACT = 100.0
# 0.6 % wide bins of the relative error, for medians that can be pooled and resampled
_ERROR_EDGES = np.concatenate([[0], np.geomspace(1e-5, 1e3, 3001)])
_ERROR_CENTRES = np.concatenate([[0], np.sqrt(_ERROR_EDGES[1:-1] * _ERROR_EDGES[2:])])


@dataclass(frozen=True, eq=False)
class Score:
    """
    Additive evidence of one fill inside one mask.

    sums (10,) float64 by the columns above; errors (3001,) histogram of relative depth errors;
    patches, true_patches (64, 1024): projections of the patches of the fill and of the truth.
    """

    sums: np.ndarray
    errors: np.ndarray
    patches: np.ndarray
    true_patches: np.ndarray


def score(rgb, depth, true_rgb, true_depth, mask, patch_seed, colour=True):
    """
    Compare a fill with the truth inside a mask.

    rgb, true_rgb (H, W, 3) uint8; depth, true_depth (H, W) float32, metres; mask (H, W) bool;
    patch_seed: integers that decide which patches are compared. Colour counts everywhere, depth
    where the truth is finite; an answer beyond range counts as 100 m, the cache's farthest.
    Without `colour` depth alone is compared.
    """
    sums = np.zeros(10)
    coloured = mask if colour else np.zeros_like(mask)
    difference = rgb[coloured].astype(np.float64) - true_rgb[coloured]
    if difference.size:
        sums[SQUARED_COLOUR] = np.sum(difference ** 2)
        sums[COLOURS] = difference.size
        sums[PSNR] = min(_decibel(np.mean(difference ** 2)), _EXACT)
        sums[PSNRS] = 1
    measured = mask & np.isfinite(true_depth) & (true_depth > 0)
    truth = true_depth[measured].astype(np.float64)
    answer = np.minimum(depth[measured].astype(np.float64), FARTHEST)
    relative = np.abs(answer - truth) / truth
    sums[RELATIVE] = relative.sum()
    sums[SQUARED_DEPTH] = np.sum((answer - truth) ** 2)
    sums[RIGHT] = np.count_nonzero(np.maximum(answer / truth, truth / answer) < 1.25)
    sums[DEPTHS] = truth.size
    sums[GRADIENT] = gradient_energy(rgb, coloured)
    sums[TRUE_GRADIENT] = gradient_energy(true_rgb, coloured)
    errors = np.histogram(np.minimum(relative, _ERROR_EDGES[-1]), _ERROR_EDGES)[0]
    places = patch_places(coloured, _PATCHES, np.random.RandomState(patch_seed))
    return Score(sums, errors, patch_projections(rgb, *places),
                 patch_projections(true_rgb, *places))


def pooled_metrics(scores, counts):
    """
    Metrics over pairs, each pair counted as often as it was drawn.

    scores: P Score; counts (R, P). Returns name -> (R,) float64, NaN where nothing counts:
    psnr (dB, over all pixels), psnr_mean (dB, mean over pairs, at most
    100 each), abs_rel, median (of the relative
    depth error), rmse (m), delta (share within a factor 1.25), texture (sliced Wasserstein
    distance of zero-mean 7x7 patches, 0 = as the truth), gradient (energy over the truth's).
    """
    # few pairs make few different resamples
    counts, drawn = np.unique(counts, axis=0, return_inverse=True)
    sums = counts @ np.stack([s.sums for s in scores])
    patches = (np.stack([s.patches for s in scores]),
               np.stack([s.true_patches for s in scores]))
    with np.errstate(divide='ignore', invalid='ignore'):
        depths = sums[:, DEPTHS]
        metrics = {
            'psnr': _decibel(sums[:, SQUARED_COLOUR] / sums[:, COLOURS]),
            'psnr_mean': sums[:, PSNR] / sums[:, PSNRS],
            'abs_rel': sums[:, RELATIVE] / depths,
            'median': _median(counts @ np.stack([s.errors for s in scores])),
            'rmse': np.sqrt(sums[:, SQUARED_DEPTH] / depths),
            'delta': sums[:, RIGHT] / depths,
            'texture': (sliced_wasserstein(*patches, counts) if patches[0].any()
                        else np.full(len(counts), np.nan)),
            'gradient': sums[:, GRADIENT] / sums[:, TRUE_GRADIENT]}
    return {name: values[drawn.reshape(-1)] for name, values in metrics.items()}


def _decibel(mean_square):
    with np.errstate(divide='ignore'):
        return 10 * np.log10(255.0 ** 2 / np.asarray(mean_square))


def _median(histograms):
    """Median of each histogram (R, 3001), to within a bin."""
    total = histograms.sum(-1, keepdims=True)
    middle = np.argmax(np.cumsum(histograms, -1) * 2 >= total, -1)
    return np.where(total[:, 0] > 0, _ERROR_CENTRES[middle], np.nan)
