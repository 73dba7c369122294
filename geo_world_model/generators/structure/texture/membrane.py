# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The smooth part of a texture: means of what is known, continued like a stretched membrane."""

from __future__ import annotations

import cv2
import numpy as np

from geo_world_model.generators.push_pull import push_pull


def block_means(image: np.ndarray, known: np.ndarray, side: int):
    """Means over the known cells of each block, and the known share.

    image: (h, w, C) float32, 0 where not known. known: (h, w) bool. side: cells of a block; h and
    w are multiples.
    Returns (h / side, w / side, C) float32, 0 where nothing is known, and (h / side, w / side).
    """
    rows, columns = known.shape[0] // side, known.shape[1] // side
    share = cv2.resize(known.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    total = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
    total = total.reshape(rows, columns, -1)
    return total / np.maximum(share, 1e-6)[..., None], share


def smooth_means(mean: np.ndarray, share: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian mean of (h, w, C) float32, weighted by share (h, w) float32; sigma in cells."""
    total = cv2.GaussianBlur(mean * share[..., None], (0, 0), sigma,
                             borderType=cv2.BORDER_REFLECT).reshape(mean.shape)
    weight = cv2.GaussianBlur(share, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return total / np.maximum(weight, 1e-6)[..., None]


def continued(mean: np.ndarray, share: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth means where anything is known, and their continuation over all other cells.

    The continuation starts from means, not from single cells, so that a bright spot at the rim
    draws no streak into what is not known.
    """
    level = smooth_means(mean, share, sigma)
    known = share > min(0.25, float(share.max()) / 2)
    whole = push_pull(level, known.astype(np.float32))
    return cv2.GaussianBlur(whole, (0, 0), max(0.3 * sigma, 0.6),
                            borderType=cv2.BORDER_REFLECT).reshape(mean.shape)


def enlarged(coarse: np.ndarray, side: int) -> np.ndarray:
    """Bilinear enlargement of (h, w, C) by a whole factor, centres of blocks kept."""
    height, width = coarse.shape[:2]
    return cv2.resize(coarse, (width * side, height * side),
                      interpolation=cv2.INTER_LINEAR).reshape(height * side, width * side, -1)
