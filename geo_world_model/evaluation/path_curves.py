# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the steps of paths with intervals over drives, and what is lost from first to last."""

import numpy as np

from geo_world_model.evaluation.ablation_scores import metrics, METRICS
from geo_world_model.evaluation.bootstrap import interval, resample_counts

#: Metric -> how a plot calls it; the larger, the better.
SHOWN = {'psnr': 'PSNR of a view, dB', 'within_1.25': 'depth within 1.25'}
#: Steps at either end whose mean is compared.
ENDS = 5


def curves(found):
    """Metric -> value, low, high of each step; found: evidence (drives, steps, 6)."""
    once, drawn = _values(found)
    return {name: [_entry(once[step, column], drawn[:, step, column])
                   for step in range(found.shape[1])] for name, column in _columns()}


def accumulated(found):
    """
    Metric -> first, last and lost, each with value, low and high.

    The mean of the first and of the last five steps, and by how much the last is worse.
    """
    return _ends(*_values(found))


def difference(ours, theirs):
    """The same of ours less theirs, evidence of the same drives: `lost` below 0 is the claim."""
    (once, drawn), (other, others) = _values(ours), _values(theirs)
    return _ends(once - other, drawn - others)


def _values(found):
    """Metrics of every step as they are, (steps, 4), and of resampled drives, (R, steps, 4)."""
    counts, once = resample_counts(len(found)), np.ones((1, len(found)))
    steps = range(found.shape[1])
    return (np.stack([metrics(found[:, step], once)[0] for step in steps]),
            np.stack([metrics(found[:, step], counts) for step in steps], 1))


def _ends(once, drawn):
    result = {}
    for name, column in _columns():
        value, resampled = once[:, column], drawn[..., column]
        parts = {'first': (value[:ENDS].mean(), resampled[:, :ENDS].mean(1)),
                 'last': (value[-ENDS:].mean(), resampled[:, -ENDS:].mean(1))}
        parts['lost'] = tuple(a - b for a, b in zip(parts['first'], parts['last']))
        result[name] = {part: _entry(*both) for part, both in parts.items()}
    return result


def _columns():
    return [(name, METRICS.index(name)) for name in SHOWN]


def _entry(value, drawn):
    low, high = interval(drawn)
    return {key: float(f'{number:.5g}') for key, number in (
        ('value', value), ('low', low), ('high', high))}
