# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""
How near completed views come to their truth, summed over a fixed set of views.

Holes of colour and of depth are told apart, since a view may know one and lack the other. Two
means are given for the colour in holes: over all pixels ("pooled") and over the views, which
favours views whose holes are small.
"""

import numpy as np

from geo_world_model.errors import ConfigError

SMALLEST_HOLE = 0.01    # share of a view; smaller holes give no mean of their own


class CompletionScores:
    """Errors of completed views against their truth, added view by view."""

    def __init__(self, align_scale=False):
        """
        Start empty.

        With align_scale every completed depth is first multiplied by the median over the view of
        true / completed depth, as is usual where a single image leaves the scale open.
        """
        self.align_scale = align_scale
        self.views = 0
        self._square = {'hole': 0.0, 'known': 0.0}
        self._count = {'hole': 0, 'known': 0}
        self._hole_psnr = []
        self._relative = self._square_log = 0.0
        self._close = self._depths = 0

    def add(self, rgb, depth, true_rgb, true_depth, known):
        """
        Add one view: rgb (H, W, 3) uint8, depth (H, W) float z-depth in metres, known (2, H, W).

        known holds bool masks of the pixels whose colour (0) and depth (1) were given. Pixels
        without a finite, positive true depth count for colour only. Raises ConfigError where a
        completed depth that is compared is not finite and positive.
        """
        square = ((rgb.astype(np.float64) - true_rgb.astype(np.float64)) / 255) ** 2
        square = square.mean(-1)
        for name, mask in (('hole', ~known[0]), ('known', known[0])):
            self._square[name] += float(square[mask].sum())
            self._count[name] += int(mask.sum())
        if (~known[0]).mean() > SMALLEST_HOLE:
            self._hole_psnr.append(_decibel(square[~known[0]].mean()))
        self._add_depth(depth, true_depth, ~known[1])
        self.views += 1

    def _add_depth(self, depth, true_depth, hole):
        measured = np.isfinite(true_depth) & (true_depth > 0)
        compared = measured if self.align_scale else measured & hole
        if not (np.isfinite(depth[compared]) & (depth[compared] > 0)).all():
            raise ConfigError('A completed depth is not finite and positive; the generator must '
                              'fill every pixel of a view that is scored.')
        ratio = depth[measured & hole].astype(np.float64) / true_depth[measured & hole]
        if self.align_scale and measured.any():
            ratio *= np.median(true_depth[measured] / depth[measured].astype(np.float64))
        self._relative += float(np.abs(ratio - 1).sum())
        self._square_log += float((np.log(ratio) ** 2).sum())
        self._close += int((np.maximum(ratio, 1 / ratio) < 1.25).sum())
        self._depths += ratio.size

    def result(self):
        """Return the scores by name; None where no pixel or view was there to be compared."""
        def share(total, count):
            return total / count if count else None

        pooled = {name: share(self._square[name], self._count[name]) for name in self._square}
        mean_log = share(self._square_log, self._depths)
        return {
            'views': self.views,
            'hole_psnr_pooled': None if pooled['hole'] is None else _decibel(pooled['hole']),
            'hole_psnr_mean': float(np.mean(self._hole_psnr)) if self._hole_psnr else None,
            'known_psnr': None if pooled['known'] is None else _decibel(pooled['known']),
            'hole_abs_rel': share(self._relative, self._depths),
            'hole_within_1.25': share(self._close, self._depths),
            'hole_log_rmse': None if mean_log is None else mean_log ** 0.5,
        }


def _decibel(mean_square):
    return float(-10 * np.log10(max(mean_square, 1e-8)))
