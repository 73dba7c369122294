# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Aligning an estimated depth to a known one: an affine map of inverse depth."""

from dataclasses import dataclass

import numpy as np

_FEW = 32
_ROUNDS = 20
#: Pixels and pairs of pixels of the robust start.
_SAMPLE = 1024
_PAIRS = 96


@dataclass(frozen=True)
class InverseDepthAlignment:
    """
    The map 1 / aligned = scale / depth + shift.

    scale: without unit; shift: 1/m; inliers: share of the pixels that agree; residual: median
    relative error of inverse depth; kind: 'affine', 'scale' or 'identity'.
    """

    scale: float
    shift: float
    inliers: float
    residual: float
    kind: str

    def apply(self, depth):
        """
        Align depth (...) float, metres; NaN and +Inf stay, what is not positive becomes NaN.

        What would end at or behind infinity becomes +Inf. Returns (...) float32.
        """
        depth = np.asarray(depth, np.float64)
        with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
            inverse = self.scale / depth + self.shift
            aligned = np.where(inverse > 0, 1.0 / inverse, np.inf)
            aligned = np.where(np.isposinf(depth), np.inf, aligned)
            return np.where(depth > 0, aligned, np.nan).astype(np.float32)


def fit_inverse_depth(source, target, mask=None, weights=None):
    """
    Fit source depth to target depth robustly, in inverse depth.

    source, target (...) float, metres; mask (...) bool: the pixels that count; weights (...) float
    >= 0. Pixels that are not finite and positive in both do not count. With few pixels, or a
    source without relief, only the scale is fitted; with none, the identity is returned.
    Least median of errors over fixed pairs of pixels (Rousseeuw 1984), then iteratively reweighted
    least squares with Huber weights, trimmed (GEN3C, section 5.2.6: affine in inverse depth).
    """
    with np.errstate(invalid='ignore'):
        usable = np.isfinite(source) & np.isfinite(target) & (source > 0) & (target > 0)
    if mask is not None:
        usable &= mask
    if weights is not None:
        usable &= np.asarray(weights) > 0
    x = 1.0 / np.asarray(source, np.float64)[usable]
    y = 1.0 / np.asarray(target, np.float64)[usable]
    w = np.ones_like(x) if weights is None else np.asarray(weights, np.float64)[usable]
    if x.size == 0:
        return InverseDepthAlignment(1.0, 0.0, 0.0, float('nan'), 'identity')
    scale, shift, kind = _median_ratio(y / x, w), 0.0, 'scale'
    if x.size >= _FEW and np.std(x) > 0.02 * np.mean(x):
        candidate = _reweighted(x, y, w, *_least_median(x, y, scale))
        if candidate is not None:
            scale, shift, kind = *candidate, 'affine'
    error = _relative_error(x, y, scale, shift)
    return InverseDepthAlignment(float(scale), float(shift), float(np.mean(error < 0.1)),
                                 float(np.median(error)), kind)


def _relative_error(x, y, scale, shift):
    """Errors count relative to the larger of both, so that no far outlier outweighs the near."""
    fitted = scale * x + shift
    return np.abs(fitted - y) / np.maximum(fitted, y)


def _least_median(x, y, scale):
    """Return the scale and shift through two pixels that most pixels agree with."""
    spaced = np.linspace(0, x.size - 1, min(x.size, _SAMPLE), dtype=int)
    order = np.argsort(x, kind='stable')[spaced]
    x, y = x[order], y[order]
    half = x.size // 2
    near = np.linspace(half, x.size - 1, min(half, _PAIRS), dtype=int)
    run = x[near] - x[near - half]
    steep = run > 1e-6 * x[near]
    near, run = near[steep], run[steep]
    scales = np.append((y[near] - y[near - half]) / run, scale)
    shifts = np.append(y[near] - scales[:-1] * x[near], 0.0)
    scales, shifts = scales[scales > 0], shifts[scales > 0]
    best = np.argmin(np.median(_relative_error(x, y, scales[:, None], shifts[:, None]), axis=1))
    return scales[best], shifts[best]


def _reweighted(x, y, w, scale, shift):
    """Return scale and shift, or None when the fit turns the depth around or runs away."""
    reference = _median_ratio(y / x, w)
    for _ in range(_ROUNDS):
        error = _relative_error(x, y, scale, shift)
        spread = max(1.4826 * float(np.median(error)), 1e-4)
        weight = w / np.maximum(error / (1.5 * spread), 1.0)
        weight = np.where(error > 6 * spread, 0.0, weight)
        weight = weight / np.maximum(scale * x + shift, y) ** 2
        total = weight.sum()
        if total <= 0:
            return None
        mx, my = (weight * x).sum() / total, (weight * y).sum() / total
        variance = (weight * (x - mx) ** 2).sum()
        if variance <= 1e-12 * total * mx * mx:
            return None
        new_scale = (weight * (x - mx) * (y - my)).sum() / variance
        new_shift = my - new_scale * mx
        settled = abs(new_scale - scale) < 1e-9 and abs(new_shift - shift) < 1e-9
        scale, shift = new_scale, new_shift
        if settled:
            break
    return (scale, shift) if 0.2 * reference < scale < 5 * reference else None


def _median_ratio(ratio, weight):
    order = np.argsort(ratio, kind='stable')
    cumulated = np.cumsum(weight[order])
    return float(ratio[order][np.searchsorted(cumulated, 0.5 * cumulated[-1])])
