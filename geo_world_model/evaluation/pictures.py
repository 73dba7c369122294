# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""Two folders of pictures compared: pairs of the same name, and both sets as a whole."""

from pathlib import Path

import numpy as np

from geo_world_model.datasets.images import read_rgb
from geo_world_model.errors import ConfigError
from geo_world_model.evaluation.metrics.frechet import frechet_distance
from geo_world_model.evaluation.metrics.inception import Inception
from geo_world_model.evaluation.metrics.lpips import Lpips
from geo_world_model.evaluation.metrics.sharpness import sharpness
from geo_world_model.evaluation.metrics.ssim import ssim
from geo_world_model.evaluation.protocol.comparison import decibels

_ENDINGS = ('.png', '.jpg', '.jpeg')


def run(folder, truth, lpips=None, fid=None):
    """
    Compare the pictures of a folder with those of another that have the same name but its ending.

    lpips: (backbone, linear), safetensors files (metrics/lpips.py); fid: safetensors file of
    Inception v3 (metrics/inception.py): either is left out without. Returns means over `pictures`
    pairs: psnr (dB, 100 where equal), ssim, sharpness (ratio of sums to the truth), and under
    names that tell their weights LPIPS and the FID of both sets. ConfigError: nothing to compare.
    """
    perceptual = Lpips(*lpips) if lpips else None
    inception = Inception(fid) if fid else None
    ours, theirs = _pictures(folder), _pictures(truth)
    names = sorted(set(ours) & set(theirs))
    if not names:
        raise ConfigError(f'{folder} and {truth} have no picture of the same name; nothing was '
                          'measured')
    rows, detail, features = [], [], []
    for name in names:
        image, true = read_rgb(ours[name]), read_rgb(theirs[name])
        if image.shape != true.shape:
            raise ConfigError(f'{ours[name]} is of {image.shape[1]}x{image.shape[0]} and '
                              f'{theirs[name]} of {true.shape[1]}x{true.shape[0]} pixels: '
                              'expected the same; nothing was measured')
        row = {'psnr': decibels(image, true), 'ssim': ssim(image, true)}
        if perceptual:
            row[perceptual.name] = perceptual(image, true)
        if inception:
            features.append((inception.features(image), inception.features(true)))
        rows.append(row)
        detail.append((sharpness(image), sharpness(true)))
    result = {'pictures': len(names),
              **{column: float(np.mean([row[column] for row in rows])) for column in rows[0]},
              'sharpness': float(np.sum([d[0] for d in detail])
                                 / max(np.sum([d[1] for d in detail]), 1e-9))}
    if inception:
        result[inception.name] = frechet_distance(*map(np.stack, zip(*features)))
    return result


def _pictures(folder):
    if not Path(folder).is_dir():
        raise ConfigError(f'{folder} is no folder; nothing was measured')
    return {path.stem: path for path in sorted(Path(folder).iterdir())
            if path.suffix.lower() in _ENDINGS}
