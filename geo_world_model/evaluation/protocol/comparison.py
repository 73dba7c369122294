# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""One view against the truth, on some of its pixels."""

import numpy as np

from geo_world_model.evaluation.metrics.depth_errors import depth_errors
from geo_world_model.evaluation.metrics.psnr import psnr
from geo_world_model.evaluation.metrics.sharpness import sharpness
from geo_world_model.evaluation.metrics.ssim import ssim
from geo_world_model.evaluation.protocol.record import Column

#: PSNR of equal pictures, so that a mean exists, dB.
EXACT = 100.0
#: Fewer pixels than this say nothing.
_FEWEST = 100
#: Variance of the Laplacian that rounding to levels alone gives: 20 weights squared times 1/12.
_ROUNDING = 20 / 12
COLUMNS = {'psnr': Column('PSNR dB', 2), 'ssim': Column('SSIM', 3),
           'sharpness': Column('sharpness log2', 2), 'abs_rel': Column('AbsRel', 3),
           'depth_median': Column('median', 3), 'delta': Column('d<1.25', 3)}


def decibels(image, truth, mask=None):
    """PSNR, at most EXACT."""
    return min(psnr(image, truth, mask), EXACT)


def compare(view, truth, mask):
    """
    Numbers of a View against the true View where mask (H, W) bool: a row's COLUMNS.

    sharpness is the log2 of the ratio to the truth's: 0 = as much detail, -1 = half, 1 = twice,
    so that a mean over views is not that of the flattest one. Depth counts where the truth has it;
    an answer beyond range counts as 100 m.
    """
    if np.count_nonzero(mask) < _FEWEST:
        return dict.fromkeys(COLUMNS)
    answer = np.minimum(view.depth, 100.0)
    depth = depth_errors(answer, truth.depth, mask)
    return {'psnr': decibels(view.rgb, truth.rgb, mask), 'ssim': ssim(view.rgb, truth.rgb, mask),
            'sharpness': _detail(view.rgb, truth.rgb, mask),
            'abs_rel': depth['abs_rel'], 'delta': depth['delta'],
            'depth_median': _median_error(answer, truth.depth, mask)}


def _detail(image, truth, mask):
    ours, theirs = sharpness(image, mask), sharpness(truth, mask)
    return float(np.log2((ours + _ROUNDING) / (theirs + _ROUNDING)))


def _median_error(depth, truth, mask):
    """Median relative error, which no silhouette that is one pixel off moves."""
    mask = mask & np.isfinite(depth) & np.isfinite(truth) & (truth > 0)
    return float(np.median(np.abs(depth[mask] / truth[mask] - 1))) if mask.any() else None
