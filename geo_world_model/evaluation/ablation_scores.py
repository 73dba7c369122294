# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Evidence of each view for and against a variant, and differences with intervals."""

import numpy as np

from geo_world_model.evaluation.bootstrap import interval, resample_counts

#: Columns of evidence of a view: sums over its pixels that were to be invented.
SQUARED, PIXELS, RELATIVE, CLOSE, SQUARED_LOG, DEPTHS = range(6)
METRICS = ('psnr', 'abs_rel', 'within_1.25', 'log_rmse')
_SEED = 1


def evidence(colour, code, true_colour, true_code, hole, depth_hole):
    """
    Return the evidence (N, 6) float64 of N views.

    colour, true_colour: (N, 3, ...) in [-1, 1]; code, true_code: (N, 1, ...), coded depth; hole,
    depth_hole: (N, 1, ...), 1 = counts. Tensors; a code that counts is finite.
    """
    def total(values):
        return values.double().flatten(1).sum(1).numpy()

    squared = ((colour.clamp(-1, 1) - true_colour) / 2).square().mean(1, keepdim=True)
    log = (code.nan_to_num() - true_code) * depth_hole
    ratio = log.exp()
    return np.stack([total(squared * hole), total(hole), total((ratio - 1).abs() * depth_hole),
                     total((log.abs() < np.log(1.25)) * depth_hole), total(log.square()),
                     total(depth_hole)], 1)


def metrics(found, counts):
    """
    Pool the evidence (N, 6) of views, each counted as often as it was drawn, counts (R, N).

    Returns (R, 4) by METRICS: PSNR (dB) of colour, AbsRel, share within 1.25 and log-RMSE of
    depth; NaN where nothing counts.
    """
    sums = counts @ found
    with np.errstate(divide='ignore', invalid='ignore'):
        depth = sums[:, [RELATIVE, CLOSE, SQUARED_LOG]] / sums[:, [DEPTHS]]
        psnr = -10 * np.log10(sums[:, SQUARED] / sums[:, PIXELS])
    return np.stack([psnr, depth[:, 0], depth[:, 1], np.sqrt(depth[:, 2])], 1)


def difference(ours, theirs):
    """
    A variant less its peer, with 95 % intervals over views and seeds.

    ours, theirs: (S, N, 6), the same views and seeds in the same order. Each resample draws
    views and seeds with replacement, the same for both. Returns metric -> value, low, high, and
    the value of every seed; None where nothing counts.
    """
    seeds, views = ours.shape[:2]
    counts = resample_counts(views)
    once = np.ones((1, views))
    by_seed = np.stack([metrics(a, once)[0] - metrics(b, once)[0] for a, b in zip(ours, theirs)])
    drawn = np.stack([metrics(a, counts) - metrics(b, counts) for a, b in zip(ours, theirs)])
    chosen = np.random.RandomState(_SEED).randint(0, seeds, (len(counts), seeds))
    mean = drawn[chosen, np.arange(len(counts))[:, None]].mean(1)
    result = {}
    for column, name in enumerate(METRICS):
        low, high = interval(mean[:, column])
        value = by_seed[:, column].mean()
        result[name] = {'value': _number(value), 'low': _number(low), 'high': _number(high),
                        'seeds': [_number(each) for each in by_seed[:, column]]}
    return result


def separable(entry):
    """Whether an entry of `difference` tells both apart: its interval leaves out 0."""
    return entry['low'] is not None and (entry['low'] > 0 or entry['high'] < 0)


def pooled(found):
    """Metrics of (S, N, 6) by name, the mean over seeds."""
    once = np.ones((1, found.shape[1]))
    values = np.mean([metrics(each, once)[0] for each in found], 0)
    return {name: _number(value) for name, value in zip(METRICS, values)}


def _number(value):
    return float(f'{value:.5g}') if np.isfinite(value) else None
