# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""How far the depth that a photograph was given is from the measured one, as it is and aligned."""

import numpy as np

from geo_world_model.cache.depth_code import FARTHEST
from geo_world_model.geometry.alignment import fit_inverse_depth

#: As answered; times the one factor that fits best; affine in inverse depth.
ALIGNMENTS = ('metric', 'scaled', 'affine')
METRICS = ('abs_rel', 'median', 'delta')
# Pixels that the affine fit looks at.
_SAMPLE = 20000


def score(depth, truth):
    """
    Compare an answer with the truth of one frame, where the truth is finite.

    depth, truth (H, W) float32, metres. An answer beyond range counts as 100 m, the cache's
    farthest. Returns (3, 3) float64: ALIGNMENTS by METRICS (mean and median relative error,
    share within a factor 1.25); NaN when nothing was measured.
    """
    with np.errstate(invalid='ignore'):
        measured = np.isfinite(truth) & (truth > 0)
    if not measured.any():
        return np.full((len(ALIGNMENTS), len(METRICS)), np.nan)
    truth = truth[measured].astype(np.float64)
    answer = np.minimum(depth[measured].astype(np.float64), FARTHEST)
    every = max(1, truth.size // _SAMPLE)
    affine = fit_inverse_depth(answer[::every], truth[::every]).apply(answer)
    aligned = answer, answer * np.median(truth / answer), np.minimum(affine, FARTHEST)
    return np.array([_metrics(values, truth) for values in aligned])


def mean_metrics(scores, counts):
    """
    Means over frames, each frame counted as often as it was drawn.

    scores (F, 3, 3) as of score(); counts (R, F). Returns (R, 3, 3); frames without truth do not
    count.
    """
    known = ~np.isnan(scores).any((1, 2))
    if not known.any():
        return np.full((len(counts),) + scores.shape[1:], np.nan)
    counts = counts[:, known]
    with np.errstate(invalid='ignore', divide='ignore'):
        return (np.einsum('rf,fam->ram', counts, scores[known])
                / counts.sum(1)[:, None, None])


def _metrics(answer, truth):
    relative = np.abs(answer - truth) / truth
    return (relative.mean(), np.median(relative),
            np.mean(np.maximum(answer / truth, truth / answer) < 1.25))
